//! Masked models on ONNX Runtime.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::{TensorElementType, TensorRef, ValueType};

use super::card::Card;
use super::error::ModelError;
use super::masked_model::MaskedModel;
use super::precision::Precision;
use super::session::{Source, session};
use super::telemetry::TelemetryDisabled;
use generation::{Attention, Query, Scores, reduce_logits};

/// Inputs of an fp32 graph: a rectangular batch of sequences of equal length.
const EVEN: [&str; 3] = ["input_ids", "attention_mask", "positions"];
/// Inputs of an int8 graph: concatenated sequences of any length.
const PACKED: [&str; 3] = ["input_ids", "starts", "positions"];
const OUTPUT: &str = "logits";

/// The library; ONNX Runtime allows one environment per process.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// The ONNX Runtime library, loaded.
#[derive(Clone)]
pub struct Runtime(Environment);

impl Runtime {
    /// Loads the library at `path`. A library that was loaded before is returned instead.
    ///
    /// `_disabled` is required because loading the library starts its telemetry otherwise.
    ///
    /// # Errors
    /// When the file is missing, is not ONNX Runtime, or is older than 1.24.
    pub fn load(path: &Path, _disabled: TelemetryDisabled) -> Result<Self, ModelError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return Ok(runtime.clone());
        }
        let refused = |reason: String| ModelError::Library {
            path: path.to_owned(),
            reason,
        };
        if !path.is_file() {
            return Err(refused("there is no such file".to_owned()));
        }
        let builder = ort::init_from(path).map_err(|error| refused(error.to_string()))?;
        let environment = builder.with_telemetry(false).build();
        let runtime = Self(environment.map_err(|error| refused(error.message().to_owned()))?);
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }
}

/// The sessions of a model; each worker owns its own.
pub struct OnnxModel {
    masked: Graph,
    causal: Option<Graph>,
    max_tokens: usize,
}

impl OnnxModel {
    /// Loads the graph of a model and of its causal partner. A call uses the calling thread and `threads - 1` others. A graph that
    /// has to be written of weights is written once per card, and its weights are shared by all models that are loaded of it.
    ///
    /// # Errors
    /// When a graph is damaged, is not a graph, or was not made by `training/`, or the weights cannot be read.
    pub fn load(
        runtime: &Runtime,
        card: &Card,
        precision: Precision,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let open = |source: Source, attention: Attention| -> Result<Graph, ModelError> {
            let path = source.path();
            let unfit = |error: &ort::Error| ModelError::Unfit {
                path: path.to_owned(),
                problem: format!("cannot be loaded: {}", error.message()),
            };
            let session = session(&runtime.0, &source, threads).map_err(|error| unfit(&error))?;
            Ok(Graph {
                packed: check(&session, card, attention, path)?,
                session,
                vocabulary: card.vocabulary,
            })
        };
        let masked = match card.checkpoint() {
            Some(checkpoint) => Source::Memory {
                graph: checkpoint.graph(precision)?,
                folder: checkpoint.folder().path.clone(),
            },
            None => Source::File(card.graph(precision)?),
        };
        let causal = card.causal_graph(precision)?.map(Source::File);
        Ok(Self {
            masked: open(masked, Attention::Bidirectional)?,
            causal: causal
                .map(|source| open(source, Attention::Causal))
                .transpose()?,
            max_tokens: card.max_tokens,
        })
    }

    fn check_query(&self, query: &Query) -> Result<(), ModelError> {
        let length = query.tokens.len();
        if length > self.max_tokens
            || query.asked.is_empty()
            || query.asked.iter().any(|&place| place >= length)
        {
            let reason = format!(
                "a query of {length} tokens asks for {:?}; the model takes {}",
                query.asked, self.max_tokens
            );
            return Err(ModelError::Run(reason));
        }
        if query.attention == Attention::Causal && self.causal.is_none() {
            let reason =
                "it has no causal model; add one with training/export_student.py".to_owned();
            return Err(ModelError::Run(reason));
        }
        Ok(())
    }
}

impl MaskedModel for OnnxModel {
    /// Runs the queries of each attention direction on their own graph.
    fn score(&mut self, batch: &[Query]) -> Result<Vec<Scores>, ModelError> {
        batch.iter().try_for_each(|query| self.check_query(query))?;
        let mut answers: Vec<Option<Scores>> = vec![None; batch.len()];
        let graphs = [
            (Attention::Bidirectional, Some(&mut self.masked)),
            (Attention::Causal, self.causal.as_mut()),
        ];
        for (attention, graph) in graphs {
            let asked: Vec<usize> = (0..batch.len())
                .filter(|&i| batch[i].attention == attention)
                .collect();
            if let Some(graph) = graph.filter(|_| !asked.is_empty()) {
                graph.score(batch, asked, &mut answers)?;
            }
        }
        Ok(answers
            .into_iter()
            .map(|scores| scores.expect("every query belongs to one of the graphs"))
            .collect())
    }
}

/// A loaded graph.
struct Graph {
    session: Session,
    /// Whether its inputs are [`PACKED`].
    packed: bool,
    vocabulary: usize,
}

impl Graph {
    /// Answers the queries of `batch` with the indices `asked`.
    ///
    /// A graph that is not packed runs sequences of equal length together and others separately, so that the answer to a
    /// query does not depend on the other queries, bit for bit. On a packed graph it never does.
    fn score(
        &mut self,
        batch: &[Query],
        mut asked: Vec<usize>,
        answers: &mut [Option<Scores>],
    ) -> Result<(), ModelError> {
        let length = |i: usize| batch[i].tokens.len();
        let packed = self.packed;
        if !packed {
            asked.sort_by_key(|&i| length(i));
        }
        for group in asked.chunk_by(|&a, &b| packed || length(a) == length(b)) {
            let queries: Vec<&Query> = group.iter().map(|&i| &batch[i]).collect();
            for (&i, scores) in group.iter().zip(self.run(&queries)?) {
                answers[i] = Some(scores);
            }
        }
        Ok(())
    }

