//! The layered sources of settings. Reads single values and names the source of a bad one.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat, Source, Value, ValueKind};
use strsim::levenshtein;

use super::accepted_values::AcceptedValues;
use super::error::ConfigError;

const DEFAULTS: &str = include_str!("../../config/default.toml");
/// The prefix of environment variables.
const PREFIX: &str = "MOUTHPIECE";
/// The maximum size of a configuration file.
const MAX_BYTES: u64 = 1 << 20;
/// The maximum edit distance of a setting that is suggested instead of an unknown one.
const MAX_DISTANCE: usize = 3;

/// The values of all settings after layering. Unknown keys are refused.
pub(super) struct SettingSources {
    values: BTreeMap<String, Value>,
    origins: BTreeMap<String, SettingOrigin>,
}

/// The source of a value.
#[derive(Clone)]
enum SettingOrigin {
    Defaults,
    File(PathBuf),
    Environment,
}

impl SettingOrigin {
    /// The name of the source for the error about `key`.
    fn name(&self, key: &str) -> String {
        match self {
            Self::Defaults => "config/default.toml".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Environment => format!(
                "environment variable {PREFIX}__{}",
                key.to_uppercase().replace('.', "__")
            ),
        }
    }
}

impl SettingSources {
    /// Layers the built-in defaults, `file` and the variables of `environment` that have the prefix; later ones win.
    ///
    /// # Errors
    /// When the file cannot be read, a source cannot be parsed, or a key is unknown.
    pub(super) fn new(
        file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut sources = Self {
            values: BTreeMap::new(),
            origins: BTreeMap::new(),
        };
        sources.add(
            &File::from_str(DEFAULTS, FileFormat::Toml),
            &SettingOrigin::Defaults,
        )?;
        if let Some(path) = file {
            let origin = SettingOrigin::File(path.to_owned());
            let text = read_at_most(path, MAX_BYTES).map_err(|error| ConfigError {
                source_name: origin.name(""),
                problem: format!("cannot be read: {error}"),
            })?;
            sources.add(&File::from_str(&text, FileFormat::Toml), &origin)?;
        }
        let environment = environment
            .into_iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        let environment = Environment::with_prefix(PREFIX)
            .separator("__")
            .prefix_separator("__")
            .source(Some(environment));
        sources.add(&environment, &SettingOrigin::Environment)?;
        Ok(sources)
    }

