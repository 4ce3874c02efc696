//! Sums over generated texts.

use generation::StrategyName;

/// Sums over the texts that one strategy generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyTotals {
    /// Name of the strategy.
    pub strategy: StrategyName,
    /// Number of texts.
    pub texts: u64,
    /// Number of generated tokens.
    pub tokens: u64,
    /// Number of sequences that the model scored.
    pub passes: u64,
    /// Total time from requests to last tokens.
    pub milliseconds: u64,
}
