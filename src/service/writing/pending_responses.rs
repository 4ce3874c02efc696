//! Pending responses: deferred responses that a restarted process can still complete.

use super::service::Writing;
use crate::domain::{InteractionId, PendingResponse, RecoverableResponse};
use crate::store::StoreError;

impl Writing {
    /// Stores a response that was deferred.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_pending_response(&self, response: &PendingResponse) -> Result<(), StoreError> {
        self.store.add_pending_response(response).await
    }

    /// Removes the response to `interaction`, which is complete or has expired.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resolve_pending_response(
        &self,
        interaction: InteractionId,
    ) -> Result<(), StoreError> {
        self.store.resolve_pending_response(interaction).await
    }

    /// The deferred responses of an earlier process that can still be completed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recoverable_responses(&self) -> Result<Vec<RecoverableResponse>, StoreError> {
        self.store.recoverable_responses().await
    }
}