    fn add(
        &mut self,
        source: &(impl Source + Clone + Send + Sync + 'static),
        origin: &SettingOrigin,
    ) -> Result<(), ConfigError> {
        let unreadable = |error: config::ConfigError| ConfigError {
            source_name: origin.name(""),
            problem: without_quoted_lines(&error.to_string()),
        };
        let layer = Config::builder()
            .add_source(source.clone())
            .build()
            .map_err(unreadable)?;
        let mut found = BTreeMap::new();
        flatten("", layer.cache, &mut found);
        for (key, value) in found {
            if !matches!(origin, SettingOrigin::Defaults) && !self.values.contains_key(&key) {
                return Err(ConfigError {
                    source_name: origin.name(&key),
                    problem: self.unknown(&key),
                });
            }
            self.values.insert(key.clone(), value);
            self.origins.insert(key, origin.clone());
        }
        Ok(())
    }

    fn unknown(&self, key: &str) -> String {
        let closest = self
            .values
            .keys()
            .min_by_key(|known| levenshtein(known, key));
        match closest.filter(|known| levenshtein(known, key) <= MAX_DISTANCE) {
            Some(known) => format!("there is no setting {key}; did you mean {known}?"),
            None => format!("there is no setting {key}; config/default.toml lists all settings"),
        }
    }

    /// Whether `key` has its built-in default.
    pub(super) fn is_default(&self, key: &str) -> bool {
        matches!(self.origins.get(key), None | Some(SettingOrigin::Defaults))
    }

    /// The error that `key` must be `accepted` and is `found`.
    pub(super) fn refused(&self, key: &str, accepted: &str, found: &str) -> ConfigError {
        let origin = self.origins.get(key).unwrap_or(&SettingOrigin::Defaults);
        ConfigError {
            source_name: origin.name(key),
            problem: format!("{key} must be {accepted}, not {found}"),
        }
    }

    fn value(&self, key: &str) -> Value {
        self.values
            .get(key)
            .cloned()
            .expect("config/default.toml has every setting")
    }

    /// The text of a setting.
    ///
    /// # Errors
    /// When the value is not text.
    pub(super) fn text(&self, key: &str) -> Result<String, ConfigError> {
        match self.value(key).kind {
            ValueKind::String(text) => Ok(text),
            // The error must not show a secret.
            _ if key == "discord.token" => {
                Err(self.refused(key, "text in quotes", "what stands there"))
            }
            other => Err(self.refused(key, "text in quotes", &other.to_string())),
        }
    }

    /// The word of a setting whose accepted words are in the table.
    ///
    /// # Errors
    /// When the value is not one of them.
    pub(super) fn word(&self, key: &str) -> Result<String, ConfigError> {
        match AcceptedValues::of(key) {
            AcceptedValues::OneOf(words) => self.one_of(key, words),
            other => unreachable!("{key} accepts {other:?}, not words"),
        }
    }

    /// The word of a setting, which must be one of `words`.
    ///
    /// # Errors
    /// When the value is not one of them.
    pub(super) fn one_of(&self, key: &str, words: &[&str]) -> Result<String, ConfigError> {
        let text = self.text(key)?;
        if words.contains(&text.as_str()) {
            return Ok(text);
        }
        let accepted = format!("one of {}", words.join(", "));
        Err(self.refused(key, &accepted, &format!("{text:?}")))
    }

    /// The boolean of a setting.
    ///
    /// # Errors
    /// When the value is neither true nor false.
    pub(super) fn boolean(&self, key: &str) -> Result<bool, ConfigError> {
        let value = self.value(key);
        let parsed = match &value.kind {
            ValueKind::Boolean(boolean) => Some(*boolean),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        parsed.ok_or_else(|| self.refused(key, "true or false", &value.to_string()))
    }

    /// The integer of a setting whose range is in the table.
    ///
    /// # Errors
    /// When the value is not an integer, or out of range.
    pub(super) fn integer(&self, key: &str) -> Result<u32, ConfigError> {
        match AcceptedValues::of(key) {
            AcceptedValues::Integer { min, max } => self.integer_between(key, min, max),
            other => unreachable!("{key} accepts {other:?}, not an integer of a fixed range"),
        }
    }

    /// The integer of a setting, from `min` to `max`.
    ///
    /// # Errors
    /// When the value is not an integer, or out of range.
    pub(super) fn integer_between(
        &self,
        key: &str,
        min: u32,
        max: u32,
    ) -> Result<u32, ConfigError> {
        let value = self.value(key);
        let number = match &value.kind {
            ValueKind::I64(number) => u32::try_from(*number).ok(),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let found = || match &value.kind {
            ValueKind::String(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        let accepted = || format!("a whole number from {min} to {max}");
        number
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| self.refused(key, &accepted(), &found()))
    }
}

/// The text of a file, which may be at most `max` bytes long whatever its metadata says.
pub(super) fn read_at_most(path: &Path, max: u64) -> io::Result<String> {
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(max + 1)
        .read_to_end(&mut text)?;
    if text.len() as u64 > max {
        return Err(io::Error::other(format!("more than {max} bytes")));
    }
    String::from_utf8(text).map_err(io::Error::other)
}

/// Flattens nested tables to dotted keys.
fn flatten(prefix: &str, value: Value, found: &mut BTreeMap<String, Value>) {
    let ValueKind::Table(table) = value.kind else {
        found.insert(prefix.to_owned(), value);
        return;
    };
    for (key, value) in table {
        let key = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        flatten(&key, value, found);
    }
}

/// A parser's message on one line, without the source lines that it quotes: they may contain a secret.
fn without_quoted_lines(text: &str) -> String {
    let quoted = |line: &&str| {
        line.trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_start()
            .starts_with('|')
    };
    let words = text
        .lines()
        .filter(|line| !quoted(line))
        .flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}
