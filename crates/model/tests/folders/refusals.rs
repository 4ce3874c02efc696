//! What cannot be loaded is refused in one sentence that says what to do.

use std::path::Path;

use model::{Card, OnnxModel, Precision, Vocabulary};
use serde_json::json;

use super::copies::{Stored, configure, copy, with_weights};
use super::{data, runtime};

/// What loading a folder says: one sentence.
fn refused(folder: &Path) -> String {
    let loaded = Card::read(folder).and_then(|card| {
        Vocabulary::load(&card)?;
        OnnxModel::load(&runtime(), &card, Precision::Int8, 1)
    });
    let message = loaded.err().unwrap().to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

/// Checks that loading a folder is refused with these words.
fn says(folder: &Path, words: &str) {
    let message = refused(folder);
    assert!(message.contains(words), "{message}");
}

/// A copy of BERT with this instead of its weights.
fn instead(content: &[u8]) -> tempfile::TempDir {
    let folder = copy("bert");
    std::fs::write(folder.path().join("model.safetensors"), content).unwrap();
    folder
}

#[test]
fn weights_that_are_missing_or_something_else() {
    let folder = copy("bert");
    says(folder.path(), "has no model.safetensors; download it");
    std::fs::write(folder.path().join("pytorch_model.bin"), "x").unwrap();
    says(
        folder.path(),
        "holds its weights only as pytorch_model.bin, which is not read; load the model with transformers and save it",
    );

    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    says(
        instead(pointer).path(),
        "is a pointer of Git LFS, not the file itself; run `git lfs pull`",
    );
    says(
        instead(b"\n<!DOCTYPE html><html>").path(),
        "is a web page, not the file itself; download it",
    );
    says(
        instead(b"").path(),
        "is not a file of safetensors; download it again",
    );
    says(
        instead(b"PK\x03\x04 and so on").path(),
        "is not a file of safetensors",
    );
    says(
        instead(b"\x05\0\0\0\0\0\0\0{oops").path(),
        "has no valid header",
    );
    says(
        instead(b"\x99\0\0\0\0\0\0\0{\"a\"").path(),
        "is cut off: it has 12 bytes and should have 161",
    );
}

#[test]
fn weights_that_are_cut_off_anywhere() {
    let whole = std::fs::read(data("bert").join("model.safetensors")).unwrap();
    for length in [9, 100, 5000, whole.len() - 1] {
        says(instead(&whole[..length]).path(), "is cut off: it has");
    }
}

#[test]
fn tensors_that_are_missing_unknown_or_of_another_shape() {
    let head = with_weights("bert", |tensors| {
        tensors.retain(|name, _| !name.starts_with("cls."));
    });
    says(
        head.path(),
        "has no head for masked words (no tensor cls.predictions.transform.dense.weight); use a model that was saved for fill-mask",
    );

    let query = "bert.encoder.layer.1.attention.self.query.bias";
    let missing = with_weights("bert", |tensors| drop(tensors.remove(query)));
    says(
        missing.path(),
        "has no tensor bert.encoder.layer.1.attention.self.query.bias",
    );

    let surplus = with_weights("bert", |tensors| {
        drop(tensors.insert(
            "bert.encoder.adapter.weight".to_owned(),
            Stored::floats(&[1], &[1.0]),
        ));
    });
    says(
        surplus.path(),
        "holds the tensor bert.encoder.adapter.weight, which no bert model has",
    );

    let twice = with_weights("bert", |tensors| {
        let name = "bert.embeddings.LayerNorm.weight";
        drop(tensors.insert(name.replace("weight", "gamma"), tensors[name].clone()));
    });
    says(
        twice.path(),
        "which are the same parameter; keep one of them",
    );

    let layers = with_weights("bert", |_| {});
    configure(layers.path(), &json!({"num_hidden_layers": 1}));
    says(layers.path(), "but config.json says 1 layers");
    configure(layers.path(), &json!({"num_hidden_layers": 3}));
    says(layers.path(), "has no tensor bert.encoder.layer.2.");
    configure(
        layers.path(),
        &json!({"num_hidden_layers": 2, "intermediate_size": 64}),
    );
    says(
        layers.path(),
        "with the shape [48], but config.json says [64]",
    );

    let infinite = with_weights("bert", |tensors| {
        let name = "bert.encoder.layer.0.output.dense.weight";
        let mut numbers = tensors[name].numbers();
        numbers[1000] = f32::NAN;
        let shape = tensors[name].shape.clone();
        drop(tensors.insert(name.to_owned(), Stored::floats(&shape, &numbers)));
    });
    says(infinite.path(), "that are not finite");

    let whole = with_weights("bert", |tensors| {
        let stored = tensors.get_mut("cls.predictions.bias").unwrap();
        stored.dtype = "I32".to_owned();
    });
    says(
        whole.path(),
        "holds cls.predictions.bias as I32; weights must be F32, F16 or BF16",
    );
}

#[test]
fn an_untied_model_without_a_decoder() {
    let folder = with_weights("bert", |_| {});
    configure(folder.path(), &json!({"tie_word_embeddings": false}));
    says(
        folder.path(),
        "has no tensor cls.predictions.decoder.weight",
    );
}

#[test]
fn a_tokenizer_that_is_missing_or_does_not_belong() {
    let folder = with_weights("bert", |_| {});
    std::fs::write(folder.path().join("vocab.txt"), "[PAD]\n[UNK]\n").unwrap();
    says(
        folder.path(),
        "has 2 pieces, the model 96; they do not belong together",
    );
    let many: Vec<String> = (0..97).map(|n| format!("p{n}\n")).collect();
    std::fs::write(folder.path().join("vocab.txt"), many.concat()).unwrap();
    says(
        folder.path(),
        "has 97 pieces, the model 96; they do not belong together",
    );
    std::fs::remove_file(folder.path().join("vocab.txt")).unwrap();
    says(folder.path(), "has neither tokenizer.json nor vocab.txt");
    std::fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    says(
        folder.path(),
        "tokenizer.json is not a tokenizer: missing field",
    );

    let roberta = with_weights("roberta", |_| {});
    std::fs::remove_file(roberta.path().join("tokenizer.json")).unwrap();
    says(
        roberta.path(),
        "has no tokenizer.json; load its tokenizer with transformers",
    );
}

#[test]
fn an_index_of_shards_that_is_wrong() {
    let index = |map: serde_json::Value| {
        let folder = copy("bert");
        let text = json!({"weight_map": map}).to_string();
        std::fs::write(folder.path().join("model.safetensors.index.json"), text).unwrap();
        folder
    };
    says(
        index(json!({"a": "../model.safetensors"})).path(),
        "lies outside the model's folder",
    );
    says(index(json!({})).path(), "names no file");
    says(
        index(json!({"a": "missing.safetensors"})).path(),
        "missing.safetensors: No such file",
    );
    let folder = index(json!({"nowhere": "shard.safetensors"}));
    std::fs::copy(
        data("bert").join("model.safetensors"),
        folder.path().join("shard.safetensors"),
    )
    .unwrap();
    says(
        folder.path(),
        "names the tensor nowhere, which is in none of its files",
    );
}

#[test]
fn a_family_that_is_not_known() {
    let folder = with_weights("bert", |_| {});
    configure(folder.path(), &json!({"model_type": "deberta-v2"}));
    says(
        folder.path(),
        "says model_type = \"deberta-v2\"; the families that can be loaded are bert, distilbert",
    );
}

#[test]
fn exported_graphs_win_over_weights() {
    let folder = with_weights("bert", |_| {});
    std::fs::write(folder.path().join("card.json"), "{}").unwrap();
    says(folder.path(), "card.json is not a model card");
}
