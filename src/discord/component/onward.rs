//! *Continue*, under a text: goes on from where it ended, for whoever presses.

use serenity::async_trait;

use super::super::live;
use super::{Component, Fault, Press, note};

/// Said when the model cannot take in the whole text.
const SHORTENED: &str = "It is too long to be gone on from as a whole, so only its end is.";

pub(super) struct Onward;

#[async_trait]
impl Component for Onward {
    fn name(&self) -> &'static str {
        "continue"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        press.reply.promise().await?;
        let sessions = &press.bot.sessions;
        let text = sessions.text(&press.argument).await?;
        let utterance = sessions.go_on(&press.caller, &text)?;
        let mut note = note(&press.caller, "continued", &text.id);
        if utterance.order().prompt.text() != text.text {
            note = format!("{note} {SHORTENED}");
        }
        live::perform(&press.bot, utterance, &note, &mut press.reply).await
    }
}
