//! The models in the cache.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::cache::{ModelCache, files_below};
use super::error::HubError;
use super::model_name::{ModelName, is_commit};
use super::snapshot;

/// One revision of a model in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CachedModel {
    /// The repository: `org/name` or `name`.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// The branches and tags that are known to be this commit.
    pub references: Vec<String>,
    /// The size of its files in bytes. Files that several revisions share count in each.
    pub bytes: u64,
    /// The number of its files.
    pub files: usize,
    /// When a file was last read, as far as the file system records it; in seconds since 1970 in JSON.
    #[serde(serialize_with = "seconds")]
    pub last_used: Option<SystemTime>,
    /// The folder of its files.
    pub folder: PathBuf,
    /// What it lacks for this program; none if nothing. Other programs cache models of other kinds.
    pub problem: Option<String>,
}

#[expect(clippy::ref_option, reason = "the signature is given by serde")]
fn seconds<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|since| since.as_secs()).serialize(serializer)
}

/// All models in `cache`, sorted by name and commit. A cache that does not exist is empty.
///
/// # Errors
/// When the cache cannot be read.
pub(crate) fn all(cache: &Path) -> Result<Vec<CachedModel>, HubError> {
    let entries = match fs::read_dir(cache) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(HubError::disk(cache, "read")(error)),
    };
    let mut models = Vec::new();
    for entry in entries {
        let entry = entry.map_err(HubError::disk(cache, "read"))?;
        if let Some(name) = ModelName::of_folder(&entry.file_name().to_string_lossy()) {
            models.extend(revisions(cache, &name)?);
        }
    }
    models.sort_by(|a, b| (&a.name, &a.commit).cmp(&(&b.name, &b.commit)));
    Ok(models)
}

/// All revisions of the model called `name` in `cache`.
///
/// # Errors
/// When its folder cannot be read.
pub(crate) fn revisions(cache: &Path, name: &ModelName) -> Result<Vec<CachedModel>, HubError> {
    let model = ModelCache::new(cache, name);
    let snapshots = model.snapshots();
    if !snapshots.is_dir() {
        return Ok(Vec::new());
    }
    let read = || -> io::Result<Vec<CachedModel>> {
        let references = references(&model)?;
        let mut found = Vec::new();
        for entry in fs::read_dir(&snapshots)? {
            let commit = entry?.file_name().to_string_lossy().into_owned();
            if is_commit(&commit) && model.snapshot(&commit).is_dir() {
                let references = references.get(&commit).cloned().unwrap_or_default();
                found.push(revision(&model, name, commit, references)?);
            }
        }
        Ok(found)
    };
    read().map_err(HubError::disk(&snapshots, "read"))
}

/// The revision that `name` means. Without a revision in the name, and without a known `main`, it is the only one.
///
/// # Errors
/// When there is none.
pub(crate) fn find(cache: &Path, name: &ModelName) -> Result<CachedModel, HubError> {
    let revisions = revisions(cache, name)?;
    let commit = ModelCache::new(cache, name).commit(name.revision());
    let named = revisions
        .iter()
        .find(|revision| commit.as_ref() == Some(&revision.commit));
    let only = || match revisions.as_slice() {
        [only] if name.given_revision().is_none() => Some(only),
        _ => None,
    };
    let found = named.or_else(only).cloned();
    found.ok_or_else(|| HubError::NotCached {
        name: name.to_string(),
        cache: cache.to_owned(),
    })
}

fn revision(
    model: &ModelCache,
    name: &ModelName,
    commit: String,
    references: Vec<String>,
) -> io::Result<CachedModel> {
    let folder = model.snapshot(&commit);
    let mut bytes = 0;
    let mut last_used = None;
    let files = files_below(&folder)?;
    for file in &files {
        // A link to a content that is gone has neither.
        if let Ok(metadata) = folder.join(file).metadata() {
            bytes += metadata.len();
            last_used = last_used.max(metadata.accessed().ok());
        }
    }
    Ok(CachedModel {
        name: name.repository().to_owned(),
        commit,
        references,
        bytes,
        files: files.len(),
        last_used,
        problem: snapshot::problem(&folder),
        folder,
    })
}

/// The references of each commit.
fn references(model: &ModelCache) -> io::Result<BTreeMap<String, Vec<String>>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let folder = model.references();
    if folder.is_dir() {
        for reference in files_below(&folder)? {
            if let Some(commit) = model.commit(&reference) {
                found.entry(commit).or_default().push(reference);
            }
        }
    }
    Ok(found)
}
