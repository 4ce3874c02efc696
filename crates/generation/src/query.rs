//! A question to the model and its answer.

use super::TokenId;

/// A token sequence and the positions whose distributions are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which way the model looks.
    pub attention: Attention,
    /// The whole sequence, special tokens included: `[CLS] … [SEP]`, or `[CLS] …` for [`Attention::Causal`].
    pub tokens: Vec<TokenId>,
    /// Indices into `tokens`; at least one.
    pub asked: Vec<usize>,
    /// How much of each distribution is wanted.
    pub want: Want,
}

/// Which way a model looks from an asked position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    /// Both ways: what stands at the position? The masked model answers.
    Bidirectional,
    /// To the left: what follows the position? The student answers, if the model has one.
    Causal,
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
pub struct LogitRow {
    /// The wanted tokens.
    pub guesses: Vec<Guess>,
    /// log Σ exp(logit) over the whole vocabulary.
    pub log_normaliser: f32,
}

impl LogitRow {
    /// The probability of a guess of this row, 0 to 1.
    pub fn probability(&self, guess: Guess) -> f32 {
        self.log_probability(guess).exp()
    }

    /// The natural logarithm of that probability.
    pub fn log_probability(&self, guess: Guess) -> f32 {
        guess.logit - self.log_normaliser
    }

    /// The guess of `token`, if it is among those of this row.
    pub fn guess(&self, token: TokenId) -> Option<Guess> {
        self.guesses
            .iter()
            .copied()
            .find(|guess| guess.token == token)
    }

    /// How far the best guess is ahead of the second: the difference of their probabilities, 0 to 1. The order of the
    /// guesses does not matter.
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

    /// The entropy of the guesses in nats; what the row does not hold counts as nothing.
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
