//! Deferred responses that survive a crash: each is in the database until it is given.
//!
//! People see "thinking…" for a deferred response. A process that is killed leaves its deferred responses in the database, and the
//! next process ends them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::super::http::InteractionToken;
use crate::domain::{ApplicationId, ChannelId, InteractionId};
use crate::service::{PendingResponse, Services};

/// How long deferring a response waits for the database. Discord expects the deferral within three seconds.
const MAX_WRITE_WAIT: Duration = Duration::from_millis(500);

/// A pending response that is in the database, or on its way there.
pub(super) struct PendingResponseGuard {
    services: Arc<Services>,
    interaction: InteractionId,
    writing: JoinHandle<()>,
    written: bool,
}

impl PendingResponseGuard {
    /// Begins to store the pending response of `token` in a task.
    pub(super) fn begin(services: &Arc<Services>, token: &InteractionToken) -> Self {
        let pending = PendingResponse {
            interaction: InteractionId(token.interaction.get()),
            application: ApplicationId(token.application.get()),
            channel: token.channel.map(|channel| ChannelId(channel.get())),
            token: token.token.expose().to_owned(),
        };
        let interaction = pending.interaction;
        let store = Arc::clone(services);
        let writing = tokio::spawn(async move {
            if let Err(error) = store.writing.add_pending_response(&pending).await {
                tracing::error!(%error, "a pending response could not be stored; a crash would leave it unanswered");
            }
        });
        Self {
            services: Arc::clone(services),
            interaction,
            writing,
            written: false,
        }
    }

    /// Waits until the pending response is stored, at most [`MAX_WRITE_WAIT`].
    pub(super) async fn wait_until_stored(&mut self) {
        let waited = tokio::time::timeout(MAX_WRITE_WAIT, &mut self.writing).await;
        self.written = waited.is_ok();
        if !self.written {
            tracing::warn!("the database is slow; a response is deferred before it is stored");
        }
    }

    /// Removes the pending response from the database: it was given.
    pub(super) async fn resolve(self) {
        if !self.written {
            // If the task panicked, there is nothing to remove.
            let _ = self.writing.await;
        }
        resolve(&self.services, self.interaction).await;
    }
}

/// Removes a pending response from the database.
pub(in crate::discord) async fn resolve(services: &Services, interaction: InteractionId) {
    if let Err(error) = services.writing.resolve_pending_response(interaction).await {
        tracing::error!(%error, "a given response is still stored as pending");
    }
}
