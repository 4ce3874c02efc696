//! The configuration of the program: built-in defaults, a file, the environment. The only place that reads any of them.

mod accepted_values;
mod banned_words;
mod error;
mod hub_variables;
mod model_location;
mod sources;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::discord::{ApiBaseUrl, DiscordSettings, Secret};
use crate::pool::{BatchLimits, PoolLimits, RecoveryLimits};
use crate::service::{ArenaRules, Limits};
use crate::telemetry::{LogFormat, LogOptions};
use generation::strategy;
use generation::{Length, Settings, StrategyName};
use hub::{ModelName, NameError};
use model::Precision;
use sandbox;

use accepted_values::AcceptedValues;
pub use error::ConfigError;
pub use hub_variables::hub_settings;
pub use model_location::{library, model_folder, telemetry_disabled};
use sources::{SettingSources, read_at_most};

/// The maximum size of a token file, in bytes.
const MAX_TOKEN_BYTES: u64 = 1 << 12;
/// The value of `defaults.strategy` that leaves the choice to the model.
const AUTO: &str = "auto";

/// All settings, each within its range.
#[derive(Debug, Clone)]
pub struct Config {
    /// The connection to Discord.
    pub discord: DiscordSettings,
    /// The model.
    pub model: ModelSettings,
    /// The workers and their queue.
    pub pool: PoolLimits,
    /// The limits of a request.
    pub limits: Limits,
    /// The rules of the arena.
    pub arena: ArenaRules,
    /// Words that must not be generated.
    pub banned_words: Vec<String>,
    /// The settings of people who have none of their own.
    pub defaults: Settings,
    /// The database file.
    pub store: PathBuf,
    /// The sandbox.
    pub sandbox: sandbox::SandboxSettings,
    /// The log.
    pub log: LogOptions,
    /// The time that running generations have to finish after a signal to stop.
    pub grace_period: Duration,
}

/// The model to load.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// The name on the Hugging Face hub; `None` for the model in the folder.
    pub name: Option<ModelName>,
    /// The folder: absolute, or relative to the current folder, the folder of the program or one of its ancestors.
    pub folder: PathBuf,
    /// The precision of the graph.
    pub precision: Precision,
    /// The number of threads of one call.
    pub threads: usize,
    /// The ONNX Runtime library, if configured.
    pub library: Option<PathBuf>,
}

impl Config {
    /// Layers the built-in defaults, `file` and the environment of the process; later ones win.
    ///
    /// # Errors
    /// When a source cannot be read, has an unknown key, or a value that is not accepted.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        // Names and accepted values of all settings are Unicode, so other variables are not settings.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::from_sources(file, environment.collect())
    }

    /// As [`Config::load`], with the environment given as pairs of name and value.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_sources(
        file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Self, ConfigError> {
        let library_variable = environment
            .iter()
            .find(|(name, path)| name == "ORT_DYLIB_PATH" && !path.is_empty())
            .map(|(_, path)| path.clone());
        let sources = SettingSources::new(file, environment)?;
        let limits = limits(&sources)?;
        Ok(Self {
            discord: discord_settings(&sources)?,
            model: model_settings(&sources, library_variable)?,
            pool: pool_limits(&sources)?,
            defaults: Settings {
                strategy: default_strategy(&sources)?,
                length: Some(default_length(&sources, limits.length)?),
                ..Settings::default()
            },
            limits,
            arena: ArenaRules {
                open_for: Duration::from_hours(sources.integer("arena.hours")?.into()),
                votes: sources.integer("arena.votes")?.into(),
            },
            banned_words: banned_words::words(&sources)?,
            store: sources.text("store.path")?.into(),
            sandbox: sandbox_settings(&sources)?,
            log: log_options(&sources)?,
            grace_period: seconds(&sources, "stop.grace_seconds")?,
        })
    }
}

fn seconds(sources: &SettingSources, key: &str) -> Result<Duration, ConfigError> {
    Ok(Duration::from_secs(sources.integer(key)?.into()))
}

fn milliseconds(sources: &SettingSources, key: &str) -> Result<Duration, ConfigError> {
    Ok(Duration::from_millis(sources.integer(key)?.into()))
}

fn discord_settings(sources: &SettingSources) -> Result<DiscordSettings, ConfigError> {
    Ok(DiscordSettings {
        token: token(sources)?,
        api_base_url: api_base_url(sources)?,
        edit_interval: milliseconds(sources, "discord.edit_interval_ms")?,
        request_timeout: milliseconds(sources, "discord.request_timeout_ms")?,
    })
}

