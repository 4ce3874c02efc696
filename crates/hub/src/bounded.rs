//! Reading what comes from a repository: files of a limited size, and texts without control characters.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Maximum size of `config.json` in bytes.
pub(crate) const MAX_CONFIG: u64 = 1 << 20;
/// Maximum size of the index of weights in bytes.
pub(crate) const MAX_INDEX: u64 = 64 << 20;

/// The content of the file at `path`.
///
/// # Errors
/// When it cannot be read, or is larger than `max` bytes.
pub(crate) fn read_bounded(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let content = read_beginning(path, max.saturating_add(1))?;
    if content.len() as u64 > max {
        let problem = format!("it is larger than {max} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(content)
}

/// At most the first `max` bytes of the file at `path`.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_beginning(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(max).read_to_end(&mut content)?;
    Ok(content)
}

/// `text` with U+FFFD in place of control characters, which a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(read_bounded(&path, 3).unwrap(), b"abc");
        let said = read_bounded(&path, 2).unwrap_err().to_string();
        assert_eq!(said, "it is larger than 2 bytes");
        assert_eq!(read_beginning(&path, 2).unwrap(), b"ab");
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(
            printable("a\u{1b}[2J\r\u{9b}é"),
            "a\u{fffd}[2J\u{fffd}\u{fffd}é"
        );
    }
}
