-- What managers have set for a server (channel 0) and for single channels. Settings are JSON, read and written whole.
CREATE TABLE places (
    server_id  BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    settings   TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (server_id, channel_id)
);

-- What a server allows, as JSON.
CREATE TABLE rules (
    server_id  BIGINT PRIMARY KEY NOT NULL,
    rules      TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- The texts that were begun on servers with quotas, for as long as they count.
CREATE TABLE uses (
    id        BIGINT PRIMARY KEY NOT NULL,
    server_id BIGINT NOT NULL,
    user_id   BIGINT NOT NULL,
    began_at  BIGINT NOT NULL
);
CREATE INDEX uses_by_server ON uses (server_id, began_at);
CREATE INDEX uses_by_user ON uses (user_id, server_id, began_at);
CREATE INDEX uses_by_time ON uses (began_at);

-- Settings that people keep under a name. The key is the name in lower case.
CREATE TABLE presets (
    user_id    BIGINT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    settings   TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
