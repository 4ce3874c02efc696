-- What steers a text from behind, and the words that must appear in it.
ALTER TABLE settings ADD COLUMN tags TEXT;
ALTER TABLE settings ADD COLUMN context TEXT;
ALTER TABLE settings ADD COLUMN keywords TEXT;
ALTER TABLE texts ADD COLUMN tags TEXT;
ALTER TABLE texts ADD COLUMN context TEXT;
ALTER TABLE texts ADD COLUMN keywords TEXT;
