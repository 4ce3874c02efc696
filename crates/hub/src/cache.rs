//! The folder of one model in the cache: `blobs` with contents, `snapshots` with one folder a commit, `refs` with branches.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::checksum::BlobId;
use super::error::HubError;
use super::model_name::{ModelName, is_commit};

/// The file that tells backup programs to leave a folder out, see <https://bford.info/cachedir/>.
const CACHE_TAG: &str = "CACHEDIR.TAG";
/// The content of [`CACHE_TAG`]; the first line is prescribed.
const CACHE_TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of models. Its files can be downloaded again.\n";

/// The folder of one model in the cache. It need not exist.
#[derive(Debug, Clone)]
pub(crate) struct ModelCache {
    cache: PathBuf,
    name: String,
}

impl ModelCache {
    /// The folder of `model` in the cache at `cache`.
    pub(crate) fn new(cache: &Path, model: &ModelName) -> Self {
        Self {
            cache: cache.to_owned(),
            name: model.folder(),
        }
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> PathBuf {
        self.cache.join(&self.name)
    }

    /// The folder of all snapshots.
    pub(crate) fn snapshots(&self) -> PathBuf {
        self.folder().join("snapshots")
    }

    /// The folder of the snapshot of `commit`.
    pub(crate) fn snapshot(&self, commit: &str) -> PathBuf {
        self.snapshots().join(commit)
    }

    /// The folder of all contents.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.folder().join("blobs")
    }

    /// The file with the content `id`.
    pub(crate) fn blob(&self, id: &BlobId) -> PathBuf {
        self.blobs().join(id.as_str())
    }

    /// The file with the part of the content `id` that has been downloaded.
    pub(crate) fn partial_blob(&self, id: &BlobId) -> PathBuf {
        self.blobs().join(format!("{}.incomplete", id.as_str()))
    }

    /// The folder of references.
    pub(crate) fn references(&self) -> PathBuf {
        self.folder().join("refs")
    }

    /// The lock of the content `id`.
    pub(crate) fn lock(&self, id: &BlobId) -> PathBuf {
        self.locks().join(format!("{}.lock", id.as_str()))
    }

    fn locks(&self) -> PathBuf {
        self.cache.join(".locks").join(&self.name)
    }

    /// The commit of `revision`: the revision itself if it is one, else what the cache knows of it.
    pub(crate) fn commit(&self, revision: &str) -> Option<String> {
        if is_commit(revision) {
            return Some(revision.to_owned());
        }
        let text = fs::read_to_string(self.references().join(revision)).ok()?;
        let commit = text.trim();
        is_commit(commit).then(|| commit.to_owned())
    }

    /// Creates the folders for a download.
    ///
    /// # Errors
    /// When one cannot be created.
    pub(crate) fn create(&self) -> Result<(), HubError> {
        for folder in [self.blobs(), self.snapshots(), self.locks()] {
            fs::create_dir_all(&folder).map_err(HubError::disk(&folder, "created"))?;
        }
        let tag = self.cache.join(CACHE_TAG);
        if !tag.exists() {
            // Only a convenience for backup programs.
            let _ = fs::write(&tag, CACHE_TAG_TEXT);
        }
        Ok(())
    }

    /// Deletes the folders that [`ModelCache::create`] made and that are still empty.
    pub(crate) fn delete_if_empty(&self) {
        for folder in [self.blobs(), self.snapshots(), self.folder()] {
            // Fails where the folder is in use, as it should.
            let _ = fs::remove_dir(folder);
        }
    }

