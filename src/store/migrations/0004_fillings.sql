-- Sentences whose blanks somebody fills by hand. The steps are a list in JSON, of which the last is undone first.
CREATE TABLE fillings (
    id          TEXT PRIMARY KEY NOT NULL,
    user_id     BIGINT NOT NULL,
    text        TEXT NOT NULL,
    options     TEXT NOT NULL,
    temperature DOUBLE PRECISION,
    seed        BIGINT NOT NULL,
    top         INTEGER NOT NULL,
    words       TEXT,
    steps       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
);
CREATE INDEX fillings_by_user ON fillings (user_id, created_at);
