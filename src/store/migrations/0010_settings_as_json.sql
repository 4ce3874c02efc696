-- Settings are one JSON object, so that a new setting needs no new column. Numbers keep all their digits: json_object writes 15.
ALTER TABLE settings ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
UPDATE settings SET settings = json_object(
    'prompt', prompt, 'strategy', strategy,
    'temperature', json(CASE WHEN temperature IS NULL THEN 'null' ELSE printf('%!.17g', temperature) END), 'top_k', top_k,
    'top_p', json(CASE WHEN top_p IS NULL THEN 'null' ELSE printf('%!.17g', top_p) END), 'length', length, 'seed', seed,
    'options', options, 'tags', tags, 'context', context, 'keywords', keywords
);
ALTER TABLE settings DROP COLUMN prompt;
ALTER TABLE settings DROP COLUMN strategy;
ALTER TABLE settings DROP COLUMN temperature;
ALTER TABLE settings DROP COLUMN top_k;
ALTER TABLE settings DROP COLUMN top_p;
ALTER TABLE settings DROP COLUMN length;
ALTER TABLE settings DROP COLUMN seed;
ALTER TABLE settings DROP COLUMN options;
ALTER TABLE settings DROP COLUMN tags;
ALTER TABLE settings DROP COLUMN context;
ALTER TABLE settings DROP COLUMN keywords;

-- Of a text, the settings without a column of their own.
ALTER TABLE texts ADD COLUMN other_settings TEXT NOT NULL DEFAULT '{}';
UPDATE texts SET other_settings = json_object('tags', tags, 'context', context, 'keywords', keywords)
    WHERE tags IS NOT NULL OR context IS NOT NULL OR keywords IS NOT NULL;
ALTER TABLE texts DROP COLUMN tags;
ALTER TABLE texts DROP COLUMN context;
ALTER TABLE texts DROP COLUMN keywords;
