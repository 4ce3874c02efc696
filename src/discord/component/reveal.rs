//! *Close and reveal*, under a duel: for whoever began it and for moderators.

use serenity::async_trait;

use super::super::duel;
use super::{Component, Fault, Press};

pub(super) struct Reveal;

#[async_trait]
impl Component for Reveal {
    fn name(&self) -> &'static str {
        "reveal"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        let sessions = &press.bot.sessions;
        let revealed = sessions.reveal(&press.caller, &press.argument).await?;
        Ok(press.reply.update(&duel::revealed(&revealed)).await?)
    }
}
