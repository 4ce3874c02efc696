-- Answers that were promised and not given yet, so that a bot that was killed can keep its word. The token lets anybody answer
-- for a quarter of an hour; rows older than that are deleted.
CREATE TABLE promises (
    interaction_id BIGINT PRIMARY KEY NOT NULL,
    application_id BIGINT NOT NULL,
    channel_id     BIGINT,
    token          TEXT NOT NULL,
    made_at        BIGINT NOT NULL
);
CREATE INDEX promises_by_age ON promises (made_at);
