//! A model that answers by rule, for tests and for trying out a strategy without weights.

use super::{MaskedModel, ModelError};
use generation::{Query, Scores};

/// A model given as a function from a question to its answer.
pub struct Scripted<F>(F);

impl<F: FnMut(&Query) -> Result<Scores, ModelError> + Send> Scripted<F> {
    /// Answers every question by `rule`.
    pub fn new(rule: F) -> Self {
        Self(rule)
    }
}

impl<F: FnMut(&Query) -> Result<Scores, ModelError> + Send> MaskedModel for Scripted<F> {
    fn score(&mut self, batch: &[Query]) -> Result<Vec<Scores>, ModelError> {
        batch.iter().map(&mut self.0).collect()
    }
}
