//! Queries to the model and their answers.

use super::TokenId;

/// A token sequence and the positions whose distributions are requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The positions that the model attends to.
    pub attention: Attention,
    /// The whole sequence, special tokens included: `[CLS] … [SEP]`, or `[CLS] …` for [`Attention::Causal`].
    pub tokens: Vec<TokenId>,
    /// Indices into `tokens`; at least one.
    pub asked: Vec<usize>,
    /// The part of each distribution to return.
    pub want: Want,
}

/// The positions that a model attends to from an asked position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    /// Both sides: the distribution of the token at the position. The masked model answers.
    Bidirectional,
    /// The left side and the position itself: the distribution of the token that follows. The causal model answers, if
    /// there is one.
    Causal,
}

/// The part of a distribution over the vocabulary to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The most probable tokens, at least this many, best first.
    Top(usize),
    /// Every token, in token order.
    All,
    /// These tokens, in this order.
    Named(Vec<TokenId>),
}

/// A token and its logit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// The token.
    pub token: TokenId,
    /// The logit: any finite number, comparable within one row.
    pub logit: f32,
}

/// The distribution at one asked position, as far as it was requested.
#[derive(Debug, Clone, PartialEq)]
pub struct LogitRow {
    /// The requested tokens.
    pub guesses: Vec<Guess>,
    /// log Σ exp(logit) over the whole vocabulary.
    pub log_normaliser: f32,
}

impl LogitRow {
    /// The probability of a guess of this row, 0 to 1.
    pub fn probability(&self, guess: Guess) -> f32 {
        self.log_probability(guess).exp()
    }

    /// The natural logarithm of the probability of a guess of this row.
    pub fn log_probability(&self, guess: Guess) -> f32 {
        guess.logit - self.log_normaliser
    }

    /// The natural logarithm of the probability of `token`; -∞ if this row does not hold it.
    pub(super) fn log_probability_of(&self, token: TokenId) -> f64 {
        let guess = self.guess(token);
        guess.map_or(f64::NEG_INFINITY, |guess| {
            f64::from(self.log_probability(guess))
        })
    }

    /// The guess of `token`, if this row holds one.
    pub fn guess(&self, token: TokenId) -> Option<Guess> {
        self.guesses
            .iter()
            .copied()
            .find(|guess| guess.token == token)
    }

    /// The difference of the two highest probabilities, 0 to 1. The order of the guesses does not matter.
    pub fn margin(&self) -> f32 {
        let mut best = [0.0f32; 2];
        for guess in &self.guesses {
            let probability = self.probability(*guess);
            if probability > best[0] {
                best = [probability, best[0]];
            } else if probability > best[1] {
                best[1] = probability;
            }
        }
        best[0] - best[1]
    }

    /// The entropy in nats; tokens outside the row count as 0.
    pub fn entropy(&self) -> f32 {
        let term = |guess: &Guess| {
            let log = self.log_probability(*guess);
            -log * log.exp()
        };
        self.guesses.iter().map(term).sum()
    }
}

/// The answer to a [`Query`]: one row per asked position, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The rows.
    pub rows: Vec<LogitRow>,
}
