//! The numeric precision of a graph.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The numeric precision of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 8-bit weights and activations: small and fast.
    Int8,
    /// 32-bit floats: exact.
    Fp32,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int8 => "int8",
            Self::Fp32 => "fp32",
        })
    }
}
