//! Removes a model from the cache.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cache::{ModelCache, files_below};
use super::error::HubError;
use super::inventory;
use super::model_name::ModelName;

/// What was removed.
#[derive(Debug, PartialEq, Eq)]
pub struct Removed {
    /// The number of revisions.
    pub revisions: usize,
    /// The size of the removed contents in bytes.
    pub bytes: u64,
}

/// Removes the model called `name` from `cache`: the revision in the name, else all. Contents that another revision uses stay.
/// Contents in the store that Python's `huggingface_hub` shares between models are left to it.
///
/// # Errors
/// When it is not there, or when a file cannot be deleted.
pub(crate) fn remove(cache: &Path, name: &ModelName) -> Result<Removed, HubError> {
    let model = ModelCache::new(cache, name);
    let revisions = inventory::revisions(cache, name)?;
    let folder = model.folder();
    let failed = HubError::disk(&folder, "deleted");
    let commit = match name.given_revision() {
        Some(_) => Some(inventory::find(cache, name)?.commit),
        None => None,
    };
    match commit {
        Some(commit) if revisions.len() > 1 => remove_revision(&model, &commit).map_err(failed),
        _ if folder.is_dir() => remove_all(&model, revisions.len()).map_err(failed),
        _ => Err(HubError::NotCached {
            name: name.to_string(),
            cache: cache.to_owned(),
        }),
    }
}

/// Links go before contents, so that no link to nothing is left when it is interrupted.
fn remove_all(model: &ModelCache, revisions: usize) -> io::Result<Removed> {
    let mut bytes = 0;
    if model.blobs().is_dir() {
        for blob in files_below(&model.blobs())? {
            bytes += own_size(&model.blobs().join(blob));
        }
    }
    for folder in [model.references(), model.snapshots()] {
        if folder.is_dir() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::remove_dir_all(model.folder())?;
    Ok(Removed { revisions, bytes })
}

fn remove_revision(model: &ModelCache, commit: &str) -> io::Result<Removed> {
    let snapshot = model.snapshot(commit);
    let contents = contents(&snapshot)?;
    if model.references().is_dir() {
        for reference in files_below(&model.references())? {
            if model.commit(&reference).as_deref() == Some(commit) {
                fs::remove_file(model.references().join(reference))?;
            }
        }
    }
    fs::remove_dir_all(&snapshot)?;
    // What huggingface_hub notes about a commit.
    let _ = fs::remove_dir_all(model.folder().join(".no_exist").join(commit));
    let _ = fs::remove_file(model.folder().join("trees").join(format!("{commit}.json")));

    let mut used = BTreeSet::new();
    for entry in fs::read_dir(model.snapshots())? {
        used.append(&mut self::contents(&entry?.path())?);
    }
    let mut bytes = 0;
    for blob in contents.difference(&used) {
        bytes += own_size(blob);
        match fs::remove_file(blob) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(Removed {
        revisions: 1,
        bytes,
    })
}

/// The contents in `blobs` that the files of `snapshot` link to.
fn contents(snapshot: &Path) -> io::Result<BTreeSet<PathBuf>> {
    if !snapshot.is_dir() {
        return Ok(BTreeSet::new());
    }
    let model = snapshot.ancestors().nth(2).unwrap_or(snapshot);
    let files = files_below(snapshot)?;
    let linked = files.into_iter().filter_map(|file| {
        let target = fs::read_link(snapshot.join(file)).ok()?;
        let folder = target.parent()?.file_name()?;
        (folder == "blobs").then(|| {
            model
                .join("blobs")
                .join(target.file_name().unwrap_or_default())
        })
    });
    Ok(linked.collect())
}

/// The size of a file in bytes; 0 for a link into the shared store, whose content stays.
fn own_size(path: &Path) -> u64 {
    let metadata = path.symlink_metadata();
    metadata.map_or(0, |found| if found.is_file() { found.len() } else { 0 })
}
