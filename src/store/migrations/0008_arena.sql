-- Two texts of one prompt, between which people decide without knowing how they were written. Until a duel is closed its
-- texts are sealed, so that nobody can look them up.
CREATE TABLE duels (
    id            TEXT PRIMARY KEY NOT NULL,
    user_id       BIGINT NOT NULL,
    server_id     BIGINT,
    channel_id    BIGINT NOT NULL,
    a_id          TEXT NOT NULL,
    a_strategy    TEXT NOT NULL,
    a_temperature DOUBLE PRECISION NOT NULL,
    b_id          TEXT NOT NULL,
    b_strategy    TEXT NOT NULL,
    b_temperature DOUBLE PRECISION NOT NULL,
    sealed        TEXT,
    opened_at     BIGINT NOT NULL,
    closes_at     BIGINT NOT NULL,
    closed_at     BIGINT
);
CREATE INDEX duels_by_server ON duels (server_id, closed_at);
CREATE INDEX duels_by_closing ON duels (closed_at);
CREATE INDEX duels_by_user ON duels (user_id, opened_at);

-- One vote of each person in each duel.
CREATE TABLE votes (
    duel_id TEXT NOT NULL REFERENCES duels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    choice  TEXT NOT NULL,
    cast_at BIGINT NOT NULL,
    PRIMARY KEY (duel_id, user_id)
);
CREATE INDEX votes_by_user ON votes (user_id, cast_at);

-- Random bytes that only this database knows, such as the key under which people's ids are hashed.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY NOT NULL,
    bytes BLOB NOT NULL
);
