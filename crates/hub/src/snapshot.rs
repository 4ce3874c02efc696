//! Whether a snapshot in the cache has what a model needs. Other programs cache only what they need themselves.

use std::fs;
use std::path::Path;

use super::selection::{CONFIG, GRAPHS, INDEX, TOKENIZERS, WEIGHTS, is_graph, shards};

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
    let graphs = fs::read_dir(folder.join(GRAPHS))
        .into_iter()
        .flatten()
        .flatten();
    let mut names = graphs.map(|entry| format!("{GRAPHS}/{}", entry.file_name().to_string_lossy()));
    let any = names.any(|name| is_graph(&name) && has(&name));
    (!any).then(|| format!("{WEIGHTS} is missing"))
}

fn missing_shard(folder: &Path) -> Option<String> {
    let index = fs::read(folder.join(INDEX)).map_err(|error| error.to_string());
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
        fs::create_dir(path.join(GRAPHS)).unwrap();
        fs::write(path.join("onnx/model_int8.onnx"), "").unwrap();
        assert_eq!(problem(path), None);
    }
}
