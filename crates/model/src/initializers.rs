//! A written graph whose weights lie in memory that sessions share.

use std::sync::Arc;

use ort::session::Session;
use ort::session::builder::{PrepackedWeights, SessionBuilder};
use ort::value::{DynValue, Tensor};

use super::graph::{Graph, Values, Weight};

/// A graph and its weights, made once and used by the sessions of all workers.
#[derive(Debug)]
pub(super) struct InMemoryGraph {
    model: Vec<u8>,
    weights: Vec<(String, Arc<DynValue>)>,
    /// The weights in the order in which the matrix products read them.
    packed: PrepackedWeights,
}

impl InMemoryGraph {
    /// Hands the weights of a graph to ONNX Runtime, without copying them. The library must have been loaded.
    ///
    /// # Errors
    /// When ONNX Runtime refuses a shape.
    pub(super) fn new(graph: Graph) -> ort::Result<Self> {
        let weights = graph.weights.into_iter().map(tensor);
        Ok(Self {
            model: graph.model,
            weights: weights.collect::<Result<_, _>>()?,
            packed: PrepackedWeights::new(),
        })
    }

    /// Creates a session. It shares the weights, also those in packed order, with the other sessions of this graph.
    ///
    /// # Errors
    /// When ONNX Runtime refuses the graph.
    pub(super) fn commit(&self, mut builder: SessionBuilder) -> ort::Result<Session> {
        builder = builder.with_prepacked_weights(&self.packed)?;
        for (name, value) in &self.weights {
            // The first makes the graph valid, the second is what keeps the session from copying the weight.
            builder = builder
                .with_external_initializer(name, Arc::clone(value))?
                .with_initializer(name, Arc::clone(value))?;
        }
        builder.commit_from_memory(&self.model)
    }
}

fn tensor(weight: Weight) -> ort::Result<(String, Arc<DynValue>)> {
    let value = match weight.values {
        Values::Floats(values) => Tensor::from_array((weight.shape, values))?.into_dyn(),
        Values::Bytes(values) => Tensor::from_array((weight.shape, values))?.into_dyn(),
    };
    Ok((weight.name, Arc::new(value)))
}
