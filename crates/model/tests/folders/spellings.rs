//! The same weights in all spellings and types in which checkpoints are published.

use std::path::Path;

use generation::Scores;
use model::{Card, Precision, Vocabulary};
use serde_json::json;

use super::copies::{Stored, Tensors, bytes, configure, copy, read, rename, with_weights};
use super::{answers, data, distance, load, reference};

const WORDS: &str = "bert.embeddings.word_embeddings.weight";
const DECODER: &str = "cls.predictions.decoder.weight";
const HEAD_BIAS: &str = "cls.predictions.bias";
const DECODER_BIAS: &str = "cls.predictions.decoder.bias";

/// The answers of both graphs of a folder.
fn both(folder: &Path) -> [Vec<Scores>; 2] {
    [Precision::Int8, Precision::Fp32]
        .map(|precision| answers(&mut load(folder, precision).unwrap(), "bert"))
}

/// Holds the answers of BERT with changed weights against those of BERT.
fn same_as_bert(change: impl FnOnce(&mut Tensors)) {
    let folder = with_weights("bert", change);
    assert!(both(folder.path()) == both(&data("bert")));
}

#[test]
fn names_may_be_old_or_without_prefix() {
    same_as_bert(|tensors| {
        rename(tensors, "LayerNorm.weight", "LayerNorm.gamma");
        rename(tensors, "LayerNorm.bias", "LayerNorm.beta");
    });
    same_as_bert(|tensors| rename(tensors, "bert.", ""));
}

#[test]
fn tied_weights_may_be_stored_under_either_name_or_both() {
    same_as_bert(|tensors| drop(tensors.insert(DECODER.to_owned(), tensors[WORDS].clone())));
    same_as_bert(|tensors| rename(tensors, WORDS, DECODER));
    same_as_bert(|tensors| rename(tensors, HEAD_BIAS, DECODER_BIAS));
    same_as_bert(|tensors| {
        drop(tensors.insert(DECODER_BIAS.to_owned(), tensors[HEAD_BIAS].clone()));
    });
}

#[test]
fn a_decoder_that_differs_from_the_words_is_not_tied_whatever_the_configuration_says() {
    let changed = with_weights("bert", |tensors| {
        let mut decoder = tensors[WORDS].numbers();
        decoder[32 * 7] += 3.0;
        let shape = tensors[WORDS].shape.clone();
        tensors.insert(DECODER.to_owned(), Stored::floats(&shape, &decoder));
    });
    let (found, before) = (both(changed.path()), both(&data("bert")));
    for (found, before) in found.iter().zip(&before) {
        for (found, before) in found
            .iter()
            .zip(before)
            .flat_map(|(a, b)| a.rows.iter().zip(&b.rows))
        {
            for (token, (found, before)) in found.guesses.iter().zip(&before.guesses).enumerate() {
                assert_eq!(found == before, token != 7, "{token}");
            }
        }
    }
}

#[test]
fn heads_of_other_tasks_and_buffers_may_lie_beside() {
    same_as_bert(|tensors| {
        let weight = Stored::floats(&[1], &[1.0]);
        for name in [
            "bert.pooler.dense.weight",
            "bert.pooler.dense.bias",
            "cls.seq_relationship.weight",
            "cls.seq_relationship.bias",
        ] {
            tensors.insert(name.to_owned(), weight.clone());
        }
        let places = Stored {
            dtype: "I64".to_owned(),
            shape: vec![1, 24],
            bytes: vec![0; 24 * 8],
        };
        tensors.insert("bert.embeddings.position_ids".to_owned(), places);
    });
}