    /// Links the file `path` of the snapshot of `commit` to the content `id`, unless it is there already.
    ///
    /// # Errors
    /// When the link cannot be created.
    pub(crate) fn link(&self, commit: &str, path: &str, id: &BlobId) -> Result<(), HubError> {
        let link = self.snapshot(commit).join(path);
        // Follows links, so that one to a content that is gone is replaced.
        if link.exists() {
            return Ok(());
        }
        let folder = link.parent().unwrap_or(&self.cache);
        fs::create_dir_all(folder).map_err(HubError::disk(folder, "created"))?;
        // From the file's folder up to the model's: one for each folder in its path, the commit, and `snapshots`.
        let up = "../".repeat(path.matches('/').count() + 2);
        let target = format!("{up}blobs/{}", id.as_str());
        let fresh = temporary(&link);
        symlink(target, &fresh)
            .and_then(|()| fs::rename(&fresh, &link))
            .map_err(HubError::disk(&link, "linked"))
    }

    /// Records that `revision` is `commit`, unless it is known already.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub(crate) fn record(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if self.commit(revision).as_deref() == Some(commit) {
            return Ok(());
        }
        let path = self.references().join(revision);
        let folder = path.parent().unwrap_or(&self.cache);
        fs::create_dir_all(folder).map_err(HubError::disk(folder, "created"))?;
        let fresh = temporary(&path);
        fs::write(&fresh, commit)
            .and_then(|()| fs::rename(&fresh, &path))
            .map_err(HubError::disk(&path, "written"))
    }
}

/// A path beside `path` for a file that will be renamed to it, unique among processes and threads.
fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{count}.tmp", std::process::id()));
    let fresh = path.with_file_name(name);
    // Left by a process of the same number that was killed.
    let _ = fs::remove_file(&fresh);
    fresh
}

/// All files below `folder` with their paths in it, sorted. Links to files count as files, links to folders are left out.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn files_below(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if !entry.path().is_dir() {
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn model() -> (tempfile::TempDir, ModelCache) {
        let folder = tempfile::tempdir().unwrap();
        let model = ModelCache::new(folder.path(), &"org/name".parse().unwrap());
        model.create().unwrap();
        (folder, model)
    }

    #[test]
    fn links_are_relative_so_that_the_cache_can_be_moved() {
        let (folder, model) = model();
        let id = BlobId::parse("abc").unwrap();
        fs::write(model.blob(&id), "content").unwrap();
        for path in ["config.json", "onnx/model.onnx"] {
            model.link(COMMIT, path, &id).unwrap();
            model.link(COMMIT, path, &id).unwrap();
        }
        let moved = folder.path().join("moved");
        fs::rename(model.folder(), &moved).unwrap();
        let snapshot = moved.join("snapshots").join(COMMIT);
        assert_eq!(
            files_below(&snapshot).unwrap(),
            ["config.json", "onnx/model.onnx"]
        );
        for path in ["config.json", "onnx/model.onnx"] {
            assert_eq!(fs::read_to_string(snapshot.join(path)).unwrap(), "content");
        }
        assert_eq!(
            fs::read_link(snapshot.join("onnx/model.onnx")).unwrap(),
            PathBuf::from("../../../blobs/abc")
        );
    }

    #[test]
    fn revisions_are_recorded_and_found() {
        let (_folder, model) = model();
        assert_eq!(model.commit("main"), None);
        for revision in ["main", "refs/pr/2"] {
            model.record(revision, COMMIT).unwrap();
            assert_eq!(model.commit(revision).as_deref(), Some(COMMIT));
        }
        // A commit needs no record.
        model.record(COMMIT, COMMIT).unwrap();
        assert_eq!(
            files_below(&model.references()).unwrap(),
            ["main", "refs/pr/2"]
        );
        fs::write(model.references().join("main"), "../../escape").unwrap();
        assert_eq!(model.commit("main"), None);
    }

    #[test]
    fn folders_without_content_are_deleted_again() {
        let (folder, model) = model();
        model.delete_if_empty();
        assert!(!model.folder().exists());
        model.create().unwrap();
        fs::write(model.blobs().join("abc"), "content").unwrap();
        model.delete_if_empty();
        assert!(model.blobs().join("abc").exists());
        assert!(folder.path().join(CACHE_TAG).exists());
    }
}
