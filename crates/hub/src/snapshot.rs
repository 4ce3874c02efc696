//! Whether a snapshot in the cache has what a model needs. Other programs cache only what they need themselves.

use std::path::Path;

use super::bounded::{MAX_INDEX, read_bounded};
use super::selection::{CONFIG, INDEX, TOKENIZERS, WEIGHTS, shards};

/// What the folder of a snapshot lacks to be a model; none if it has everything.
pub(crate) fn problem(folder: &Path) -> Option<String> {
    let has = |path: &str| folder.join(path).is_file();
    if !folder.is_dir() {
        return Some("there is no such snapshot".to_owned());
    }
    if !has(CONFIG) {
        return Some(format!("{CONFIG} is missing"));
    }
    if !TOKENIZERS.iter().any(|path| has(path)) {
        return Some(format!("{} is missing", TOKENIZERS.join(" or ")));
    }
    if has(WEIGHTS) {
        return None;
    }
    if has(INDEX) {
        return missing_shard(folder);
    }
    Some(format!("{WEIGHTS} is missing"))
}

fn missing_shard(folder: &Path) -> Option<String> {
    let index = read_bounded(&folder.join(INDEX), MAX_INDEX).map_err(|error| error.to_string());
    match index.and_then(|index| shards(&index)) {
        Ok(shards) => {
            let missing = shards
                .into_iter()
                .find(|shard| !folder.join(shard).is_file());
            missing.map(|shard| format!("{shard} is missing"))
        }
        Err(problem) => Some(format!("{INDEX} cannot be read: {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_missing_is_named_until_nothing_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let said = |expected: &str| {
            let problem = problem(path).unwrap();
            assert!(problem.contains(expected), "{problem}");
        };
        assert_eq!(
            problem(&path.join("none")).unwrap(),
            "there is no such snapshot"
        );
        said("config.json");
        fs::write(path.join(CONFIG), "{}").unwrap();
        said("tokenizer.json or vocab.txt");
        fs::write(path.join("vocab.txt"), "").unwrap();
        said("model.safetensors");
        fs::write(
            path.join(INDEX),
            r#"{"weight_map": {"a": "model-1-of-1.safetensors"}}"#,
        )
        .unwrap();
        said("model-1-of-1.safetensors");
        fs::write(path.join("model-1-of-1.safetensors"), "").unwrap();
        assert_eq!(problem(path), None);
    }

    #[test]
    fn a_link_to_nothing_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join(CONFIG), "{}").unwrap();
        fs::write(path.join("tokenizer.json"), "{}").unwrap();
        std::os::unix::fs::symlink("nowhere", path.join(WEIGHTS)).unwrap();
        assert!(problem(path).is_some());
        // The program loads no graphs.
        fs::create_dir(path.join("onnx")).unwrap();
        fs::write(path.join("onnx/model.onnx"), "").unwrap();
        assert!(problem(path).is_some());
    }

    #[test]
    fn an_index_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join(CONFIG), "{}").unwrap();
        fs::write(path.join("tokenizer.json"), "{}").unwrap();
        let index = fs::File::create(path.join(INDEX)).unwrap();
        index.set_len(MAX_INDEX + 1).unwrap();
        let said = problem(path).unwrap();
        assert!(said.contains("it is larger than 67108864 bytes"), "{said}");
    }
}
