//! The parameters of a generation.

use super::{Bans, OptionValues, Sampling, Seed, TokenId};

/// Everything that a strategy needs besides the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// The seed of the random numbers.
    pub seed: Seed,
    /// The values of all options that the strategy declares.
    pub options: OptionValues,
    /// Words that must appear, each as its tokens, for strategies that support them.
    pub keywords: Vec<Vec<TokenId>>,
    /// Words that must not be written.
    pub bans: Bans,
}
