-- What people have set for themselves. What is NULL was left open.
CREATE TABLE settings (
    user_id     BIGINT PRIMARY KEY NOT NULL,
    prompt      TEXT,
    strategy    TEXT,
    temperature DOUBLE PRECISION,
    top_k       INTEGER,
    top_p       DOUBLE PRECISION,
    length      INTEGER,
    seed        BIGINT,
    options     TEXT,
    changed_at  BIGINT NOT NULL
);

-- The texts that were written, with all that is needed to write them again.
CREATE TABLE texts (
    id           TEXT PRIMARY KEY NOT NULL,
    user_id      BIGINT NOT NULL,
    prompt       TEXT NOT NULL,
    text         TEXT NOT NULL,
    strategy     TEXT NOT NULL,
    temperature  DOUBLE PRECISION NOT NULL,
    top_k        INTEGER NOT NULL,
    top_p        DOUBLE PRECISION NOT NULL,
    length       INTEGER,
    seed         BIGINT NOT NULL,
    options      TEXT NOT NULL,
    model        TEXT NOT NULL,
    tokens       INTEGER NOT NULL,
    passes       BIGINT NOT NULL,
    milliseconds BIGINT NOT NULL,
    outcome      TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX texts_by_user ON texts (user_id, created_at);
