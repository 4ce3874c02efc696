//! Files of a model come from anywhere: whatever they hold, they are loaded or refused in words.

use std::fmt::Write;
use std::path::Path;

use model::{Card, OnnxModel, Precision, Runtime, Vocabulary};
use mouthpiece::config::{library, telemetry_disabled};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/mouthpiece-mini");

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}

/// A folder with this file in place of the real one of `part`, which the card knows by its right sum.
fn folder(part: &str, content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let card = std::fs::read_to_string(Path::new(FOLDER).join("card.json")).unwrap();
    let mut card: Value = serde_json::from_str(&card).unwrap();
    let entry = match part {
        "tokenizer" => &mut card["tokenizer"],
        _ => &mut card["graphs"][part],
    };
    entry["file"] = json!("file");
    entry["sha256"] = json!(hex(content));
    std::fs::write(folder.path().join("file"), content).unwrap();
    std::fs::write(folder.path().join("card.json"), card.to_string()).unwrap();
    folder
}

fn original(part: &str) -> Vec<u8> {
    let card = std::fs::read_to_string(Path::new(FOLDER).join("card.json")).unwrap();
    let card: Value = serde_json::from_str(&card).unwrap();
    let entry = match part {
        "tokenizer" => &card["tokenizer"],
        _ => &card["graphs"][part],
    };
    std::fs::read(Path::new(FOLDER).join(entry["file"].as_str().unwrap())).unwrap()
}

/// What may happen to a file.
#[derive(Debug, Clone)]
enum Damage {
    Flip(f64, u8),
    Cut(f64),
    Remove(f64, usize),
    Repeat(f64, usize),
    Zero(f64, usize),
}

impl Damage {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length"
    )]
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at =
            |share: f64| ((bytes.len() as f64 * share) as usize).min(bytes.len().saturating_sub(1));
        match *self {
            Self::Flip(share, bits) => {
                let at = at(share);
                bytes[at] ^= bits;
            }
            Self::Cut(share) => bytes.truncate(at(share)),
            Self::Remove(share, count) => {
                let at = at(share);
                bytes.drain(at..(at + count).min(bytes.len()));
            }
            Self::Repeat(share, count) => {
                let at = at(share);
                let some = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, some);
            }
            Self::Zero(share, count) => {
                let at = at(share);
                let end = (at + count).min(bytes.len());
                bytes[at..end].fill(0);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    // The beginning and the end hold most of what has a meaning.
    let place = prop_oneof![0.0..0.002, 0.0..1.0, 0.99..1.0];
    (place, any::<u8>(), 1usize..200, 0..5).prop_map(|(share, bits, count, kind)| match kind {
        0 => Damage::Flip(share, bits),
        1 => Damage::Cut(share),
        2 => Damage::Remove(share, count),
        3 => Damage::Repeat(share, count),
        _ => Damage::Zero(share, count),
    })
}

/// Applies `damages` as long as there is something left to damage.
fn damaged(bytes: &mut Vec<u8>, damages: &[Damage]) {
    for damage in damages {
        if !bytes.is_empty() {
            damage.apply(bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_tokenizer_is_loaded_or_refused(damages in prop::collection::vec(damage(), 1..4), text in "\\PC{0,40}") {
        let mut bytes = original("tokenizer");
        damaged(&mut bytes, &damages);
        let folder = folder("tokenizer", &bytes);
        let card = Card::read(folder.path()).unwrap();
        match Vocabulary::load(&card) {
            Ok(vocabulary) => {
                // A damaged tokenizer may fail on a text, with an error.
                let _ = vocabulary.encode(&text);
                vocabulary.plain(&text);
            }
            Err(error) => prop_assert!(error.to_string().len() < 2_000),
        }
    }

    #[test]
    fn a_damaged_card_is_read_or_refused(damages in prop::collection::vec(damage(), 1..4)) {
        let mut bytes = std::fs::read(Path::new(FOLDER).join("card.json")).unwrap();
        damaged(&mut bytes, &damages);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("card.json"), bytes).unwrap();
        if let Ok(card) = Card::read(folder.path()) {
            prop_assert!(Vocabulary::load(&card).is_err(), "there is no tokenizer");
            let _ = card.fingerprint(Precision::Int8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_graph_is_loaded_or_refused(damages in prop::collection::vec(damage(), 1..4)) {
        let mut bytes = original("int8");
        damaged(&mut bytes, &damages);
        let folder = folder("int8", &bytes);
        let card = Card::read(folder.path()).unwrap();
        let runtime = Runtime::load(&library(None), telemetry_disabled().unwrap()).unwrap();
        if let Err(error) = OnnxModel::load(&runtime, &card, Precision::Int8, 1) {
            prop_assert!(error.to_string().len() < 4_000, "{error}");
        }
    }
}
