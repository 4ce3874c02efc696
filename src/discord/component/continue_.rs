//! *Continue*, under a text: goes on from where it ended, for whoever presses.

use serenity::async_trait;

use super::super::Bot;
use super::super::interaction::reply::Reply;
use super::super::interaction::stream;
use super::{CommandError, Component, ComponentContext, note};
use crate::service::{Caller, Text};

/// Said when the model cannot take in the whole text.
const SHORTENED: &str = "It is too long to be gone on from as a whole, so only its end is.";

pub(super) struct ContinueButton;

#[async_trait]
impl Component for ContinueButton {
    fn name(&self) -> &'static str {
        "continue"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        context.reply.defer().await?;
        let text = context.bot.sessions.text(&context.argument).await?;
        go_on(&context.bot, &context.caller, &text, &mut context.reply).await
    }
}

/// Shows how `text` goes on.
pub(in crate::discord) async fn go_on(
    bot: &Bot,
    caller: &Caller,
    text: &Text,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    let utterance = bot.sessions.go_on(caller, text).await?;
    let mut note = note(caller, "continued", &text.id);
    if utterance.order().prompt.text() != text.text {
        note = format!("{note} {SHORTENED}");
    }
    stream::run(bot, utterance, &note, reply).await
}
