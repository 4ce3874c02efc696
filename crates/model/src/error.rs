//! The error of this crate.

use std::path::PathBuf;

/// Why a model cannot be loaded or run. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is missing or cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file is not what it should be.
    #[error("{path} {problem}")]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The ONNX Runtime library is missing, too old or broken.
    #[error(
        "cannot use the ONNX Runtime library {path}: {reason}; run scripts/fetch-onnxruntime.sh, or name a library with ORT_DYLIB_PATH"
    )]
    Library {
        /// The file that was tried.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// ONNX Runtime's telemetry is not disabled in the environment of this process.
    #[error(
        "ONNX Runtime would send usage data to Microsoft; start this process with ORT_DISABLE_TELEMETRY=1"
    )]
    Telemetry,
    /// A run failed.
    #[error("the model could not be run: {0}")]
    Run(String),
}
