//! *Reroll*, under a text: the same with another seed, for whoever presses.

use serenity::async_trait;

use super::super::live;
use super::{Component, Fault, Press, note};

pub(super) struct Reroll;

#[async_trait]
impl Component for Reroll {
    fn name(&self) -> &'static str {
        "reroll"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        press.reply.promise().await?;
        let sessions = &press.bot.sessions;
        let text = sessions.text(&press.argument).await?;
        let utterance = sessions.reroll(&press.caller, &text).await?;
        let note = note(&press.caller, "rerolled", &text.id);
        live::perform(&press.bot, utterance, &note, &mut press.reply).await
    }
}
