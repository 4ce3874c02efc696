//! Reads settings one by one from the layered sources, and says which source a bad one came from.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat, Source, Value, ValueKind};
use strsim::levenshtein;

const DEFAULTS: &str = include_str!("../../config/default.toml");
const PREFIX: &str = "MOUTHPIECE";
/// Larger files hold something else.
const MOST_BYTES: u64 = 1 << 20;

/// A configuration that cannot be used. Displays as one sentence with source, key and allowed range.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: {problem}")]
pub struct ConfigError {
    source_name: String,
    problem: String,
}

/// The layered sources, their keys checked.
pub(super) struct SettingSources {
    values: BTreeMap<String, Value>,
    origins: BTreeMap<String, SettingOrigin>,
}

#[derive(Clone)]
enum SettingOrigin {
    Defaults,
    File(PathBuf),
    Environment,
}

impl SettingOrigin {
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
            let text = read_at_most(path, MOST_BYTES).map_err(|error| ConfigError {
                source_name: origin.name(""),
                problem: format!("cannot be read: {error}"),
            })?;
            sources.add(&File::from_str(&text, FileFormat::Toml), &origin)?;
        }
        let environment = environment
            .into_iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        sources.add(
            &Environment::with_prefix(PREFIX)
                .separator("__")
                .prefix_separator("__")
                .source(Some(environment)),
            &SettingOrigin::Environment,
        )?;
        Ok(sources)
    }

    fn add(
        &mut self,
        source: &(impl Source + Clone + Send + Sync + 'static),
        origin: &SettingOrigin,
    ) -> Result<(), ConfigError> {
        let unreadable = |error: config::ConfigError| ConfigError {
            source_name: origin.name(""),
            problem: one_line(&error.to_string()),
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
        match closest.filter(|known| levenshtein(known, key) <= 3) {
            Some(known) => format!("there is no setting {key}; did you mean {known}?"),
            None => format!("there is no setting {key}; config/default.toml has them all"),
        }
    }

    /// Whether nobody set `key`.
    pub(super) fn is_built_in(&self, key: &str) -> bool {
        matches!(self.origins.get(key), None | Some(SettingOrigin::Defaults))
    }

    /// The error that `key` is not what it must be.
    pub(super) fn refused(&self, key: &str, range: &str, given: &str) -> ConfigError {
        let source_name = self
            .origins
            .get(key)
            .unwrap_or(&SettingOrigin::Defaults)
            .name(key);
        ConfigError {
            source_name,
            problem: format!("{key} must be {range}, not {given}"),
        }
    }

    fn value(&self, key: &str) -> Value {
        self.values
            .get(key)
            .cloned()
            .expect("config/default.toml has every setting")
    }

    pub(super) fn text(&self, key: &str) -> Result<String, ConfigError> {
        match self.value(key).kind {
            ValueKind::String(text) => Ok(text),
            // Never the value of a secret.
            _ if key == "discord.token" => {
                Err(self.refused(key, "text in quotes", "what stands there"))
            }
            other => Err(self.refused(key, "text in quotes", &other.to_string())),
        }
    }

    pub(super) fn choice(&self, key: &str, words: &[&str]) -> Result<String, ConfigError> {
        let text = self.text(key)?;
        let refused = || {
            self.refused(
                key,
                &format!("one of {}", words.join(", ")),
                &format!("{text:?}"),
            )
        };
        words
            .contains(&text.as_str())
            .then(|| text.clone())
            .ok_or_else(refused)
    }

    pub(super) fn yes(&self, key: &str) -> Result<bool, ConfigError> {
        match self.value(key).kind {
            ValueKind::Boolean(yes) => Some(yes),
            ValueKind::String(ref text) => text.trim().parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.refused(key, "true or false", &self.value(key).to_string()))
    }

    pub(super) fn whole(&self, key: &str, low: u32, high: u32) -> Result<u32, ConfigError> {
        let value = self.value(key);
        let number = match &value.kind {
            ValueKind::I64(number) => u32::try_from(*number).ok(),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let given = || match &value.kind {
            ValueKind::String(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        number
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| {
                self.refused(
                    key,
                    &format!("a whole number from {low} to {high}"),
                    &given(),
                )
            })
    }
}

/// The text of a file, however large the file says it is.
pub(super) fn read_at_most(path: &Path, most: u64) -> io::Result<String> {
    let mut text = Vec::new();
    std::fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!("more than {most} bytes")));
    }
    String::from_utf8(text).map_err(io::Error::other)
}

/// Nested tables as dotted keys.
fn flatten(prefix: &str, value: Value, found: &mut BTreeMap<String, Value>) {
    match value.kind {
        ValueKind::Table(table) => {
            for (key, value) in table {
                flatten(
                    &if prefix.is_empty() {
                        key
                    } else {
                        format!("{prefix}.{key}")
                    },
                    value,
                    found,
                );
            }
        }
        _ => {
            found.insert(prefix.to_owned(), value);
        }
    }
}

/// A parser's message without the lines it quotes, which may hold a secret.
fn one_line(text: &str) -> String {
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
