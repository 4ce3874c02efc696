//! What is known of a model in the cache: its files, architecture, licence and languages.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::bounded::{MAX_CONFIG, printable, read_bounded};
use super::cache::files_below;
use super::error::HubError;
use super::front_matter::FrontMatter;
use super::inventory::CachedModel;
use super::selection::CONFIG;

/// A model in the cache.
#[derive(Debug, Serialize)]
pub struct ModelPage {
    /// The revision.
    #[serde(flatten)]
    pub model: CachedModel,
    /// The architecture in `config.json`, such as `BertForMaskedLM`.
    pub architecture: Option<String>,
    /// The licence in the front matter of `README.md`.
    pub license: Option<String>,
    /// The languages in the front matter of `README.md`, as codes.
    pub languages: Vec<String>,
    /// Its files, sorted by path.
    pub contents: Vec<ModelFile>,
}

/// A file of a model.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ModelFile {
    /// The path in the folder of the model.
    pub path: String,
    /// The size in bytes; none if the content is gone.
    pub bytes: Option<u64>,
}

impl ModelPage {
    /// Reads the files of `model`.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub(crate) fn read(model: CachedModel) -> Result<Self, HubError> {
        let folder = &model.folder;
        let files = files_below(folder).map_err(HubError::disk(folder, "read"))?;
        let bytes = |path: &str| Some(folder.join(path).metadata().ok()?.len());
        let contents = files
            .into_iter()
            .map(|path| ModelFile {
                bytes: bytes(&path),
                path: printable(&path),
            })
            .collect();
        let front = FrontMatter::of_folder(folder);
        Ok(Self {
            architecture: architecture(folder),
            license: front.license,
            languages: front.languages,
            contents,
            model,
        })
    }
}

/// The first of the architectures in `config.json`, else its model type.
fn architecture(folder: &Path) -> Option<String> {
    let config = read_bounded(&folder.join(CONFIG), MAX_CONFIG).ok()?;
    let config: Value = serde_json::from_slice(&config).ok()?;
    let named = config["architectures"][0].as_str();
    named.or(config["model_type"].as_str()).map(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_architecture_is_printable_and_comes_from_a_file_of_sensible_size() {
        let folder = tempfile::tempdir().unwrap();
        let write = |content: &str| std::fs::write(folder.path().join(CONFIG), content).unwrap();
        write(r#"{"architectures": ["Bert\u001b[2J"]}"#);
        let read = || architecture(folder.path());
        assert_eq!(read().as_deref(), Some("Bert\u{fffd}[2J"));
        write(&format!(
            r#"{{"model_type": "bert"{}}}"#,
            " ".repeat(1 << 20)
        ));
        assert_eq!(read(), None);
    }
}
