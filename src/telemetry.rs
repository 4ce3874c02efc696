//! What the program logs, and how.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct Log {
    /// A filter as `tracing_subscriber` reads it.
    pub level: String,
    /// One JSON object a line instead of text for people.
    pub json: bool,
}

impl Log {
    /// For commands whose output is for a person at a terminal: only what went wrong, unless a
    /// level was set.
    #[must_use]
    pub fn quiet(&self) -> Self {
        let level = if self.level == "info" {
            "error"
        } else {
            &self.level
        };
        Self {
            level: level.to_owned(),
            json: self.json,
        }
    }
}

/// Libraries that say more than anybody wants to know, and what a request holds with it.
const QUIET: &str = "serenity=warn,tungstenite=warn,tokio_tungstenite=warn,hyper=warn,hyper_util=warn,\
                     reqwest=warn,rustls=warn,sqlx=warn,h2=warn,tokenizers=warn";

/// Starts logging to standard error for the whole process.
///
/// # Errors
/// When the filter cannot be read; the message says why.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", log.level))
        .map_err(|error| format!("log.level {:?} cannot be read: {error}", log.level))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if log.json {
        builder.json().flatten_event(true).try_init()
    } else {
        let colours = std::io::stderr().is_terminal();
        builder.with_ansi(colours).with_target(false).try_init()
    };
    // A test process starts it more than once; the first one stays.
    drop(started);
    Ok(())
}
