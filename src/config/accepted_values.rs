//! All settings with the values that they accept: one table for the check, for the error and for the comments of
//! `config/default.toml` (a test compares them).
//!
//! A new setting is a row here, an entry with a comment in `config/default.toml`, a row in the table of README.md, and
//! the line in `mod.rs` that reads it.

/// The values that a setting accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AcceptedValues {
    /// An integer, both ends included.
    Integer { min: u32, max: u32 },
    /// An integer from `min` to the value of another setting.
    IntegerUpTo { min: u32, setting: &'static str },
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// Text. Whoever reads the setting checks it further.
    Text,
}

use AcceptedValues::{Boolean, Integer, IntegerUpTo, OneOf, Text};

/// Every setting with the values that it accepts, in the order of `config/default.toml`.
#[rustfmt::skip]
const SETTINGS: &[(&str, AcceptedValues)] = &[
    ("discord.token", Text),
    ("discord.token_file", Text),
    ("discord.api_base_url", Text),
    ("discord.edit_interval_ms", Integer { min: 250, max: 60_000 }),
    ("discord.request_timeout_ms", Integer { min: 1_000, max: 60_000 }),
    ("model.name", Text),
    ("model.folder", Text),
    ("model.precision", OneOf(&["int8", "fp32"])),
    ("model.threads", Integer { min: 1, max: 64 }),
    ("model.onnxruntime", Text),
    ("inference.workers", Integer { min: 0, max: 64 }),
    ("inference.generations", Integer { min: 1, max: 100_000 }),
    ("inference.batch_rows", Integer { min: 1, max: 256 }),
    ("inference.batch_tokens", Integer { min: 64, max: 65_536 }),
    ("inference.call_seconds", Integer { min: 1, max: 3_600 }),
    ("limits.running_per_user", Integer { min: 1, max: 100 }),
    ("limits.prompt_characters", Integer { min: 10, max: 6_000 }),
    ("limits.blanks", Integer { min: 1, max: 200 }),
    ("limits.length", Integer { min: 1, max: 400 }),
    ("limits.steering_characters", Integer { min: 10, max: 2_000 }),
    ("limits.banned_words", Text),
    ("limits.banned_words_file", Text),
    ("arena.hours", Integer { min: 1, max: 720 }),
    ("arena.votes", Integer { min: 1, max: 10_000 }),
    // The names of the strategies, which only the generation knows.
    ("defaults.strategy", Text),
    ("defaults.length", IntegerUpTo { min: 1, setting: "limits.length" }),
    ("store.path", Text),
    ("sandbox.address", Text),
    ("sandbox.port", Integer { min: 0, max: 65_535 }),
    ("sandbox.allow_remote", Boolean),
    ("sandbox.faults", Integer { min: 0, max: 100 }),
    ("sandbox.fault_seed", Integer { min: 0, max: u32::MAX }),
    ("log.level", Text),
    ("log.format", OneOf(&["text", "json"])),
    ("stop.grace_seconds", Integer { min: 0, max: 600 }),
];

impl AcceptedValues {
    /// The values that the setting `key` accepts.
    pub(super) fn of(key: &str) -> Self {
        let row = SETTINGS.iter().find(|(name, _)| *name == key);
        row.expect("SETTINGS lists every setting that is read").1
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    const DEFAULTS: &str = include_str!("../../config/default.toml");

    impl AcceptedValues {
        /// The end of the comment in `config/default.toml`; `None` for text.
        fn statement(self) -> Option<String> {
            match self {
                Integer { min, max } => Some(format!("Range: {min} to {max}.")),
                IntegerUpTo { min, setting } => Some(format!("Range: {min} to {setting}.")),
                OneOf(words) => {
                    let quoted: Vec<String> =
                        words.iter().map(|word| format!("\"{word}\"")).collect();
                    Some(format!("Values: {}.", quoted.join(" or ")))
                }
                Boolean => Some("Values: true or false.".to_owned()),
                Text => None,
            }
        }
    }

    /// The keys of `config/default.toml` in order, each with its comment on one line.
    fn documented() -> Vec<(String, String)> {
        let (mut section, mut comment, mut found) = ("", Vec::new(), Vec::new());
        for line in DEFAULTS.lines() {
            if let Some(text) = line.strip_prefix('#') {
                comment.push(text.trim());
            } else if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']');
                comment.clear();
            } else if let Some((key, _)) = line.split_once(" = ") {
                found.push((format!("{section}.{key}"), comment.join(" ")));
                comment.clear();
            } else {
                comment.clear();
            }
        }
        found
    }

    #[test]
    fn the_comments_of_the_defaults_state_the_values_that_are_accepted() {
        let documented = documented();
        let keys: Vec<&str> = documented.iter().map(|(key, _)| key.as_str()).collect();
        let listed: Vec<&str> = SETTINGS.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, listed);
        for (key, comment) in documented {
            match AcceptedValues::of(&key).statement() {
                Some(statement) => {
                    assert!(
                        comment.ends_with(&statement),
                        "the comment of {key} must end with “{statement}”: {comment}"
                    );
                    let others =
                        comment.matches("Range: ").count() + comment.matches("Values: ").count();
                    assert_eq!(others, 1, "{key} states several ranges: {comment}");
                }
                None => assert!(
                    !comment.contains("Range: ") && !comment.contains("Values: "),
                    "{key} states values that nothing checks: {comment}"
                ),
            }
        }
    }

    fn load(key: &str, value: &str) -> Result<Config, String> {
        let name = format!("MOUTHPIECE__{}", key.to_uppercase().replace('.', "__"));
        Config::from_sources(None, vec![(name, value.to_owned())])
            .map_err(|error| error.to_string())
    }

    #[test]
    fn both_ends_of_every_range_are_accepted_and_the_next_integers_are_refused() {
        for (key, values) in SETTINGS {
            let Integer { min, max } = *values else {
                continue;
            };
            let refusal = format!("{key} must be a whole number from {min} to {max}, not ");
            let (min, max) = (i64::from(min), i64::from(max));
            for inside in [min, max] {
                assert!(load(key, &inside.to_string()).is_ok(), "{key} = {inside}");
            }
            for outside in [min - 1, max + 1] {
                let error = load(key, &outside.to_string()).unwrap_err();
                assert!(error.contains(&refusal), "{error}");
            }
        }
    }

    #[test]
    fn every_word_that_is_listed_is_accepted_and_others_are_refused() {
        for (key, values) in SETTINGS {
            let words: &[&str] = match values {
                OneOf(words) => words,
                Boolean => &["true", "false"],
                _ => continue,
            };
            for word in words {
                assert!(load(key, word).is_ok(), "{key} = {word}");
            }
            assert!(load(key, "other").is_err(), "{key}");
        }
    }
}
