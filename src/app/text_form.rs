//! The written form of sampled texts.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The written form of a sampled text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TextForm {
    /// Lower-case words and punctuation marks separated by spaces, as the measures expect.
    Words,
    /// Ordinary text.
    Text,
}
