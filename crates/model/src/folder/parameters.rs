//! The parameters of a model, found in its weights: every tensor is used or known not to be needed.

use std::collections::BTreeMap;
use std::path::Path;

use super::architecture::{Architecture, Positions, Style};
use super::names::{Key, Kind, Meaning, Slot};
use super::safetensors::shown;
use super::text_file::unfit;
use super::weights::Weights;
use crate::error::ModelError;

/// The parameters of a model.
#[derive(Debug)]
pub(crate) struct Parameters {
    weights: Weights,
    /// The tensors by what they are.
    tensors: BTreeMap<Key, String>,
    /// Rows of the vocabulary that are used.
    vocabulary: usize,
    tied: bool,
}

impl Parameters {
    /// Finds the parameters of a model in its folder. Of the tables of the vocabulary, the first `vocabulary` rows are used.
    ///
    /// # Errors
    /// When a tensor is missing, is not known, or has another shape than the configuration says.
    pub(super) fn open(
        folder: &Path,
        architecture: &Architecture,
        vocabulary: usize,
    ) -> Result<Self, ModelError> {
        let weights = Weights::open(folder)?;
        let mut tensors = BTreeMap::new();
        for name in weights.names() {
            match architecture.names.meaning(name) {
                Meaning::Ignored => {}
                Meaning::Parameter(key) if architecture.has(key) => {
                    check_shape(&weights, name, &shape(architecture, key))?;
                    if let Some(other) = tensors.insert(key, name.to_owned()) {
                        let problem = format!(
                            "holds both {} and {}, which are the same parameter; keep one of them",
                            shown(&other),
                            shown(name)
                        );
                        return Err(unfit(weights.path(name), problem));
                    }
                }
                Meaning::Parameter(key) if key.layer >= architecture.layers => {
                    let problem = format!(
                        "holds the tensor {}, but config.json says {} layers",
                        shown(name),
                        architecture.layers
                    );
                    return Err(unfit(weights.path(name), problem));
                }
                Meaning::Parameter(_) => {
                    let problem = format!(
                        "holds the tensor {}, which the model that config.json describes does not have; they do not belong together",
                        shown(name)
                    );
                    return Err(unfit(weights.path(name), problem));
                }
                Meaning::Unknown => {
                    let problem = format!(
                        "holds the tensor {}, which no {} model has; without knowing what it does, the model cannot be run as it was trained",
                        shown(name),
                        architecture.family
                    );
                    return Err(unfit(weights.path(name), problem));
                }
            }
        }
        let mut parameters = Self {
            weights,
            tensors,
            vocabulary,
            tied: architecture.tied,
        };
        parameters.resolve_tied_decoder()?;
        parameters.check_complete(architecture)?;
        Ok(parameters)
    }

    /// Whether the projection onto the vocabulary is the table of words.
    pub(crate) fn tied(&self) -> bool {
        self.tied
    }