fn model_settings(
    sources: &SettingSources,
    library_variable: Option<String>,
) -> Result<ModelSettings, ConfigError> {
    let precision = match sources.word("model.precision")?.as_str() {
        "fp32" => Precision::Fp32,
        _ => Precision::Int8,
    };
    let library = Some(sources.text("model.onnxruntime")?).filter(|path| !path.is_empty());
    Ok(ModelSettings {
        name: model_name(sources)?,
        folder: sources.text("model.folder")?.into(),
        precision,
        threads: sources.integer("model.threads")? as usize,
        library: library.or(library_variable).map(PathBuf::from),
    })
}

/// The name of a model on the hub, if one is configured.
fn model_name(sources: &SettingSources) -> Result<Option<ModelName>, ConfigError> {
    let name = sources.text("model.name")?;
    if name.is_empty() {
        return Ok(None);
    }
    let refused = |_: NameError| {
        sources.refused(
            "model.name",
            "org/name or org/name@revision",
            &format!("{name:?}"),
        )
    };
    name.parse().map(Some).map_err(refused)
}

fn log_options(sources: &SettingSources) -> Result<LogOptions, ConfigError> {
    let format = match sources.word("log.format")?.as_str() {
        "json" => LogFormat::Json,
        _ => LogFormat::Text,
    };
    Ok(LogOptions {
        filter: sources.text("log.level")?,
        format,
    })
}

/// The default strategy; `None` leaves the choice to the model.
fn default_strategy(sources: &SettingSources) -> Result<Option<StrategyName>, ConfigError> {
    const KEY: &str = "defaults.strategy";
    if let Some(strategy) = strategy::find(&sources.text(KEY)?) {
        return Ok(Some(strategy.name().into()));
    }
    let choices = [&[AUTO], &strategy::names()[..]].concat();
    let _auto = sources.one_of(KEY, &choices)?;
    Ok(None)
}

/// The default length. A configured length above the limit is refused; the built-in one is lowered to the limit.
fn default_length(sources: &SettingSources, limit: Length) -> Result<Length, ConfigError> {
    const KEY: &str = "defaults.length";
    let AcceptedValues::IntegerUpTo { min, .. } = AcceptedValues::of(KEY) else {
        unreachable!("{KEY} accepts integers up to limits.length");
    };
    let length = if sources.is_default(KEY) {
        sources
            .integer_between(KEY, min, u32::MAX)?
            .min(limit.get())
    } else {
        sources.integer_between(KEY, min, limit.get())?
    };
    Ok(Length::try_from(f64::from(length)).unwrap_or(limit))
}

fn sandbox_settings(sources: &SettingSources) -> Result<sandbox::SandboxSettings, ConfigError> {
    const ADDRESS: &str = "sandbox.address";
    let address = sources.text(ADDRESS)?;
    let refused = |_| {
        let accepted = "an IP address such as 127.0.0.1";
        sources.refused(ADDRESS, accepted, &format!("{address:?}"))
    };
    Ok(sandbox::SandboxSettings {
        address: address.parse().map_err(refused)?,
        port: u16::try_from(sources.integer("sandbox.port")?).unwrap_or_default(),
        allow_remote: sources.boolean("sandbox.allow_remote")?,
        faults: sources.integer("sandbox.faults")?,
        fault_seed: sources.integer("sandbox.fault_seed")?,
    })
}

fn api_base_url(sources: &SettingSources) -> Result<Option<ApiBaseUrl>, ConfigError> {
    const KEY: &str = "discord.api_base_url";
    let url = sources.text(KEY)?;
    if url.is_empty() {
        return Ok(None);
    }
    let refused = || {
        let accepted = "an address such as http://127.0.0.1:4180";
        sources.refused(KEY, accepted, &format!("{url:?}"))
    };
    ApiBaseUrl::parse(&url).map(Some).ok_or_else(refused)
}

