//! The log of the program.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// The filter of the built-in configuration.
const DEFAULT_FILTER: &str = "info";

/// The options of the log.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// The filter, in the syntax of `tracing_subscriber`'s `EnvFilter`.
    pub filter: String,
    /// The format of the lines.
    pub format: LogFormat,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object per line.
    Json,
}

impl LogOptions {
    /// The options for commands whose output is read at a terminal: only errors, unless a filter is configured.
    #[must_use]
    pub fn for_terminal(&self) -> Self {
        let filter = if self.filter == DEFAULT_FILTER {
            "error"
        } else {
            &self.filter
        };
        Self {
            filter: filter.to_owned(),
            format: self.format,
        }
    }
}

/// The crates of this workspace that log. The target of an event starts with the name of its crate.
const OWN_CRATES: [&str; 2] = [env!("CARGO_CRATE_NAME"), "sandbox"];

/// Whether an event may be logged at all. Dependencies log requests with their tokens, and prompts letter by letter, so
/// only their warnings and errors pass, whatever the filter says.
fn is_safe(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split(':').next().unwrap_or_default();
    OWN_CRATES.contains(&name) || *metadata.level() <= Level::WARN
}

/// A log filter that cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("log.level {filter:?} cannot be read: {reason}")]
pub struct LogFilterError {
    filter: String,
    reason: String,
}

/// Starts logging to standard error for the whole process. Only the first call has an effect.
///
/// # Errors
/// When the filter cannot be parsed.
pub fn start(options: &LogOptions) -> Result<(), LogFilterError> {
    let filter = EnvFilter::try_new(&options.filter).map_err(|error| LogFilterError {
        filter: options.filter.clone(),
        reason: error.to_string(),
    })?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match options.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            lines.with_ansi(colours).with_target(false).boxed()
        }
    };
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .with(filter_fn(is_safe))
        .try_init();
    // The tests of one process start it repeatedly; the first subscriber stays.
    drop(started);
    Ok(())
}
