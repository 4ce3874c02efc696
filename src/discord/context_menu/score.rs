//! *Score with BERT*: which words of a message surprise the model, shown to the caller alone.

use serenity::async_trait;

use super::message_text::words;
use super::{CommandContext, CommandError, Menu};
use crate::discord::action::score::score;

pub(super) struct ScoreMenu;

#[async_trait]
impl Menu for ScoreMenu {
    fn name(&self) -> &'static str {
        "Score with BERT"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        // Ephemeral: the author of the message did not ask for a public score.
        context.reply.defer_ephemeral().await?;
        let text = words(context).await?.text();
        let message = score(
            &context.bot,
            &context.caller,
            &text,
            context.attachment_limit,
        );
        Ok(context.reply.answer(&message.await?).await?)
    }
}
