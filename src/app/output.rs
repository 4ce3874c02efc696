//! Standard output of the subcommands.

use std::io::{ErrorKind, Write};

use generation::{Setting, Settings};
use serde_json::{Map, Value, json};

/// Writes one line to standard output. A closed pipe is not an error: the reader has seen enough, as with any filter.
///
/// # Errors
/// When the write fails for any other reason.
pub(super) fn print_line(line: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Adds the settings that `object` does not have yet; those without a value as null.
pub(super) fn add_settings(object: &mut Map<String, Value>, settings: &Settings) {
    let mut values = json!(settings);
    for setting in Setting::ALL {
        let value = values[setting.name()].take();
        object.entry(setting.name()).or_insert(value);
    }
}
