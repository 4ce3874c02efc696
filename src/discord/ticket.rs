//! What it takes to answer an interaction.

use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, ChannelId, InteractionId};

use super::Secret;
use super::budget::Lane;

/// An interaction as far as answering goes.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) application: ApplicationId,
    pub(super) interaction: InteractionId,
    /// Lets anybody answer for a quarter of an hour.
    pub(super) token: Secret,
    pub(super) channel: Option<ChannelId>,
}

impl Ticket {
    /// The ticket of an interaction that came in a channel.
    pub(super) fn new(
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

    pub(super) fn callback(&self) -> Request<'_> {
        let route = Route::InteractionResponse {
            interaction_id: self.interaction,
            token: self.token.expose(),
        };
        Request::new(route, LightMethod::Post)
    }

    /// Where requests about it are counted.
    pub(super) fn lane(&self) -> Lane {
        let interaction = self.interaction.get();
        // Without a channel it is a place of its own.
        let channel = self.channel.map_or(interaction, ChannelId::get);
        Lane {
            interaction,
            channel,
        }
    }
}
