//! The settings of the program: defaults, a file, the environment. The only place that reads them.

mod banned;
mod model_location;
mod sources;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::discord::{self, Secret, Server};
use crate::pool::{BatchLimits, PoolLimits};
use crate::service::{ArenaRules, Limits};
use crate::telemetry::LogOptions;
use generation::strategy;
use generation::{Length, Settings};
use model::Precision;
use sandbox;

pub use model_location::{library, model_folder};
pub use sources::ConfigError;
use sources::{SettingSources, read_at_most};

/// Larger files hold no token.
const MOST_TOKEN_BYTES: u64 = 1 << 12;

/// All settings, each within its range.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach Discord.
    pub discord: discord::Settings,
    /// Which model.
    pub model: ModelSettings,
    /// The workers.
    pub pool: PoolLimits,
    /// What people may ask for.
    pub limits: Limits,
    /// How long people vote in the arena.
    pub arena: ArenaRules,
    /// Words that must not be written.
    pub banned_words: Vec<String>,
    /// What they get if they ask for nothing in particular.
    pub defaults: Settings,
    /// The database file.
    pub store: PathBuf,
    /// Where the sandbox listens.
    pub sandbox: sandbox::SandboxSettings,
    /// What is logged, and how.
    pub log: LogOptions,
    /// How long running texts may go on after a signal to stop.
    pub grace: Duration,
}

/// Which model to load.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// Its folder, absolute or relative to where the program lies or runs.
    pub folder: PathBuf,
    /// Which of its graphs.
    pub precision: Precision,
    /// How many threads one call uses.
    pub threads: usize,
    /// The ONNX Runtime library, if one was named.
    pub library: Option<PathBuf>,
}

impl Config {
    /// The built-in defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// When a source cannot be read, has a key that is not known, or a value that does not fit.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        // What is no Unicode is none of ours: the name of every setting is plain, and so is what it may be.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::from_sources(file, environment.collect())
    }

    /// The same with the environment given as pairs.
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
        let read = SettingSources::new(file, environment)?;
        let limits = limits(&read)?;
        Ok(Self {
            discord: discord_settings(&read)?,
            model: ModelSettings {
                folder: read.text("model.folder")?.into(),
                threads: read.whole("model.threads", 1, 64)? as usize,
                precision: if read.choice("model.precision", &["int8", "fp32"])? == "int8" {
                    Precision::Int8
                } else {
                    Precision::Fp32
                },
                library: Some(read.text("model.onnxruntime")?)
                    .filter(|path| !path.is_empty())
                    .or(library_variable)
                    .map(PathBuf::from),
            },
            pool: pool(&read)?,
            defaults: Settings {
                strategy: default_strategy(&read)?,
                length: Some(default_length(&read, limits.length)?),
                ..Settings::default()
            },
            limits,
            arena: ArenaRules {
                open_for: Duration::from_hours(read.whole("arena.hours", 1, 720)?.into()),
                votes: read.whole("arena.votes", 1, 10_000)?.into(),
            },
            banned_words: banned::words(&read)?,
            store: read.text("store.path")?.into(),
            sandbox: sandbox_settings(&read)?,
            log: LogOptions {
                level: read.text("log.level")?,
                json: read.choice("log.format", &["text", "json"])? == "json",
            },
            grace: Duration::from_secs(read.whole("stop.grace_seconds", 0, 600)?.into()),
        })
    }
}

fn discord_settings(read: &SettingSources) -> Result<discord::Settings, ConfigError> {
    let milliseconds = |key, low, high| {
        let number = read.whole(key, low, high)?;
        Ok::<_, ConfigError>(Duration::from_millis(number.into()))
    };
    Ok(discord::Settings {
        token: token(read)?,
        server: server(read)?,
        edit_interval: milliseconds("discord.edit_interval_ms", 250, 60_000)?,
        request_timeout: milliseconds("discord.request_timeout_ms", 1_000, 60_000)?,
    })
}

/// The strategy of those who have chosen none; `None` leaves it to the model.
fn default_strategy(read: &SettingSources) -> Result<Option<String>, ConfigError> {
    const AUTO: &str = "auto";
    let choices = [&[AUTO], &strategy::names()[..]].concat();
    let strategy = read.choice("defaults.strategy", &choices)?;
    Ok(Some(strategy).filter(|name| name != AUTO))
}

/// The length that somebody set must fit the limit; the built-in one gives way to it.
fn default_length(read: &SettingSources, most: Length) -> Result<Length, ConfigError> {
    const KEY: &str = "defaults.length";
    let set = if read.is_built_in(KEY) {
        read.whole(KEY, 1, u32::MAX)?.min(most.get())
    } else {
        read.whole(KEY, 1, most.get())?
    };
    Ok(Length::try_from(f64::from(set)).unwrap_or(most))
}

