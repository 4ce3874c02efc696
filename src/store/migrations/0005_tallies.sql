-- Sums over all texts that were ever kept, so that nobody has to count them. The server 0 is everywhere.
CREATE TABLE user_tallies (
    user_id      BIGINT NOT NULL,
    strategy     TEXT NOT NULL,
    texts        BIGINT NOT NULL,
    tokens       BIGINT NOT NULL,
    passes       BIGINT NOT NULL,
    milliseconds BIGINT NOT NULL,
    PRIMARY KEY (user_id, strategy)
);
CREATE TABLE server_tallies (
    server_id    BIGINT NOT NULL,
    strategy     TEXT NOT NULL,
    texts        BIGINT NOT NULL,
    tokens       BIGINT NOT NULL,
    passes       BIGINT NOT NULL,
    milliseconds BIGINT NOT NULL,
    PRIMARY KEY (server_id, strategy)
);
INSERT INTO user_tallies
SELECT user_id, strategy, COUNT(*), SUM(tokens), SUM(passes), SUM(milliseconds) FROM texts GROUP BY user_id, strategy;
INSERT INTO server_tallies
SELECT 0, strategy, COUNT(*), SUM(tokens), SUM(passes), SUM(milliseconds) FROM texts GROUP BY strategy;
INSERT INTO server_tallies
SELECT server_id, strategy, COUNT(*), SUM(tokens), SUM(passes), SUM(milliseconds) FROM texts
WHERE server_id IS NOT NULL GROUP BY server_id, strategy;
