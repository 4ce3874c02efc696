//! The token that lets the bot respond to an interaction.

use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, ChannelId, InteractionId};

use super::super::secret::Secret;
use super::rate_limit::BucketKey;

/// An interaction's token, with the ids that requests need beside it.
#[derive(Debug, Clone)]
pub(in crate::discord) struct InteractionToken {
    /// The bot's application.
    pub(in crate::discord) application: ApplicationId,
    /// The interaction.
    pub(in crate::discord) interaction: InteractionId,
    /// Authorises responses for 15 minutes, whoever sends them.
    pub(in crate::discord) token: Secret,
    /// The channel of the interaction, if Discord named one.
    pub(in crate::discord) channel: Option<ChannelId>,
}

impl InteractionToken {
    /// The token of an interaction in `channel`.
    pub(in crate::discord) fn new(
        application: ApplicationId,
        interaction: InteractionId,
        token: &str,
        channel: ChannelId,
    ) -> Self {
        Self {
            application,
            interaction,
            token: Secret::new(token),
            channel: Some(channel),
        }
    }

    /// A request that gives the first response. The body is still missing.
    pub(super) fn callback(&self) -> Request<'_> {
        let route = Route::InteractionResponse {
            interaction_id: self.interaction,
            token: self.token.expose(),
        };
        Request::new(route, LightMethod::Post)
    }

    /// A request about the original response. The body is still missing.
    pub(super) fn original(&self, method: LightMethod) -> Request<'_> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: self.application,
            token: self.token.expose(),
        };
        Request::new(route, method)
    }

    /// A request that sends a follow-up message. The body is still missing.
    pub(super) fn follow_up(&self) -> Request<'_> {
        let route = Route::WebhookFollowupMessages {
            application_id: self.application,
            token: self.token.expose(),
        };
        Request::new(route, LightMethod::Post)
    }

    /// The rate limit buckets of requests about the interaction.
    pub(super) fn bucket_key(&self) -> BucketKey {
        // Without a channel, the interaction gets a channel bucket of its own.
        let own = || ChannelId::new(self.interaction.get());
        BucketKey {
            interaction: self.interaction,
            channel: self.channel.unwrap_or_else(own),
        }
    }
}
