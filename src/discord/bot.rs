//! What every interaction handler needs: the services, the API and the state of the shutdown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::http::DiscordApi;
use crate::service::Services;

/// How long tasks may take to send their last edit once they are cancelled.
const FINAL_EDITS: Duration = Duration::from_secs(3);

/// The running bot, shared by all interaction handlers.
pub(super) struct Bot {
    /// The services that do the work.
    pub(super) services: Arc<Services>,
    /// When the bot started.
    pub(super) since: Instant,
    /// Discord's REST API.
    pub(super) api: Arc<DiscordApi>,
    /// Minimum time between two edits of one message.
    pub(super) edit_interval: Duration,
    /// The tasks that handle interactions.
    pub(super) tasks: TaskTracker,
    /// Cancelled when new interactions are refused.
    pub(super) stopping: CancellationToken,
    /// Cancelled when running generations must end.
    pub(super) ending: CancellationToken,
}

impl Bot {
    /// A bot that starts now.
    pub(super) fn new(
        services: Arc<Services>,
        api: Arc<DiscordApi>,
        edit_interval: Duration,
    ) -> Self {
        Self {
            services,
            since: Instant::now(),
            api,
            edit_interval,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            ending: CancellationToken::new(),
        }
    }

    /// Refuses new interactions, waits up to `grace` for running ones, then cancels them and waits for their last edits.
    pub(super) async fn shut_down(&self, grace: Duration) {
        self.stopping.cancel();
        self.services.writing.refuse_new();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_ok() {
            return;
        }
        let replies = self.tasks.len();
        tracing::info!(replies, "the grace period is over; ending running tasks");
        self.ending.cancel();
        let last_edits = tokio::time::timeout(FINAL_EDITS, self.tasks.wait());
        if last_edits.await.is_err() {
            let replies = self.tasks.len();
            tracing::warn!(replies, "some replies did not get their last edit");
        }
    }
}
