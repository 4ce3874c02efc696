//! *Score with BERT*: which words of a message surprise the model, for whoever asks.

use serenity::async_trait;

use super::super::scored;
use super::words::words;
use super::{Call, Fault, Menu};

pub(super) struct Score;

#[async_trait]
impl Menu for Score {
    fn name(&self) -> &'static str {
        "Score with BERT"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        // Whoever wrote the message did not ask to be marked before everybody.
        call.reply.promise_privately().await?;
        let text = words(call).await?.text();
        let scored = scored::scored(&call.bot, &call.caller, &text, call.attachment_limit);
        Ok(call.reply.answer(&scored.await?).await?)
    }
}
