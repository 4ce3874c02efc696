//! What it takes to answer an interaction.

use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, ChannelId, InteractionId};

use super::super::Secret;
use super::rate_limit::BucketKey;

/// An interaction as far as answering goes.
#[derive(Debug, Clone)]
pub(in crate::discord) struct InteractionToken {
    pub(in crate::discord) application: ApplicationId,
    pub(in crate::discord) interaction: InteractionId,
    /// Lets anybody answer for a quarter of an hour.
    pub(in crate::discord) token: Secret,
    pub(in crate::discord) channel: Option<ChannelId>,
}

impl InteractionToken {
    /// The ticket of an interaction that came in a channel.
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

    pub(in crate::discord) fn callback(&self) -> Request<'_> {
        let route = Route::InteractionResponse {
            interaction_id: self.interaction,
            token: self.token.expose(),
        };
        Request::new(route, LightMethod::Post)
    }

    /// Where requests about it are counted.
    pub(in crate::discord) fn bucket_key(&self) -> BucketKey {
        let interaction = self.interaction.get();
        // Without a channel it is a place of its own.
        let channel = self.channel.map_or(interaction, ChannelId::get);
        BucketKey {
            interaction,
            channel,
        }
    }
}
