//! What it takes to answer an interaction.

use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, InteractionId};

/// An interaction as far as answering goes.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) application: ApplicationId,
    pub(super) interaction: InteractionId,
    pub(super) token: String,
}

impl Ticket {
    pub(super) fn callback(&self) -> Request<'_> {
        let route = Route::InteractionResponse {
            interaction_id: self.interaction,
            token: &self.token,
        };
        Request::new(route, LightMethod::Post)
    }
}
