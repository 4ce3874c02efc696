//! *Close and reveal*, under a duel: for whoever began it and for moderators.

use serenity::async_trait;

use super::super::duel;
use super::{CommandError, Component, ComponentContext};

pub(super) struct Reveal;

#[async_trait]
impl Component for Reveal {
    fn name(&self) -> &'static str {
        "reveal"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let sessions = &context.bot.sessions;
        let revealed = sessions.reveal(&context.caller, &context.argument).await?;
        Ok(context.reply.update(&duel::revealed(&revealed)).await?)
    }
}
