//! The checksums by which the hub names contents: SHA-256 for large files, git's SHA-1 for others.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Size of the buffer for reading files, in bytes.
const BUFFER: usize = 1 << 20;

/// The name of a content in the cache, which is its checksum if it has the form of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobId(String);

impl BlobId {
    /// The id in an `ETag` header or in a listing; none if it cannot be the name of a file.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let id = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let usable =
            (1..=128).contains(&id.len()) && !id.starts_with('.') && id.chars().all(allowed);
        usable.then(|| Self(id.to_owned()))
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What differs between the file at `path` and this id; none if it matches, or if the id is not a checksum.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn mismatch(&self, path: &Path) -> io::Result<Option<String>> {
        let hex = self.0.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (kind, found) = match self.0.len() {
            64 if hex => ("SHA-256", digest(Sha256::new(), path)?),
            40 if hex => ("git's SHA-1", git_blob(path)?),
            _ => return Ok(None),
        };
        let differs = !found.eq_ignore_ascii_case(&self.0);
        Ok(differs.then(|| format!("its {kind} is {found} instead of {}", self.0)))
    }
}

/// The SHA-1 by which git names the content: of a header with the length, and the content.
fn git_blob(path: &Path) -> io::Result<String> {
    let length = path.metadata()?.len();
    digest(Sha1::new().chain_update(format!("blob {length}\0")), path)
}

fn digest(mut hasher: impl Digest, path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    let hex = |byte: &u8| format!("{byte:02x}");
    Ok(hasher
        .finalize()
        .iter()
        .map(hex)
        .collect::<Vec<_>>()
        .concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_checked_by_the_sum_that_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "hello\n").unwrap();
        // `git hash-object` and `sha256sum` of the same six bytes.
        for right in [
            "ce013625030ba8dba906f756967f9e9ca394464a",
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        ] {
            assert_eq!(BlobId::parse(right).unwrap().mismatch(&path).unwrap(), None);
            let wrong = BlobId::parse(&right.replace('0', "1")).unwrap();
            assert!(wrong.mismatch(&path).unwrap().unwrap().contains(right));
        }
        let unknown = BlobId::parse("65f0-2a").unwrap();
        assert_eq!(unknown.mismatch(&path).unwrap(), None);
    }

    #[test]
    fn ids_are_read_from_headers_and_are_safe_file_names() {
        let id = |text| BlobId::parse(text).map(|id| id.0);
        assert_eq!(id("\"abc\"").as_deref(), Some("abc"));
        assert_eq!(id("W/\"abc\"").as_deref(), Some("abc"));
        for bad in ["", "\"\"", "\"../x\"", "a/b", "\"..\"", "a b"] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }
}
