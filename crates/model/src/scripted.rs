//! A model that answers by a function, for tests and for trying out a strategy without weights.

use super::error::ModelError;
use super::masked_model::MaskedModel;
use generation::{Query, Scores};

/// A model that answers every query by a function.
///
/// ```
/// use generation::{Attention, Guess, LogitRow, Query, Scores, TokenId, Want};
/// use model::{MaskedModel, ScriptedModel};
///
/// let mut model = ScriptedModel::new(|query: &Query| {
///     let guesses = vec![Guess { token: TokenId(7), logit: 0.0 }];
///     let row = LogitRow { guesses, log_normaliser: 0.0 };
///     Ok(Scores { rows: vec![row; query.asked.len()] })
/// });
/// let query = Query {
///     attention: Attention::Bidirectional,
///     tokens: vec![TokenId(1), TokenId(4), TokenId(2)],
///     asked: vec![1],
///     want: Want::Top(1),
/// };
/// let answers = model.score(&[query])?;
/// assert_eq!(answers[0].rows[0].guesses[0].token, TokenId(7));
/// # Ok::<(), model::ModelError>(())
/// ```
pub struct ScriptedModel<F>(F);

impl<F: FnMut(&Query) -> Result<Scores, ModelError> + Send> ScriptedModel<F> {
    /// A model that answers every query by `rule`.
    pub fn new(rule: F) -> Self {
        Self(rule)
    }
}

impl<F: FnMut(&Query) -> Result<Scores, ModelError> + Send> MaskedModel for ScriptedModel<F> {
    fn score(&mut self, batch: &[Query]) -> Result<Vec<Scores>, ModelError> {
        batch.iter().map(&mut self.0).collect()
    }
}
