//! Masked language models and the vocabulary they speak: from text to tokens, from tokens to scores, and back.
//!
//! Only `onnx.rs` and `kernels/` know ONNX Runtime, only `vocabulary.rs` knows the tokenizer.

mod card;
mod detokenise;
mod kernels;
mod onnx;
mod prompt;
mod scripted;
mod spelling;
mod telemetry;
mod vocabulary;

use std::path::PathBuf;

use generation::{Query, Scores};

pub use card::{Card, Precision};
pub use detokenise::{Span, SpanKind};
pub use onnx::{OnnxModel, Runtime};
pub use prompt::{Prompt, PromptError};
pub use scripted::Scripted;
pub use spelling::{Spelled, Speller};
pub use telemetry::TelemetryDisabled;
pub use vocabulary::{EncodeOptions, Vocabulary};

/// Something that can say what might stand at a mask.
///
/// `&mut self`, because one worker owns it.
pub trait MaskedModel: Send {
    /// One answer per question, in the same order. What a question is answered does not depend on the other questions.
    ///
    /// # Errors
    /// When the model could not be run; the questions may be asked again.
    fn score(&mut self, batch: &[Query]) -> Result<Vec<Scores>, ModelError>;
}

/// Why there is no model, or why it did not answer. Displays as one sentence that says what to do.
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
        "ONNX Runtime would send usage data to Microsoft; start this process with {variable}={value}",
        variable = TelemetryDisabled::VARIABLE,
        value = TelemetryDisabled::VALUE
    )]
    Telemetry,
    /// A run failed.
    #[error("the model could not be run: {0}")]
    Run(String),
}
