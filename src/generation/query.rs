//! A question to the model and its answer.

use super::TokenId;

/// A token sequence and the positions whose distributions are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The whole sequence, special tokens included: `[CLS] … [SEP]`.
    pub tokens: Vec<TokenId>,
    /// Indices into `tokens`; at least one.
    pub asked: Vec<usize>,
    /// How much of each distribution is wanted.
    pub want: Want,
}

/// How much of a distribution over the vocabulary is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The most probable tokens, at least this many, best first.
    Top(usize),
    /// Every token, in token order.
    All,
    /// These tokens, in this order.
    Named(Vec<TokenId>),
}

/// One token with the logit the model gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// The token.
    pub token: TokenId,
    /// Its logit: any finite number, comparable within one row.
    pub logit: f32,
}

/// The distribution at one asked position, as far as it was wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The wanted tokens.
    pub guesses: Vec<Guess>,
    /// log Σ exp(logit) over the whole vocabulary.
    pub log_normaliser: f32,
}

impl Row {
    /// The probability of a guess of this row, 0 to 1.
    pub fn probability(&self, guess: Guess) -> f32 {
        self.log_probability(guess).exp()
    }

    /// The natural logarithm of that probability.
    pub fn log_probability(&self, guess: Guess) -> f32 {
        guess.logit - self.log_normaliser
    }
}

/// The answer to a [`Query`]: one row per asked position, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The rows.
    pub rows: Vec<Row>,
}
