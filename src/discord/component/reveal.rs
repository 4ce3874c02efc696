//! *Close and reveal*, under a duel: for whoever began it and for moderators.

use serenity::async_trait;

use super::{CommandError, Component, ComponentContext};
use crate::discord::view::duel;

pub(super) struct RevealButton;

#[async_trait]
impl Component for RevealButton {
    fn name(&self) -> &'static str {
        "reveal"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let sessions = &context.bot.sessions;
        let revealed = sessions.reveal(&context.caller, &context.argument).await?;
        Ok(context.reply.update(&duel::revealed(&revealed)).await?)
    }
}
