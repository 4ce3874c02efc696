//! The response to one interaction: deferred, given, refused, or edited later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serenity::builder::CreateModal;

use super::super::bot::Bot;
use super::super::http::{
    Deadline, DiscordApi, InteractionToken, RequestError, Suggestion, Visibility,
};
use super::super::view::message::Message;
use super::deferred::PendingResponseGuard;
use crate::service::Services;

/// How long the first response is retried. Discord expects it within three seconds.
const FIRST_RESPONSE: Duration = Duration::from_millis(2_500);
/// How long a generation may use an interaction. Its token is valid for 15 minutes; the rest is for the final response.
const LIFETIME: Duration = Duration::from_mins(14);
/// How long the final response is retried after [`LIFETIME`].
const FINAL_RESPONSE: Duration = Duration::from_secs(50);

/// What was sent so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing.
    Pending,
    /// A deferral; people see "thinking…".
    Deferred(Visibility),
    /// A response, or an acknowledgement of a component.
    Responded,
}

/// The response to one interaction.
pub(in crate::discord) struct Reply {
    api: Arc<DiscordApi>,
    services: Arc<Services>,
    token: InteractionToken,
    began: Instant,
    stage: Stage,
    /// The entry in the database, while the user waits for more than was sent.
    pending: Option<PendingResponseGuard>,
}

/// Methods fail if the request fails; see [`RequestError`].
impl Reply {
    /// The reply to an interaction that arrived now.
    pub(in crate::discord) fn new(bot: &Bot, token: InteractionToken) -> Self {
        Self {
            api: Arc::clone(&bot.api),
            services: Arc::clone(&bot.services),
            token,
            began: Instant::now(),
            stage: Stage::Pending,
            pending: None,
        }
    }

    /// When generating for this interaction has to end, so that there is time for the final response.
    pub(in crate::discord) fn expires_at(&self) -> Instant {
        self.began + LIFETIME
    }

    fn first_deadline(&self) -> Deadline {
        Deadline::At(self.began + FIRST_RESPONSE)
    }

    fn final_deadline(&self) -> Deadline {
        Deadline::At(self.expires_at() + FINAL_RESPONSE)
    }

    /// Defers a response that everybody will see; they see "thinking…".
    pub(in crate::discord) async fn defer(&mut self) -> Result<(), RequestError> {
        self.defer_as(Visibility::Public).await
    }

    /// Defers a response that only the user will see.
    pub(in crate::discord) async fn defer_ephemeral(&mut self) -> Result<(), RequestError> {
        self.defer_as(Visibility::Ephemeral).await
    }

    async fn defer_as(&mut self, visibility: Visibility) -> Result<(), RequestError> {
        // Stored before it is sent, so that a crash leaves no deferred response that the next process does not know.
        self.store().wait_until_stored().await;
        let sending = self
            .api
            .defer(&self.token, visibility, self.first_deadline());
        match sending.await {
            // People may see "thinking…" now. If they do not, the next request is rejected as well.
            Err(error) if error.is_ambiguous() => {
                tracing::warn!(%error, "a deferral may have arrived or not");
            }
            sent => sent?,
        }
        self.stage = Stage::Deferred(visibility);
        Ok(())
    }

    fn store(&mut self) -> &mut PendingResponseGuard {
        let begin = || PendingResponseGuard::begin(&self.services, &self.token);
        self.pending.get_or_insert_with(begin)
    }

    /// Marks the interaction as finished, so that the next process does not recover it.
    pub(in crate::discord) async fn close(&mut self) {
        if let Some(pending) = self.pending.take() {
            pending.resolve().await;
        }
    }

    /// Responds, or edits the response if there is one.
    pub(in crate::discord) async fn answer(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        let (message, more) = message.clone().parted();
        match self.stage {
            Stage::Pending => {
                let deadline = self.first_deadline();
                self.api.respond(&self.token, &message, deadline).await?;
            }
            Stage::Deferred(_) | Stage::Responded => {
                let deadline = self.final_deadline();
                self.api.edit(&self.token, &message, deadline).await?;
            }
        }
        self.stage = Stage::Responded;
        for message in &more {
            self.follow_up(message).await?;
        }
        Ok(())
    }

    /// Edits the response with an intermediate state. A single attempt, which is dropped if the rate limit has no room.
    pub(in crate::discord) async fn stream_edit(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        self.api.streaming_edit(&self.token, message).await?;
        self.stage = Stage::Responded;
        self.store();
        Ok(())
    }

    /// Replaces the message that has the component.
    pub(in crate::discord) async fn update(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        if self.stage != Stage::Pending {
            return self.answer(message).await;
        }
        let deadline = self.first_deadline();
        self.api.update(&self.token, message, deadline).await?;
        self.stage = Stage::Responded;
        Ok(())
    }

    /// Opens a modal. Only possible as the first response.
    pub(in crate::discord) async fn open_modal(
        &mut self,
        modal: &CreateModal,
    ) -> Result<(), RequestError> {
        let deadline = self.first_deadline();
        self.api.open_modal(&self.token, modal, deadline).await?;
        self.stage = Stage::Responded;
        Ok(())
    }

    /// Offers values for the option that the user is typing.
    pub(in crate::discord) async fn suggest(
        &mut self,
        suggestions: &[Suggestion],
    ) -> Result<(), RequestError> {
        let deadline = self.first_deadline();
        self.api.suggest(&self.token, suggestions, deadline).await
    }

    /// Sends a follow-up message.
    pub(in crate::discord) async fn follow_up(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        let deadline = self.final_deadline();
        self.api.follow_up(&self.token, message, deadline).await
    }

    /// Deletes the response; after [`Reply::acknowledge`], the message that has the component.
    pub(in crate::discord) async fn delete(&mut self) -> Result<(), RequestError> {
        self.api.delete(&self.token, self.final_deadline()).await
    }

    /// Acknowledges a component without showing anything. [`Reply::answer`] then edits the message that has the component.
    pub(in crate::discord) async fn acknowledge(&mut self) -> Result<(), RequestError> {
        let deadline = self.first_deadline();
        self.api.acknowledge(&self.token, deadline).await?;
        self.stage = Stage::Responded;
        Ok(())
    }

    /// Tells the user, and nobody else, why there is no response.
    ///
    /// A public deferral is deleted first: Discord would show the next message in its place, to everybody.
    pub(in crate::discord) async fn refuse(&mut self, sentence: &str) -> Result<(), RequestError> {
        let message = Message::text(sentence).private();
        match self.stage {
            Stage::Pending | Stage::Deferred(Visibility::Ephemeral) => self.answer(&message).await,
            Stage::Deferred(Visibility::Public) => {
                match self.delete().await {
                    Err(error) if !error.is_gone() => return Err(error),
                    _ => {}
                }
                self.follow_up(&message).await
            }
            Stage::Responded => self.follow_up(&message).await,
        }
    }
}
