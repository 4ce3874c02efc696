//! What the program logs, and how.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::Log;

/// Starts logging to standard error for the whole process.
///
/// # Errors
/// When the filter cannot be read; the message says why.
pub fn start(log: &Log) -> Result<(), String> {
    start_into(log, std::io::stderr, std::io::stderr().is_terminal())
}

/// The same into any writer.
fn start_into(log: &Log, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static, colours: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("log.level {:?} cannot be read: {error}", log.level))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let started = if log.json { builder.json().flatten_event(true).try_init() } else { builder.with_ansi(colours).with_target(false).try_init() };
    // A test process starts it more than once; the first one stays.
    drop(started);
    Ok(())
}
