//! Sessions of ONNX Runtime with the operators of `kernels/`, from a file or of weights in memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;

use super::initializers::InMemoryGraph;
use super::kernels::operators;

/// Where a graph comes from.
pub(super) enum Source {
    /// An exported file.
    File(PathBuf),
    /// Written of the weights of a folder.
    Memory {
        /// The graph.
        graph: Arc<InMemoryGraph>,
        /// The folder, for messages.
        folder: PathBuf,
    },
}

impl Source {
    /// The file or folder.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Memory { folder, .. } => folder,
        }
    }
}

/// Serialises session creation: ONNX Runtime's check-then-register of the custom-op domain is not atomic, so that one of
/// two sessions created at the same time would fail, for example while two workers are replaced.
static CREATING: Mutex<()> = Mutex::new(());

/// Creates a session with the custom operators. A call uses the calling thread and `threads - 1` others.
///
/// # Errors
/// When ONNX Runtime refuses the graph.
pub(super) fn session(
    environment: &Environment,
    source: &Source,
    threads: usize,
) -> ort::Result<Session> {
    let _guard = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut builder = Session::builder(environment)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?;
    if sums_overflow() {
        // Half the speed, but without saturation, so that a text is the same on every processor.
        builder = builder.with_precise_qmm()?;
    }
    let mut builder = builder.with_operators(operators()?)?;
    match source {
        Source::File(path) => builder.commit_from_file(path),
        Source::Memory { graph, .. } => graph.commit(builder),
    }
}

/// Whether the default integer matrix product saturates its 16-bit sums, as on x86 processors without VNNI.
#[cfg(target_arch = "x86_64")]
fn sums_overflow() -> bool {
    !is_x86_feature_detected!("avx512vnni") && !is_x86_feature_detected!("avxvnni")
}

/// Only x86 processors have such a product.
#[cfg(not(target_arch = "x86_64"))]
fn sums_overflow() -> bool {
    false
}
