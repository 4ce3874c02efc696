//! A Hugging Face model folder: `config.json`, `tokenizer.json` or `vocab.txt`, and `model.safetensors` or its shards.
//! Knows nothing of graphs.
//!
//! To add a family: its `model_type` and keys in `configuration.rs`, its names in `names.rs`, a folder for the tests.

mod architecture;
mod configuration;
mod names;
mod parameters;
mod safetensors;
mod text_file;
mod tokenizer;
mod weights;

pub(crate) use architecture::{Activation, Architecture, Positions, Style};
pub(crate) use configuration::{MAX_PIECES, MAX_TOKENS, MIN_TOKENS};
pub(crate) use names::Slot;
pub(crate) use parameters::Parameters;
pub(crate) use tokenizer::FolderTokenizer;

use std::path::{Path, PathBuf};

use crate::error::ModelError;

/// A folder whose configuration, tokenizer and weights belong together.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What the model is.
    pub(crate) architecture: Architecture,
    /// Its tokenizer.
    pub(crate) tokenizer: FolderTokenizer,
    /// Its weights.
    pub(crate) parameters: Parameters,
}

impl Folder {
    /// Whether a folder looks like one.
    pub(crate) fn is_there(path: &Path) -> bool {
        path.join("config.json").exists()
    }

    /// Reads all of a folder but the numbers of its weights.
    ///
    /// # Errors
    /// When a file is missing or damaged, the files do not belong together, or the model is of no family that can be loaded.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let architecture = configuration::read(path)?;
        let tokenizer = FolderTokenizer::open(path, &architecture)?;
        let parameters = Parameters::open(path, &architecture, tokenizer.pieces)?;
        Ok(Self {
            path: path.to_owned(),
            architecture,
            tokenizer,
            parameters,
        })
    }

    /// Name of the model: that of its folder, or in the cache of the hub that of its repository.
    pub(crate) fn name(&self) -> String {
        let path = self.path.canonicalize();
        name_of(path.as_deref().unwrap_or(&self.path))
    }
}

/// The name of a model in a folder. The cache of the hub keeps `org/name` in `models--org--name/snapshots/REVISION`.
fn name_of(path: &Path) -> String {
    let part = |path: &Path| -> Option<String> {
        let name = path.file_name()?.to_string_lossy();
        Some(name.replace(char::is_control, "\u{fffd}"))
    };
    let repository = path
        .parent()
        .filter(|parent| part(parent).as_deref() == Some("snapshots"))
        .and_then(|snapshots| part(snapshots.parent()?));
    let repository = repository
        .as_deref()
        .and_then(|name| name.strip_prefix("models--"));
    match repository {
        Some(name) => name.replace("--", "/"),
        None => part(path).unwrap_or_else(|| "/".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_called_like_its_folder_or_its_repository() {
        for (path, name) in [
            ("/models/my-bert", "my-bert"),
            ("/hub/models--org--a-model/snapshots/0a1b", "org/a-model"),
            (
                "/hub/models--bert-base-uncased/snapshots/0a1b",
                "bert-base-uncased",
            ),
            ("/snapshots/other", "other"),
            ("/", "/"),
        ] {
            assert_eq!(name_of(Path::new(path)), name);
        }
    }
}