fn sandbox_settings(read: &SettingSources) -> Result<sandbox::SandboxSettings, ConfigError> {
    const KEY: &str = "sandbox.address";
    let address = read.text(KEY)?;
    let refused = |_| {
        read.refused(
            KEY,
            "an IP address such as 127.0.0.1",
            &format!("{address:?}"),
        )
    };
    Ok(sandbox::SandboxSettings {
        address: address.parse().map_err(refused)?,
        port: u16::try_from(read.whole("sandbox.port", 0, u16::MAX.into())?).unwrap_or_default(),
        allow_remote: read.yes("sandbox.allow_remote")?,
        faults: read.whole("sandbox.faults", 0, 100)?,
        fault_seed: read.whole("sandbox.fault_seed", 0, u32::MAX)?,
    })
}

fn server(read: &SettingSources) -> Result<Option<Server>, ConfigError> {
    const KEY: &str = "discord.api_base_url";
    let url = read.text(KEY)?;
    if url.is_empty() {
        return Ok(None);
    }
    let refused = || {
        read.refused(
            KEY,
            "an address such as http://127.0.0.1:4180",
            &format!("{url:?}"),
        )
    };
    Server::parse(&url).map(Some).ok_or_else(refused)
}

fn token(read: &SettingSources) -> Result<Option<Secret>, ConfigError> {
    let (token, file) = (
        read.text("discord.token")?,
        read.text("discord.token_file")?,
    );
    let token = match (token.trim(), file.as_str()) {
        ("", "") => return Ok(None),
        ("", file) => read_at_most(Path::new(file), MOST_TOKEN_BYTES).map_err(|error| {
            read.refused(
                "discord.token_file",
                "a readable file",
                &format!("{file:?} ({error})"),
            )
        })?,
        (token, _) => token.to_owned(),
    };
    let token = token.trim();
    let valid = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
    if !valid {
        return Err(read.refused(
            "discord.token",
            "a bot token without spaces or line breaks",
            "what was found there",
        ));
    }
    Ok(Some(Secret::new(token)))
}

fn pool(read: &SettingSources) -> Result<PoolLimits, ConfigError> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Ok(PoolLimits {
        workers: match read.whole("inference.workers", 0, 64)? as usize {
            0 => cores(),
            workers => workers,
        },
        generations: read.whole("inference.generations", 1, 100_000)? as usize,
        batch: BatchLimits {
            rows: read.whole("inference.batch_rows", 1, 256)? as usize,
            tokens: read.whole("inference.batch_tokens", 64, 65_536)? as usize,
        },
        call: Duration::from_secs(read.whole("inference.call_seconds", 1, 3_600)?.into()),
    })
}

fn limits(read: &SettingSources) -> Result<Limits, ConfigError> {
    let length = read.whole("limits.length", 1, 400)?;
    Ok(Limits {
        running_per_user: read.whole("limits.running_per_user", 1, 100)? as usize,
        prompt_characters: read.whole("limits.prompt_characters", 10, 6_000)? as usize,
        blanks: read.whole("limits.blanks", 1, 200)? as usize,
        length: Length::try_from(f64::from(length)).expect("the same range"),
        steering_characters: read.whole("limits.steering_characters", 10, 2_000)? as usize,
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
        assert!(config.discord.token.is_none() && config.discord.server.is_none());
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
        assert!(config.log.json);
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
    fn mistakes_name_the_source_the_key_and_what_is_allowed() {
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
    fn the_built_in_length_gives_way_to_a_limit_that_somebody_set() {
        let config = load("[limits]\nlength = 10\n", &[]).unwrap();
        let lengths = (config.defaults.length.unwrap(), config.limits.length);
        assert_eq!((lengths.0.get(), lengths.1.get()), (10, 10));
    }

    #[test]
    fn where_the_sandbox_listens_is_read_from_a_file_and_from_the_environment() {
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
    fn a_missing_file_is_named() {
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
    fn files_that_never_end_are_not_read_to_their_end() {
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
    fn another_server_is_read_or_named_as_a_mistake() {
        let set = |url| load("", &[("MOUTHPIECE__DISCORD__API_BASE_URL", url)]);
        let server = set("http://127.0.0.1:9/api/v10")
            .unwrap()
            .discord
            .server
            .unwrap();
        assert_eq!(server.url(), "http://127.0.0.1:9");
        let message = set("localhost").unwrap_err();
        assert!(
            message.contains("discord.api_base_url must be an address such as"),
            "{message}"
        );
    }
}
