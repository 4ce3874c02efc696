//! Masked language models on ONNX Runtime and their vocabularies: text to tokens, tokens to scores, tokens to text.
//!
//! Only `onnx.rs`, `session.rs`, `initializers.rs` and `kernels/` use ONNX Runtime, only `tokenizer/` and `vocabulary.rs` use the
//! library of tokenizers.

mod card;
mod checkpoint;
mod detokenise;
mod digest;
mod encode_options;
mod error;
mod folder;
mod graph;
mod initializers;
mod kernels;
mod masked_model;
mod onnx;
mod precision;
mod prompt;
mod prompt_encoding;
mod rendering;
mod scripted;
mod session;
mod spelling;
mod telemetry;
mod token_kind;
mod tokenizer;
mod vocabulary;
mod word_lists;
mod writing;

pub use card::Card;
pub use detokenise::{Span, SpanKind};
pub use encode_options::EncodeOptions;
pub use error::ModelError;
pub use masked_model::MaskedModel;
pub use onnx::{OnnxModel, Runtime};
pub use precision::Precision;
pub use prompt::{Prompt, PromptError};
pub use scripted::ScriptedModel;
pub use spelling::{Spelled, Speller};
pub use telemetry::TelemetryDisabled;
pub use vocabulary::Vocabulary;
