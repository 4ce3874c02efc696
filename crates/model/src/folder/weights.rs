//! The weights of a folder: `model.safetensors`, or the shards that `model.safetensors.index.json` names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::safetensors::{Safetensors, shown};
use super::text_file::{read_text, unfit};
use crate::digest::{sha256, sha256_of};
use crate::error::ModelError;

const WHOLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
/// Maximum size of an index in bytes.
const MAX_INDEX_BYTES: u64 = 64 << 20;
/// Maximum number of shards.
const MAX_SHARDS: usize = 1000;
/// Files of weights in formats that are not read.
const OTHER_FORMATS: [&str; 5] = [
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
    "flax_model.msgpack",
    "model.ckpt.index",
];

/// All tensors of a folder.
#[derive(Debug)]
pub(super) struct Weights {
    files: Vec<Safetensors>,
    /// The file of each tensor.
    file_of: BTreeMap<String, usize>,
}

/// `model.safetensors.index.json`.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    /// Reads the headers of the files.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the weights are only there in another format.
    pub(super) fn open(folder: &Path) -> Result<Self, ModelError> {
        let index = folder.join(INDEX);
        if folder.join(WHOLE).exists() {
            Self::of(&[folder.join(WHOLE)])
        } else if index.exists() {
            Self::sharded(folder, &index)
        } else {
            Err(missing(folder))
        }
    }

    fn sharded(folder: &Path, path: &Path) -> Result<Self, ModelError> {
        let index: Index =
            serde_json::from_str(&read_text(path, MAX_INDEX_BYTES)?).map_err(|error| {
                let problem = format!("is not an index of weights: {error}; download it again");
                unfit(path, problem.replace(char::is_control, "\u{fffd}"))
            })?;
        let shards: BTreeSet<&String> = index.weight_map.values().collect();
        if shards.is_empty() {
            let problem = "names no file; download the folder again";
            return Err(unfit(path, problem));
        }
        if shards.len() > MAX_SHARDS {
            let problem = format!(
                "names {} files; at most {MAX_SHARDS} are read",
                shards.len()
            );
            return Err(unfit(path, problem));
        }
        let inside = |shard: &&&String| Path::new(shard).file_name() == Some(shard.as_ref());
        if let Some(shard) = shards.iter().find(|shard| !inside(shard)) {
            let problem = format!(
                "names {}, which lies outside the model's folder",
                shown(shard)
            );
            return Err(unfit(path, problem));
        }
        let files: Vec<PathBuf> = shards.iter().map(|shard| folder.join(shard)).collect();
        let weights = Self::of(&files)?;
        let absent = |name: &&String| !weights.file_of.contains_key(*name);
        if let Some(name) = index.weight_map.keys().find(absent) {
            let problem = format!(
                "names the tensor {}, which is in none of its files; download the folder again",
                shown(name)
            );
            return Err(unfit(path, problem));
        }
        Ok(weights)
    }

    fn of(paths: &[PathBuf]) -> Result<Self, ModelError> {
        let files: Result<Vec<Safetensors>, ModelError> =
            paths.iter().map(|path| Safetensors::open(path)).collect();
        let files = files?;
        let names = files.iter().enumerate().flat_map(|(index, file)| {
            let names = file.entries.keys();
            names.map(move |name| (name.clone(), index))
        });
        let file_of = names.collect();
        Ok(Self { files, file_of })
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.file_of.keys().map(String::as_str)
    }

    /// The file of a tensor, which must be there.
    pub(super) fn path(&self, name: &str) -> &Path {
        self.file(name).path()
    }

    /// A file of the weights, for messages about all of them.
    pub(super) fn any_path(&self) -> &Path {
        self.files[0].path()
    }

    /// The shape of a tensor, which must be there.
    pub(super) fn shape(&self, name: &str) -> &[usize] {
        &self.file(name).entries[name].shape
    }

    /// The first `count` numbers of a tensor, which must be there and have as many.
    ///
    /// # Errors
    /// When they cannot be read, or are not finite floats.
    pub(super) fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, ModelError> {
        self.file(name).floats(name, count)
    }

    /// Whether two tensors, which must be there, are the same bytes.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn same(&self, a: &str, b: &str) -> Result<bool, ModelError> {
        self.file(a).same(a, self.file(b), b)
    }

    /// SHA-256 of the file, as 64 hexadecimal digits: what the hub shows of it. Of several files, the SHA-256 of their sums, joined.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn sha256(&self) -> Result<String, ModelError> {
        let sums = self.files.iter().map(|file| {
            let sum = File::open(file.path()).and_then(sha256);
            sum.map_err(|error| ModelError::Unreadable {
                path: file.path().to_owned(),
                reason: error.to_string(),
            })
        });
        let mut sums: Vec<String> = sums.collect::<Result<_, _>>()?;
        match sums.len() {
            1 => Ok(sums.remove(0)),
            _ => Ok(sha256_of(sums.concat().as_bytes())),
        }
    }

    fn file(&self, name: &str) -> &Safetensors {
        &self.files[self.file_of[name]]
    }
}

/// The error of a folder without safetensors.
fn missing(folder: &Path) -> ModelError {
    let other = OTHER_FORMATS
        .into_iter()
        .find(|name| folder.join(name).exists());
    match other {
        Some(name) => unfit(
            folder,
            format!(
                "holds its weights only as {name}, which is not read; load the model with transformers and save it with save_pretrained, which writes {WHOLE}"
            ),
        ),
        None => unfit(
            folder,
            format!("has no {WHOLE}; download it from the page of the model"),
        ),
    }
}
