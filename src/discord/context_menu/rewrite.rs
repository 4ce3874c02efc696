//! *Rewrite with BERT*: what a message says, with the words replaced that fit worst.

use serenity::async_trait;

use super::super::command::rewrite::{STRATEGY, quoted};
use super::super::interaction::stream;
use super::message_text::words;
use super::{CommandContext, CommandError, Menu};
use generation::Settings;

pub(super) struct RewriteMenu;

#[async_trait]
impl Menu for RewriteMenu {
    fn name(&self) -> &'static str {
        "Rewrite with BERT"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        context.reply.defer().await?;
        let text = words(context).await?.text();
        let note = quoted(&text);
        let settings = Settings {
            prompt: Some(text),
            strategy: Some(STRATEGY.into()),
            ..Settings::default()
        };
        let utterance = context
            .bot
            .sessions
            .speak(&context.caller, settings)
            .await?;
        stream::run(&context.bot, utterance, &note, &mut context.reply).await
    }
}
