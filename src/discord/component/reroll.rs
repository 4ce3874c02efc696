//! *Reroll*, under a text: the same with another seed, for whoever presses.

use serenity::async_trait;

use super::super::interaction::stream;
use super::{CommandError, Component, ComponentContext, note};

pub(super) struct RerollButton;

#[async_trait]
impl Component for RerollButton {
    fn name(&self) -> &'static str {
        "reroll"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        context.reply.defer().await?;
        let sessions = &context.bot.sessions;
        let text = sessions.text(&context.argument).await?;
        let utterance = sessions.reroll(&context.caller, &text).await?;
        let note = note(&context.caller, "rerolled", &text.id);
        stream::run(&context.bot, utterance, &note, &mut context.reply).await
    }
}
