//! How a sampled text is written down.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How a sampled text is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TextForm {
    /// Words and marks, separated by spaces, in lower case.
    Words,
    /// As people write.
    Text,
}