/// The token of `discord.token`, else of `discord.token_file`.
fn token(sources: &SettingSources) -> Result<Option<Secret>, ConfigError> {
    let token = sources.text("discord.token")?;
    let file = sources.text("discord.token_file")?;
    let token = match (token.trim(), file.as_str()) {
        ("", "") => return Ok(None),
        ("", file) => read_at_most(Path::new(file), MAX_TOKEN_BYTES).map_err(|error| {
            let found = format!("{file:?} ({error})");
            sources.refused("discord.token_file", "a readable file", &found)
        })?,
        (token, _) => token.to_owned(),
    };
    let token = token.trim();
    let valid = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
    if !valid {
        // The error must not show the token.
        return Err(sources.refused(
            "discord.token",
            "a bot token without spaces or line breaks",
            "what was found there",
        ));
    }
    Ok(Some(Secret::new(token)))
}

fn pool_limits(sources: &SettingSources) -> Result<PoolLimits, ConfigError> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Ok(PoolLimits {
        workers: match sources.integer("inference.workers")? as usize {
            0 => cores(),
            workers => workers,
        },
        generations: sources.integer("inference.generations")? as usize,
        batch: BatchLimits {
            rows: sources.integer("inference.batch_rows")? as usize,
            tokens: sources.integer("inference.batch_tokens")? as usize,
        },
        call: seconds(sources, "inference.call_seconds")?,
        recovery: RecoveryLimits::default(),
    })
}

