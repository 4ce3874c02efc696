//! The hub's list of the files of a repository at one commit.

use serde::Deserialize;

use super::checksum::BlobId;
use super::model_name::is_commit;

/// A repository at one commit.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The commit.
    pub(crate) commit: String,
    /// Its files, without those whose paths have control characters.
    pub(crate) files: Vec<RemoteFile>,
}

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteFile {
    /// The path in the repository.
    pub(crate) path: String,
    /// The size in bytes, if the hub says it.
    pub(crate) size: Option<u64>,
    /// The name of its content, if the hub says it.
    pub(crate) id: Option<BlobId>,
}

/// The answer of `/api/models/{id}/revision/{revision}?blobs=true`.
#[derive(Deserialize)]
struct Answer {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<LargeFile>,
}

/// The content behind a git LFS pointer.
#[derive(Deserialize)]
struct LargeFile {
    sha256: String,
    size: u64,
}

impl Listing {
    /// Reads the answer of the hub.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let answer: Answer = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if !is_commit(&answer.sha) {
            return Err(format!("{:?} is not a commit", answer.sha));
        }
        // No file that is needed has such a name, and errors show names on a terminal.
        let printable = |file: &Sibling| !file.rfilename.contains(char::is_control);
        let files = answer.siblings.into_iter().filter(printable);
        Ok(Self {
            commit: answer.sha,
            files: files.map(Into::into).collect(),
        })
    }
}

impl From<Sibling> for RemoteFile {
    fn from(sibling: Sibling) -> Self {
        let (size, id) = match sibling.lfs {
            Some(large) => (Some(large.size), Some(large.sha256)),
            None => (sibling.size, sibling.blob_id),
        };
        Self {
            path: sibling.rfilename,
            size,
            id: id.as_deref().and_then(BlobId::parse),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn large_files_are_named_by_what_is_behind_the_pointer() {
        let json = format!(
            r#"{{"sha": "{COMMIT}", "gated": false, "siblings": [
                {{"rfilename": "a", "size": 3, "blobId": "aa"}},
                {{"rfilename": "b", "size": 134, "blobId": "bb", "lfs": {{"sha256": "cc", "size": 9, "pointerSize": 134}}}},
                {{"rfilename": "c"}}]}}"#
        );
        let listing = Listing::parse(json.as_bytes()).unwrap();
        let found: Vec<_> = listing
            .files
            .iter()
            .map(|file| {
                (
                    file.path.as_str(),
                    file.size,
                    file.id.as_ref().map(BlobId::as_str),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("a", Some(3), Some("aa")),
                ("b", Some(9), Some("cc")),
                ("c", None, None)
            ]
        );
    }

    #[test]
    fn paths_with_control_characters_are_left_out() {
        let json = format!(
            r#"{{"sha": "{COMMIT}", "siblings": [
                {{"rfilename": "a\u001b[2J.bin"}}, {{"rfilename": "b\n.bin"}}, {{"rfilename": "c.bin"}}]}}"#
        );
        let listing = Listing::parse(json.as_bytes()).unwrap();
        let paths: Vec<_> = listing.files.iter().map(|file| &file.path).collect();
        assert_eq!(paths, ["c.bin"]);
    }

    #[test]
    fn answers_without_a_commit_are_refused() {
        assert!(Listing::parse(b"{}").unwrap_err().contains("sha"));
        assert!(Listing::parse(b"<html>").is_err());
        assert!(
            Listing::parse(br#"{"sha": "../../x"}"#)
                .unwrap_err()
                .contains("not a commit")
        );
    }
}
