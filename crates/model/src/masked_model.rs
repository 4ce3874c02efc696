//! The interface of a masked language model.

use super::error::ModelError;
use generation::{Query, Scores};

/// A masked language model: scores candidates for masked positions.
///
/// `&mut self`, because each worker owns its model.
pub trait MaskedModel: Send {
    /// Answers each query, in the same order. The answer to a query does not depend on the other queries of the batch.
    ///
    /// # Errors
    /// When the model could not be run; the queries may be retried.
    fn score(&mut self, batch: &[Query]) -> Result<Vec<Scores>, ModelError>;
}
