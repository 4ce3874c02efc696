-- Where a text was asked for, and the text it came from.
ALTER TABLE texts ADD COLUMN server_id BIGINT;
ALTER TABLE texts ADD COLUMN channel_id BIGINT;
ALTER TABLE texts ADD COLUMN parent TEXT;
CREATE INDEX texts_by_server ON texts (server_id, created_at);
