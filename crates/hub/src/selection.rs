//! Which files of a repository this program needs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::listing::RemoteFile;

/// Describes the model; required.
pub(crate) const CONFIG: &str = "config.json";
/// The tokenizer; one of these is required.
pub(crate) const TOKENIZERS: [&str; 2] = ["tokenizer.json", "vocab.txt"];
/// What is downloaded if it is there.
const OPTIONAL: [&str; 3] = [
    "tokenizer_config.json",
    "special_tokens_map.json",
    "README.md",
];
/// The weights in one file.
pub(crate) const WEIGHTS: &str = "model.safetensors";
/// Which file has which weights, if they are in several.
pub(crate) const INDEX: &str = "model.safetensors.index.json";
/// Endings of files with weights that are not read, by which the error names them.
const OTHER_WEIGHTS: [&str; 8] = [
    ".bin",
    ".h5",
    ".msgpack",
    ".gguf",
    ".pt",
    ".ckpt",
    ".onnx",
    ".safetensors",
];

/// The files to download, small ones first, so that an interrupted download has no weights yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The files.
    pub(crate) files: Vec<RemoteFile>,
}

impl Selection {
    /// Selects from all files of a repository.
    ///
    /// # Errors
    /// Why the repository is not a model that this program can use, and what to do.
    pub(crate) fn of(files: &[RemoteFile]) -> Result<Self, String> {
        let has = |path: &str| files.iter().any(|file| file.path == path);
        if !has(CONFIG) {
            return Err(format!(
                "it has no {CONFIG}; name a repository with a model in the format of the transformers library"
            ));
        }
        let weights: fn(&str) -> bool = if has(WEIGHTS) {
            |path| path == WEIGHTS
        } else if has(INDEX) {
            |path| path == INDEX || is_shard(path)
        } else {
            return Err(without_weights(files));
        };
        if !TOKENIZERS.iter().any(|path| has(path)) {
            return Err(format!(
                "it has neither {} nor {}; save its tokenizer with AutoTokenizer of Python's transformers, and name that folder in model.folder",
                TOKENIZERS[0], TOKENIZERS[1]
            ));
        }
        let describes =
            |path: &str| path == CONFIG || TOKENIZERS.contains(&path) || OPTIONAL.contains(&path);
        let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<RemoteFile> {
            files
                .iter()
                .filter(|file| wanted(&file.path))
                .cloned()
                .collect()
        };
        let mut selected = of(&describes);
        selected.extend(of(&|path| path == INDEX && weights(path)));
        selected.extend(of(&|path| path != INDEX && weights(path)));
        Ok(Self { files: selected })
    }
}

/// The names of the files that `index`, the content of the index of weights, refers to.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn shards(index: &[u8]) -> Result<BTreeSet<String>, String> {
    let index: Value = serde_json::from_slice(index).map_err(|error| error.to_string())?;
    let map = index["weight_map"].as_object();
    let map = map
        .filter(|map| !map.is_empty())
        .ok_or("it has no weight_map")?;
    let names = map.values().map(|name| match name.as_str() {
        Some(name) if is_shard(name) => Ok(name.to_owned()),
        _ => Err(format!("{name} is not the name of a part")),
    });
    names.collect()
}

/// Whether `path` is one of several files with weights: `model-00001-of-00003.safetensors`.
fn is_shard(path: &str) -> bool {
    let numbers = path
        .strip_prefix("model-")
        .and_then(|rest| rest.strip_suffix(".safetensors"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers
        .and_then(|numbers| numbers.split_once("-of-"))
        .is_some_and(|(part, all)| digits(part) && digits(all))
}

/// The sentence about a repository without weights that can be read.
fn without_weights(files: &[RemoteFile]) -> String {
    let found: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| OTHER_WEIGHTS.iter().any(|ending| path.ends_with(ending)))
        .take(4)
        .collect();
    if found.is_empty() {
        return format!("it has no weights; name a repository with {WEIGHTS}");
    }
    format!(
        "it has only {} and no {WEIGHTS}, and files of other formats are not read, since some can run code; name a revision with {WEIGHTS} (often a pull request: @refs/pr/1), or save the model with save_pretrained of Python's transformers and name that folder in model.folder",
        found.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Vec<RemoteFile> {
        let file = |path: &&str| RemoteFile {
            path: (*path).to_owned(),
            size: None,
            id: None,
        };
        paths.iter().map(file).collect()
    }

    fn selected(paths: &[&str]) -> Vec<String> {
        let selection = Selection::of(&files(paths)).unwrap();
        selection.files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn weights_come_last_and_other_formats_not_at_all() {
        assert_eq!(
            selected(&[
                "model.safetensors",
                "onnx/model.onnx",
                "pytorch_model.bin",
                "README.md",
                "config.json",
                "tokenizer.json",
                "vocab.txt",
                "merges.txt",
                ".gitattributes",
                "onnx/config.json",
            ]),
            [
                "README.md",
                "config.json",
                "tokenizer.json",
                "vocab.txt",
                "model.safetensors"
            ]
        );
    }

    #[test]
    fn weights_in_parts_come_with_their_index_before_them() {
        assert_eq!(
            selected(&[
                "config.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
                "vocab.txt",
                "model.fp16-00001-of-00002.safetensors",
            ])[2..],
            [
                "model.safetensors.index.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors"
            ]
        );
    }

    #[test]
    fn parts_without_their_index_are_refused() {
        let paths = ["config.json", "model-1-of-1.safetensors", "vocab.txt"];
        let said = Selection::of(&files(&paths)).unwrap_err();
        assert!(said.contains("only model-1-of-1.safetensors"), "{said}");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_way_on() {
        let refused = |paths: &[&str]| Selection::of(&files(paths)).unwrap_err();
        assert!(refused(&["model.safetensors"]).contains("no config.json"));
        let only = refused(&["config.json", "pytorch_model.bin", "vocab.txt"]);
        assert!(
            only.contains("only pytorch_model.bin and no model.safetensors"),
            "{only}"
        );
        let graph = refused(&["config.json", "onnx/model.onnx", "vocab.txt"]);
        assert!(
            graph.contains("only onnx/model.onnx and no model.safetensors"),
            "{graph}"
        );
        assert!(refused(&["config.json", "vocab.txt"]).contains("it has no weights"));
        assert!(
            refused(&["config.json", "model.safetensors"])
                .contains("neither tokenizer.json nor vocab.txt")
        );
    }

    #[test]
    fn the_index_names_parts_and_nothing_else() {
        let index = br#"{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors", "c": "model-1-of-2.safetensors"}}"#;
        assert_eq!(shards(index).unwrap().len(), 2);
        for bad in [
            "[",
            "{}",
            r#"{"weight_map": {}}"#,
            r#"{"weight_map": {"a": "../x"}}"#,
            r#"{"weight_map": {"a": 1}}"#,
        ] {
            assert!(shards(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