#[test]
fn types_of_numbers_may_be_mixed() {
    let round = |tensors: &mut Tensors| {
        for (index, stored) in tensors.values_mut().enumerate() {
            if index % 3 == 0 {
                *stored = stored.as_bf16();
            }
        }
    };
    let mixed = with_weights("bert-untied", round);
    let types = read(&mixed.path().join("model.safetensors"));
    assert!(types.values().any(|stored| stored.dtype == "BF16"));
    assert!(types.values().any(|stored| stored.dtype == "F16"));
    // The same numbers, all of them as 32-bit floats.
    let widened = with_weights("bert-untied", |tensors| {
        for (index, stored) in tensors.values_mut().enumerate() {
            let mut numbers = stored.numbers();
            if index % 3 == 0 {
                numbers = numbers
                    .iter()
                    .map(|&x| half::bf16::from_f32(x).to_f32())
                    .collect();
            }
            *stored = Stored::floats(&stored.shape, &numbers);
        }
    });
    assert!(both(mixed.path()) == both(widened.path()));
}

#[test]
fn weights_may_lie_in_shards() {
    let folder = copy("bert");
    let tensors = read(&data("bert").join("model.safetensors"));
    let mut index = serde_json::Map::new();
    let mut shards = [Tensors::new(), Tensors::new(), Tensors::new()];
    for (number, (name, stored)) in tensors.into_iter().enumerate() {
        index.insert(
            name.clone(),
            json!(format!("model-{}.safetensors", number % 3)),
        );
        shards[number % 3].insert(name, stored);
    }
    for (number, shard) in shards.iter().enumerate() {
        let path = folder.path().join(format!("model-{number}.safetensors"));
        std::fs::write(path, bytes(shard)).unwrap();
    }
    let index = json!({"metadata": {}, "weight_map": index}).to_string();
    let path = folder.path().join("model.safetensors.index.json");
    std::fs::write(path, index).unwrap();
    assert!(both(folder.path()) == both(&data("bert")));
    let card = Card::read(folder.path()).unwrap();
    let whole = Card::read(&data("bert")).unwrap();
    let sums = [&card, &whole].map(|card| card.fingerprint(Precision::Int8));
    assert_eq!(sums.each_ref().map(String::len), [17, 17]);
    assert_ne!(sums[0], sums[1]);
}

#[test]
fn other_nonlinearities_are_used_as_the_configuration_says() {
    // Each of the folders has another; a wrong one is seen against PyTorch.
    for (name, key) in [
        ("bert", "gelu_new"),
        ("bert", "relu"),
        ("bert-untied", "relu"),
        ("bert-odd", "gelu"),
    ] {
        let folder = with_weights(name, |_| {});
        configure(folder.path(), &json!({"hidden_act": key}));
        let reference = reference(&data(name));
        for (precision, least) in [(Precision::Fp32, 1e-4), (Precision::Int8, 1e-3)] {
            let mut model = load(folder.path(), precision).unwrap();
            let found = distance(&answers(&mut model, name), &reference);
            assert!(found.largest > least, "{name} {key}: {}", found.largest);
        }
    }
}

#[test]
fn a_vocabulary_of_word_pieces_is_read_without_a_tokenizer_file() {
    let vocabulary = |folder: &Path| Vocabulary::load(&Card::read(folder).unwrap()).unwrap();
    let pieces = |vocabulary: &Vocabulary, text: &str| -> Vec<String> {
        let tokens = vocabulary.encode(text).unwrap();
        tokens
            .iter()
            .map(|&token| vocabulary.piece(token).to_owned())
            .collect()
    };
    let folder = with_weights("bert", |_| {});
    let uncased = vocabulary(folder.path());
    let found = pieces(&uncased, "The Cat sat on mats. [MASK] 5");
    let expected = [
        "the", "cat", "sat", "on", "mat", "##s", ".", "[UNK]", "m", "##a", "##s", "##k", "[UNK]",
        "[UNK]",
    ];
    assert_eq!(found, expected);
    std::fs::write(
        folder.path().join("tokenizer_config.json"),
        r#"{"do_lower_case": false}"#,
    )
    .unwrap();
    assert_eq!(
        pieces(&vocabulary(folder.path()), "The cat"),
        ["[UNK]", "cat"]
    );
}
