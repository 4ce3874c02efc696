//! *Rewrite with BERT*: the text of a message, with the words replaced that fit worst.

use serenity::async_trait;

use super::message_text::words;
use super::{CommandContext, CommandError, Menu};
use crate::discord::action::rewrite;
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
        let (bot, caller) = (&context.bot, &context.caller);
        rewrite::run(bot, caller, text, Settings::default(), &mut context.reply).await
    }
}
