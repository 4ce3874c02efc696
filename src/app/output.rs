//! Standard output of the subcommands.

use std::io::{ErrorKind, Write};

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
