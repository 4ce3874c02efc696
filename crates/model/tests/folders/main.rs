//! Hugging Face folders through the real runtime: every family against `PyTorch`, all spellings of names, and what is refused.
//!
//! The folders and the answers of `PyTorch` are made by `tests/data/make.py`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod copies;
mod families;
mod refusals;
mod spellings;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use generation::{Attention, Query, Scores, TokenId, Want};
use model::{Card, MaskedModel, ModelError, OnnxModel, Precision, Runtime, TelemetryDisabled};

/// The runtime that `scripts/fetch-onnxruntime.sh` fetched. `.cargo/config.toml` disables its telemetry in tests.
fn runtime() -> Runtime {
    let disabled = std::env::var_os(TelemetryDisabled::VARIABLE);
    let disabled = TelemetryDisabled::from_value(disabled.as_deref()).unwrap();
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let name = if cfg!(target_os = "macos") {
        "libonnxruntime.dylib"
    } else {
        "libonnxruntime.so"
    };
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../.ort")
        .join(name);
    Runtime::load(&named.unwrap_or(fetched), disabled).unwrap()
}

/// A folder of `tests/data`.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// Loads the model of a folder.
fn load(folder: &Path, precision: Precision) -> Result<OnnxModel, ModelError> {
    let card = Card::read(folder)?;
    OnnxModel::load(&runtime(), &card, precision, 1)
}

/// A text of which all positions are asked.
fn query(ids: &[u32]) -> Query {
    Query {
        attention: Attention::Bidirectional,
        tokens: ids.iter().copied().map(TokenId).collect(),
        asked: (0..ids.len()).collect(),
        want: Want::All,
    }
}

/// What `PyTorch` says of a text.
#[derive(serde::Deserialize)]
struct Reference {
    ids: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

/// The texts of a folder with the answers of `PyTorch`.
fn reference(folder: &Path) -> Vec<Reference> {
    let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The answers of a model to the texts of the folder `name`.
fn answers(model: &mut OnnxModel, name: &str) -> Vec<Scores> {
    let queries: Vec<Query> = reference(&data(name))
        .iter()
        .map(|text| query(&text.ids))
        .collect();
    model.score(&queries).unwrap()
}

/// How far answers are from those of `PyTorch`.
struct Distance {
    /// Largest difference of a logit.
    largest: f32,
    /// Root of the mean square of the differences, divided by that of the logits.
    relative: f32,
    /// Positions, and those with the same best token.
    positions: usize,
    same_best: usize,
}

fn distance(answers: &[Scores], reference: &[Reference]) -> Distance {
    let mut distance = Distance {
        largest: 0.0,
        relative: 0.0,
        positions: 0,
        same_best: 0,
    };
    let (mut differences, mut total) = (0.0, 0.0);
    for (scores, text) in answers.iter().zip(reference) {
        assert_eq!(scores.rows.len(), text.logits.len());
        for (row, expected) in scores.rows.iter().zip(&text.logits) {
            let found: Vec<f32> = row.guesses.iter().map(|guess| guess.logit).collect();
            assert_eq!(found.len(), expected.len());
            distance.positions += 1;
            distance.same_best += usize::from(best(&found) == best(expected));
            for (found, expected) in found.iter().zip(expected) {
                distance.largest = distance.largest.max((found - expected).abs());
                differences += (found - expected).powi(2);
                total += expected.powi(2);
            }
        }
    }
    distance.relative = (differences / total).sqrt();
    distance
}

fn best(logits: &[f32]) -> Option<usize> {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]))
}

/// The name of a folder's file as it is shown.
fn shown(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}
