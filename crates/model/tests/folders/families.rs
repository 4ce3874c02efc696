//! Every family against `PyTorch`, exact and in int8.

use std::path::Path;

use model::{Card, MaskedModel, OnnxModel, Precision};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::copies;
use super::{answers, data, distance, load, query, reference, runtime};

/// Families with both graphs.
const FAMILIES: [&str; 8] = [
    "bert",
    "bert-untied",
    "bert-odd",
    "distilbert",
    "roberta",
    "xlm-roberta",
    "camembert",
    "data2vec-text",
];

#[test]
fn the_exact_graph_of_every_family_says_what_pytorch_says() {
    for name in FAMILIES.into_iter().chain(["modernbert"]) {
        let mut model = load(&data(name), Precision::Fp32).unwrap();
        let found = distance(&answers(&mut model, name), &reference(&data(name)));
        // Measured: at most 6.4e-6, most of which is that the reference is rounded to five digits.
        assert!(found.largest < 1e-4, "{name}: {}", found.largest);
        assert_eq!(found.same_best, found.positions, "{name}");
    }
}

#[test]
fn the_small_graph_of_every_family_is_close_to_pytorch() {
    for name in FAMILIES {
        let mut model = load(&data(name), Precision::Int8).unwrap();
        let found = distance(&answers(&mut model, name), &reference(&data(name)));
        // Measured: 0.011 to 0.038, and 14 to 17 of 17 positions with the same best token.
        assert!(found.relative < 0.05, "{name}: {}", found.relative);
        assert!(
            found.same_best * 10 >= found.positions * 8,
            "{name}: {} of {}",
            found.same_best,
            found.positions
        );
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// The graph that `training/packed_graph.py` wrote of the same weights, as an exported folder.
fn exported(name: &str) -> tempfile::TempDir {
    let graph = std::fs::read(data(name).join("python.int8.onnx")).unwrap();
    let card = Card::read(&data(name)).unwrap();
    let text = serde_json::json!({
        "name": "exported", "summary": "", "origin": "", "licence": "",
        "vocabulary": card.vocabulary, "max_tokens": card.max_tokens,
        "tokenizer": { "file": "vocab.txt", "sha256": "" },
        "graphs": { "int8": { "file": "model.int8.onnx", "sha256": sha256(&graph) } },
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.int8.onnx"), graph).unwrap();
    std::fs::write(folder.path().join("card.json"), text.to_string()).unwrap();
    folder
}

#[test]
fn the_small_graph_answers_with_the_bits_of_the_one_that_python_exports() {
    let folder = exported("bert");
    let mut theirs = load(folder.path(), Precision::Int8).unwrap();
    let mut ours = load(&data("bert"), Precision::Int8).unwrap();
    assert!(answers(&mut ours, "bert") == answers(&mut theirs, "bert"));
}

#[test]
fn a_text_is_answered_alike_alone_in_a_batch_and_by_every_worker() {
    let both = [Precision::Int8, Precision::Fp32];
    let families = FAMILIES.into_iter().map(|name| (name, &both[..]));
    for (name, precisions) in families.chain([("modernbert", &both[1..])]) {
        for &precision in precisions {
            let card = Card::read(&data(name)).unwrap();
            let worker = || OnnxModel::load(&runtime(), &card, precision, 1).unwrap();
            let (mut first, mut second) = (worker(), worker());
            let texts = [
                &[2u32, 9, 17, 4, 31][..],
                &[2, 5],
                &[2, 88, 4, 4, 3],
                &[2, 9, 17, 4, 30],
            ];
            let queries: Vec<_> = texts.into_iter().map(query).collect();
            let together = first.score(&queries).unwrap();
            for (query, expected) in queries.iter().zip(&together) {
                let alone = second.score(std::slice::from_ref(query)).unwrap();
                assert!(alone[0] == *expected, "{name} {precision}");
            }
        }
    }
}

#[test]
fn a_modernbert_is_read_from_both_styles_of_its_configuration() {
    let folder = copies::with_weights("modernbert", |_| {});
    let old = json!({
        "layer_types": null, "rope_parameters": null, "global_attn_every_n_layers": 2,
        "global_rope_theta": 500.0, "local_rope_theta": 50.0,
    });
    copies::configure(folder.path(), &old);
    let both = [&*data("modernbert"), folder.path()]
        .map(|folder| answers(&mut load(folder, Precision::Fp32).unwrap(), "modernbert"));
    assert!(both[0] == both[1]);
    // Each of the keys is seen against PyTorch.
    for (key, value) in [
        ("global_rope_theta", json!(600.0)),
        ("local_rope_theta", json!(60.0)),
        ("global_attn_every_n_layers", json!(1)),
        ("local_attention", json!(4)),
    ] {
        let folder = copies::with_weights("modernbert", |_| {});
        copies::configure(folder.path(), &old);
        copies::configure(folder.path(), &json!({ key: value }));
        let mut model = load(folder.path(), Precision::Fp32).unwrap();
        let reference = reference(&data("modernbert"));
        let found = distance(&answers(&mut model, "modernbert"), &reference);
        assert!(found.largest > 1e-3, "{key}: {}", found.largest);
    }
}

#[test]
fn a_family_without_a_small_graph_says_which_precision_to_set() {
    let message = load(&data("modernbert"), Precision::Int8).err().unwrap();
    let expected = "is of the family modernbert, which runs in fp32 only; set model.precision to \"fp32\", or --precision fp32";
    assert!(message.to_string().ends_with(expected), "{message}");
}

#[test]
fn a_folder_is_described_by_what_lies_in_it() {
    let card = Card::read(&data("roberta")).unwrap();
    assert_eq!(card.name, "roberta");
    assert_eq!(card.licence, "unknown");
    assert_eq!((card.vocabulary, card.max_tokens), (90, 24));
    assert_eq!(card.lines(Precision::Int8), ["2 layers, 90 word pieces"]);
    let fingerprint = |folder: &Path, precision| Card::read(folder).unwrap().fingerprint(precision);
    let int8 = card.fingerprint(Precision::Int8);
    let digits = int8.strip_suffix("-int8").unwrap();
    assert!(digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(card.fingerprint(Precision::Fp32), format!("{digits}-fp32"));
    // Other weights or another configuration are another model.
    let copy = copies::with_weights("roberta", |_| {});
    let copied = fingerprint(copy.path(), Precision::Int8);
    copies::configure(copy.path(), &json!({"layer_norm_eps": 0.5}));
    assert_ne!(fingerprint(copy.path(), Precision::Int8), copied);
    assert_ne!(fingerprint(&data("camembert"), Precision::Int8), int8);
}
