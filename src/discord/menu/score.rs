//! *Score with BERT*: which words of a message surprise the model, for whoever asks.

use serenity::async_trait;

use super::super::scored;
use super::words::words;
use super::{CommandContext, CommandError, Menu};

pub(super) struct Score;

#[async_trait]
impl Menu for Score {
    fn name(&self) -> &'static str {
        "Score with BERT"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        // Whoever wrote the message did not ask to be marked before everybody.
        context.reply.defer_ephemeral().await?;
        let text = words(context).await?.text();
        let scored = scored::scored(
            &context.bot,
            &context.caller,
            &text,
            context.attachment_limit,
        );
        Ok(context.reply.answer(&scored.await?).await?)
    }
}
