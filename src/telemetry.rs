//! What the program logs, and how.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// A filter as `tracing_subscriber` reads it.
    pub level: String,
    /// One JSON object a line instead of text for people.
    pub json: bool,
}

impl LogOptions {
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

/// The crates of this workspace that log; their names begin the targets of their events.
const OWN_CRATES: [&str; 2] = [env!("CARGO_CRATE_NAME"), "sandbox"];

/// Whether an event may be logged at all. Dependencies log requests with their tokens, and prompts letter by letter, so
/// only their warnings and errors pass, whatever the filter says.
fn may_be_shown(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split(':').next().unwrap_or_default();
    OWN_CRATES.contains(&name) || *metadata.level() <= Level::WARN
}

/// A filter that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("log.level {level:?} cannot be read: {reason}")]
pub struct LogError {
    level: String,
    reason: String,
}

/// Starts logging to standard error for the whole process.
///
/// # Errors
/// When the filter cannot be read; the message says why.
pub fn start(log: &LogOptions) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| LogError {
        level: log.level.clone(),
        reason: error.to_string(),
    })?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if log.json {
        lines.json().flatten_event(true).boxed()
    } else {
        let colours = std::io::stderr().is_terminal();
        lines.with_ansi(colours).with_target(false).boxed()
    };
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .with(filter_fn(may_be_shown))
        .try_init();
    // A test process starts it more than once; the first one stays.
    drop(started);
    Ok(())
}