    /// Runs queries in one call; on a graph that is not packed, their sequences have equal length.
    fn run(&mut self, batch: &[&Query]) -> Result<Vec<Scores>, ModelError> {
        let feed = if self.packed {
            Feed::packed(batch)
        } else {
            Feed::even(batch)
        };
        let failed = |error: ort::Error| ModelError::Run(error.message().to_owned());
        let outputs = self
            .session
            .run(ort::inputs! {
                feed.names[0] => feed.ids.tensor().map_err(failed)?,
                feed.names[1] => feed.extent.tensor().map_err(failed)?,
                feed.names[2] => feed.positions.tensor().map_err(failed)?,
            })
            .map_err(failed)?;
        let (_, logits) = outputs[OUTPUT]
            .try_extract_tensor::<f32>()
            .map_err(failed)?;
        let asked = feed.positions.values.len();
        if logits.len() != asked * self.vocabulary {
            return Err(ModelError::Run(format!(
                "it answered {} numbers for {asked} positions",
                logits.len()
            )));
        }
        let mut rows = logits.chunks_exact(self.vocabulary);
        let scores = |query: &&Query| Scores {
            rows: rows
                .by_ref()
                .take(query.asked.len())
                .map(|row| reduce_logits(row, &query.want))
                .collect(),
        };
        Ok(batch.iter().map(scores).collect())
    }
}

/// The inputs of one call.
struct Feed {
    names: [&'static str; 3],
    ids: Integers,
    /// The extent of the sequences: an attention mask, or the starts.
    extent: Integers,
    positions: Integers,
}

/// An integer tensor.
struct Integers {
    shape: Vec<usize>,
    values: Vec<i64>,
}

impl Integers {
    fn flat(values: Vec<i64>) -> Self {
        let shape = vec![values.len()];
        Self { shape, values }
    }

    fn tensor(&self) -> ort::Result<TensorRef<'_, i64>> {
        TensorRef::from_array_view((self.shape.clone(), &*self.values))
    }
}

impl Feed {
    /// Concatenated sequences.
    fn packed(batch: &[&Query]) -> Self {
        let (mut ids, mut starts, mut positions) = (Vec::new(), vec![0], Vec::new());
        for query in batch {
            positions.extend(query.asked.iter().map(|&place| as_i64(ids.len() + place)));
            ids.extend(query.tokens.iter().map(|token| i64::from(token.0)));
            starts.push(as_i64(ids.len()));
        }
        Self {
            names: PACKED,
            ids: Integers::flat(ids),
            extent: Integers::flat(starts),
            positions: Integers::flat(positions),
        }
    }

    /// A rectangular batch; all sequences have the length of the first.
    fn even(batch: &[&Query]) -> Self {
        let packed = Self::packed(batch);
        let length = batch.first().map_or(0, |query| query.tokens.len());
        let shape = vec![batch.len(), length];
        Self {
            names: EVEN,
            extent: Integers {
                shape: shape.clone(),
                values: vec![1; batch.len() * length],
            },
            ids: Integers {
                shape,
                values: packed.ids.values,
            },
            positions: packed.positions,
        }
    }
}

fn as_i64(index: usize) -> i64 {
    i64::try_from(index).expect("a batch has far fewer positions")
}

/// Checks that the graph has the expected inputs and output, and fits the card. Returns whether it is packed.
fn check(
    session: &Session,
    card: &Card,
    attention: Attention,
    path: &Path,
) -> Result<bool, ModelError> {
    let unfit = |problem: String| ModelError::Unfit {
        path: PathBuf::from(path),
        problem,
    };
    let names: Vec<&str> = session
        .inputs()
        .iter()
        .map(ort::value::Outlet::name)
        .collect();
    if names != EVEN && names != PACKED {
        return Err(unfit(format!(
            "has the inputs {}, not {} or {}; export it with training/export.py",
            names.join(", "),
            EVEN.join(", "),
            PACKED.join(", ")
        )));
    }
    let Some(output) = session
        .outputs()
        .iter()
        .find(|output| output.name() == OUTPUT)
    else {
        return Err(unfit(format!(
            "has no output {OUTPUT}; export it with training/export.py"
        )));
    };
    let width = match output.dtype() {
        ValueType::Tensor {
            ty: TensorElementType::Float32,
            shape,
            ..
        } => shape.last().copied().unwrap_or(-1),
        _ => -1,
    };
    if width != as_i64(card.vocabulary) {
        return Err(unfit(format!(
            "answers with {width} logits a position, but its card and tokenizer have {} pieces",
            card.vocabulary
        )));
    }
    let metadata = session
        .metadata()
        .map_err(|error| unfit(format!("cannot be inspected: {}", error.message())))?;
    let max_tokens = metadata
        .custom("max_tokens")
        .and_then(|text| text.parse::<usize>().ok());
    if max_tokens != Some(card.max_tokens) {
        let said = max_tokens.map_or("nothing".to_owned(), |n| n.to_string());
        return Err(unfit(format!(
            "says {said} of its longest sequence, its card {}; export it again",
            card.max_tokens
        )));
    }
    let from_left = metadata.custom("sight").as_deref() == Some("left");
    if from_left != (attention == Attention::Causal) {
        return Err(unfit(
            "is a causal graph where the masked one should be, or the other way round; export both again".to_owned(),
        ));
    }
    Ok(names == PACKED)
}