fn limits(sources: &SettingSources) -> Result<Limits, ConfigError> {
    let length = sources.integer("limits.length")?;
    Ok(Limits {
        running_per_user: sources.integer("limits.running_per_user")? as usize,
        prompt_characters: sources.integer("limits.prompt_characters")? as usize,
        blanks: sources.integer("limits.blanks")? as usize,
        length: Length::try_from(f64::from(length))
            .expect("the range of limits.length is within the range of a length"),
        steering_characters: sources.integer("limits.steering_characters")? as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Config::from_sources(Some(&path), environment).map_err(|error| {
            error
                .to_string()
                .replace(&format!("{}/", folder.path().display()), "")
        })
    }

    #[test]
    fn the_defaults_are_valid_and_have_no_token() {
        let config = Config::from_sources(None, Vec::new()).unwrap();
        assert!(config.discord.token.is_none() && config.discord.api_base_url.is_none());
        assert_eq!(config.discord.edit_interval, Duration::from_secs(1));
        assert!(config.pool.workers >= 1);
    }

    #[test]
    fn the_example_for_production_is_valid_but_for_its_token_file() {
        let message = load(include_str!("../../config/production.toml"), &[]).unwrap_err();
        assert!(
            message.contains("discord.token_file must be a readable file"),
            "{message}"
        );
        let config = load(
            include_str!("../../config/production.toml"),
            &[("MOUTHPIECE__DISCORD__TOKEN", "abc")],
        )
        .unwrap();
        assert_eq!(config.log.format, LogFormat::Json);
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let config = load(
            "[defaults]\nlength = 20\n[sandbox]\nport = 1\n",
            &[("MOUTHPIECE__SANDBOX__PORT", "2")],
        )
        .unwrap();
        assert_eq!(
            (config.defaults.length.unwrap().get(), config.sandbox.port),
            (20, 2)
        );
    }

    #[test]
    fn errors_name_the_source_the_key_and_the_accepted_values() {
        assert_eq!(
            load("[discord]\ntokn = \"x\"", &[]).unwrap_err(),
            "my.toml: there is no setting discord.tokn; did you mean discord.token?"
        );
        assert_eq!(
            load("", &[("MOUTHPIECE__LIMITS__LENGHT", "3")]).unwrap_err(),
            "environment variable MOUTHPIECE__LIMITS__LENGHT: there is no setting limits.lenght; did you mean limits.length?"
        );
        assert_eq!(
            load("[discord]\nedit_interval_ms = 5", &[]).unwrap_err(),
            "my.toml: discord.edit_interval_ms must be a whole number from 250 to 60000, not 5"
        );
        assert_eq!(
            load("", &[("MOUTHPIECE__INFERENCE__WORKERS", "many")]).unwrap_err(),
            "environment variable MOUTHPIECE__INFERENCE__WORKERS: inference.workers must be a whole number from 0 to 64, not \"many\""
        );
        assert_eq!(
            load("[model]\nprecision = \"int4\"", &[]).unwrap_err(),
            "my.toml: model.precision must be one of int8, fp32, not \"int4\""
        );
        assert!(load("[model\n", &[]).unwrap_err().starts_with("my.toml: "));
        assert_eq!(
            load("[defaults]\nlength = 40\n[limits]\nlength = 10\n", &[]).unwrap_err(),
            "my.toml: defaults.length must be a whole number from 1 to 10, not 40"
        );
    }

    #[test]
    fn the_default_strategy_may_have_a_former_name_or_be_left_to_the_model() {
        let strategy = |name: &str| {
            let config = load(&format!("[defaults]\nstrategy = \"{name}\"\n"), &[])?;
            Ok::<_, String>(config.defaults.strategy.map(String::from))
        };
        assert_eq!(strategy("student"), Ok(Some("causal".to_owned())));
        assert_eq!(strategy("gibbs"), Ok(Some("gibbs".to_owned())));
        assert_eq!(strategy("auto"), Ok(None));
        let refused = strategy("beam").unwrap_err();
        assert!(
            refused.contains("one of auto, lookahead, causal"),
            "{refused}"
        );
    }

    #[test]
    fn the_built_in_length_is_lowered_to_a_configured_limit() {
        let config = load("[limits]\nlength = 10\n", &[]).unwrap();
        let lengths = (config.defaults.length.unwrap(), config.limits.length);
        assert_eq!((lengths.0.get(), lengths.1.get()), (10, 10));
    }

    #[test]
    fn the_address_of_the_sandbox_is_read_from_file_and_environment() {
        let set = [
            ("MOUTHPIECE__SANDBOX__ADDRESS", "::1"),
            ("MOUTHPIECE__SANDBOX__ALLOW_REMOTE", "true"),
        ];
        let sandbox = load("", &set).unwrap().sandbox;
        assert_eq!(
            (sandbox.address.to_string().as_str(), sandbox.allow_remote),
            ("::1", true)
        );
        let sandbox = load("[sandbox]\nallow_remote = true\n", &[])
            .unwrap()
            .sandbox;
        assert!(sandbox.allow_remote && sandbox.address.is_loopback());
        assert_eq!(
            load("[sandbox]\naddress = \"here\"\n", &[]).unwrap_err(),
            "my.toml: sandbox.address must be an IP address such as 127.0.0.1, not \"here\""
        );
        assert_eq!(
            load("[sandbox]\nallow_remote = 1\n", &[]).unwrap_err(),
            "my.toml: sandbox.allow_remote must be true or false, not 1"
        );
    }

    #[test]
    fn the_error_about_a_missing_file_names_it() {
        let message = Config::from_sources(Some(Path::new("/nowhere/my.toml")), Vec::new())
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("/nowhere/my.toml: "), "{message}");
    }

    #[test]
    fn a_token_is_never_shown() {
        let config = load("", &[("MOUTHPIECE__DISCORD__TOKEN", "very-secret")]).unwrap();
        assert!(!format!("{config:?}").contains("very-secret"));
        let message = load("", &[("MOUTHPIECE__DISCORD__TOKEN", "very secret")]).unwrap_err();
        assert!(!message.contains("very secret"), "{message}");
        for written in [
            "very-secret",
            "\"very-secret",
            "[\"very-secret\"]",
            "20261123",
        ] {
            let message = load(&format!("[discord]\ntoken = {written}\n"), &[]).unwrap_err();
            assert!(
                !message.contains("very-secret") && !message.contains("20261123"),
                "{message}"
            );
        }
    }

    #[test]
    fn reading_an_endless_file_stops_at_the_maximum_size() {
        let message = load("[discord]\ntoken_file = \"/dev/zero\"", &[]).unwrap_err();
        assert!(message.contains("more than 4096 bytes"), "{message}");
        let endless = Config::from_sources(Some(Path::new("/dev/zero")), Vec::new());
        assert!(endless.unwrap_err().to_string().contains("/dev/zero: "));
    }

    #[test]
    fn a_token_of_digits_only_is_text() {
        assert_eq!(
            load("", &[("MOUTHPIECE__DISCORD__TOKEN", "0123")])
                .unwrap()
                .discord
                .token
                .unwrap()
                .expose(),
            "0123"
        );
    }

    #[test]
    fn the_api_base_url_is_parsed_or_refused() {
        let set = |url| load("", &[("MOUTHPIECE__DISCORD__API_BASE_URL", url)]);
        let url = set("http://127.0.0.1:9/api/v10")
            .unwrap()
            .discord
            .api_base_url
            .unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:9");
        let message = set("localhost").unwrap_err();
        assert!(
            message.contains("discord.api_base_url must be an address such as"),
            "{message}"
        );
    }
}
