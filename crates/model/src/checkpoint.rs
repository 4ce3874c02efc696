//! A Hugging Face folder as a model: its graphs are written when they are first asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::digest::sha256_of;
use super::error::ModelError;
use super::folder::Folder;
use super::graph;
use super::initializers::InMemoryGraph;
use super::precision::Precision;

/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 12;

/// A folder and the graphs that were written of it.
#[derive(Debug)]
pub(super) struct Checkpoint {
    folder: Folder,
    graphs: Mutex<BTreeMap<Precision, Arc<InMemoryGraph>>>,
    sha256: OnceLock<String>,
}

impl Checkpoint {
    /// Reads a folder, without the numbers of its weights.
    ///
    /// # Errors
    /// When it is no folder of a model that can be loaded.
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        Ok(Self {
            folder: Folder::open(path)?,
            graphs: Mutex::default(),
            sha256: OnceLock::new(),
        })
    }

    /// What the folder says.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The graph of a precision, with its weights in memory; the same one for every worker. ONNX Runtime must have been loaded.
    ///
    /// # Errors
    /// When the weights cannot be read.
    pub(super) fn graph(&self, precision: Precision) -> Result<Arc<InMemoryGraph>, ModelError> {
        let mut graphs = self.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(graph) = graphs.get(&precision) {
            return Ok(Arc::clone(graph));
        }
        let graph = graph::write(&self.folder, precision)?;
        let graph = InMemoryGraph::new(graph).map_err(|error| ModelError::Unfit {
            path: self.folder.path.clone(),
            problem: format!("cannot be loaded: {}", error.message()),
        })?;
        let graph = Arc::new(graph);
        graphs.insert(precision, Arc::clone(&graph));
        Ok(graph)
    }

    /// Identifies the folder and the precision: the first 12 hexadecimal digits of the SHA-256 of weights, configuration and
    /// tokenizer, and the precision. `None` if they cannot be read any more.
    pub(super) fn fingerprint(&self, precision: Precision) -> Option<String> {
        let sum = if let Some(sum) = self.sha256.get() {
            sum
        } else {
            let weights = self.folder.parameters.sha256().ok()?;
            let configuration = std::fs::read_to_string(self.folder.path.join("config.json"));
            let tokenizer = self.folder.tokenizer.json().ok()?;
            let all = [weights, configuration.ok()?, tokenizer].join("\n");
            let sum = sha256_of(all.as_bytes());
            self.sha256.get_or_init(|| sum)
        };
        let digits: String = sum.chars().take(DIGITS).collect();
        Some(format!("{digits}-{precision}"))
    }
}
