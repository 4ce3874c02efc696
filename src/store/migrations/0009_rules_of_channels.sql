-- Rules of single channels, beside those of the server (channel 0), as settings have been kept from the beginning.
CREATE TABLE rules_of_places (
    server_id  BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    rules      TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (server_id, channel_id)
);
INSERT INTO rules_of_places (server_id, channel_id, rules, changed_at) SELECT server_id, 0, rules, changed_at FROM rules;
DROP TABLE rules;
ALTER TABLE rules_of_places RENAME TO rules;