    /// Rows of the vocabulary that are used.
    pub(crate) fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// The numbers of a matrix, of its first [`Parameters::vocabulary`] rows if it belongs to the vocabulary.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn weight(&self, slot: Slot, layer: usize) -> Result<Vec<f32>, ModelError> {
        self.read(Key {
            slot,
            layer,
            kind: Kind::Weight,
        })
    }

    /// The numbers of a bias; zeros for a parameter without one. Those of the vocabulary have [`Parameters::vocabulary`] numbers.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn bias(&self, slot: Slot, layer: usize) -> Result<Vec<f32>, ModelError> {
        let key = |kind| Key { slot, layer, kind };
        if self.tensors.contains_key(&key(Kind::Bias)) {
            return self.read(key(Kind::Bias));
        }
        let numbers = match self.tensors.get(&key(Kind::Weight)) {
            Some(name) if slot != Slot::Decoder => self.weights.shape(name)[0],
            _ => self.vocabulary,
        };
        Ok(vec![0.0; numbers])
    }

    /// SHA-256 of the weights, as 64 hexadecimal digits.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn sha256(&self) -> Result<String, ModelError> {
        self.weights.sha256()
    }

    fn read(&self, key: Key) -> Result<Vec<f32>, ModelError> {
        let name = &self.tensors[&key];
        let shape = self.weights.shape(name);
        let count: usize = match key.slot {
            Slot::WordEmbeddings | Slot::Decoder => {
                self.vocabulary * shape[1..].iter().product::<usize>()
            }
            _ => shape.iter().product(),
        };
        self.weights.floats(name, count)
    }

    /// Settles which tensor the projection onto the vocabulary is, as `transformers` does: tied weights may be stored under either
    /// name or both; if both are there and differ, they are not tied.
    fn resolve_tied_decoder(&mut self) -> Result<(), ModelError> {
        let key = |slot, kind| Key {
            slot,
            layer: 0,
            kind,
        };
        let (words, decoder) = (
            key(Slot::WordEmbeddings, Kind::Weight),
            key(Slot::Decoder, Kind::Weight),
        );
        match (self.tensors.get(&words), self.tensors.get(&decoder)) {
            (Some(a), Some(b)) => self.tied = self.weights.same(a, b)?,
            (None, Some(stored)) if self.tied => {
                let stored = stored.clone();
                self.tensors.insert(words, stored);
            }
            _ => {}
        }
        if let Some(apart) = self.tensors.remove(&key(Slot::HeadBias, Kind::Bias)) {
            let bias = key(Slot::Decoder, Kind::Bias);
            self.tensors.entry(bias).or_insert(apart);
        }
        Ok(())
    }

    /// Checks that every parameter is there.
    fn check_complete(&self, architecture: &Architecture) -> Result<(), ModelError> {
        let all = Slot::ALL.into_iter().flat_map(|slot| {
            let layers = if slot.in_layer() {
                architecture.layers
            } else {
                1
            };
            (0..layers).flat_map(move |layer| {
                [Kind::Weight, Kind::Bias].map(|kind| Key { slot, layer, kind })
            })
        });
        let needed = |key: &Key| {
            let tied = self.tied && key.slot == Slot::Decoder && key.kind == Kind::Weight;
            // The bias that is stored apart has become that of the decoder.
            architecture.has(*key) && key.slot != Slot::HeadBias && !tied
        };
        let missing: Vec<Key> = all
            .filter(needed)
            .filter(|key| !self.tensors.contains_key(key))
            .collect();
        let head = |key: &&Key| matches!(key.slot, Slot::HeadDense | Slot::HeadNorm);
        let problem = match (missing.iter().find(head), missing.first()) {
            (Some(key), _) => format!(
                "has no head for masked words (no tensor {}); use a model that was saved for fill-mask",
                architecture.names.name(*key)
            ),
            (None, Some(key)) => format!(
                "has no tensor {}, which config.json calls for; download both again",
                architecture.names.name(*key)
            ),
            (None, None) => return Ok(()),
        };
        Err(unfit(self.weights.any_path(), problem))
    }
}

/// The shape of a parameter.
fn shape(architecture: &Architecture, key: Key) -> Vec<usize> {
    let Architecture {
        hidden,
        intermediate,
        rows,
        ..
    } = *architecture;
    let (out, width) = match key.slot {
        Slot::WordEmbeddings | Slot::Decoder | Slot::HeadBias => (rows, hidden),
        Slot::PositionEmbeddings => match architecture.positions {
            Positions::Learned { rows, .. } => (rows, hidden),
            Positions::Rotary { .. } => (0, hidden),
        },
        Slot::TokenTypeEmbeddings => (architecture.types, hidden),
        Slot::Qkv => (3 * hidden, hidden),
        Slot::Intermediate => match architecture.style {
            Style::PostNorm => (intermediate, hidden),
            Style::PreNorm => (2 * intermediate, hidden),
        },
        Slot::Output => (hidden, intermediate),
        Slot::Query | Slot::Key | Slot::Value | Slot::AttentionOutput | Slot::HeadDense => {
            (hidden, hidden)
        }
        Slot::EmbeddingNorm
        | Slot::AttentionNorm
        | Slot::OutputNorm
        | Slot::FinalNorm
        | Slot::HeadNorm => {
            return vec![hidden];
        }
    };
    match key.kind {
        Kind::Weight => vec![out, width],
        Kind::Bias => vec![out],
    }
}

fn check_shape(weights: &Weights, name: &str, expected: &[usize]) -> Result<(), ModelError> {
    let found = weights.shape(name);
    if found == expected {
        return Ok(());
    }
    let problem = format!(
        "holds {} with the shape {found:?}, but config.json says {expected:?}; they do not belong together",
        shown(name)
    );
    Err(unfit(weights.path(name), problem))
}
