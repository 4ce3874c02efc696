//! *Rewrite with BERT*: what a message says, with the words replaced that fit worst.

use serenity::async_trait;

use super::super::command::rewrite::{STRATEGY, quoted};
use super::super::live;
use super::words::words;
use super::{Call, Fault, Menu};
use generation::Settings;

pub(super) struct Rewrite;

#[async_trait]
impl Menu for Rewrite {
    fn name(&self) -> &'static str {
        "Rewrite with BERT"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        call.reply.promise().await?;
        let text = words(call).await?.text();
        let note = quoted(&text);
        let settings = Settings {
            prompt: Some(text),
            strategy: Some(STRATEGY.to_owned()),
            ..Settings::default()
        };
        let utterance = call.bot.sessions.speak(&call.caller, settings).await?;
        live::perform(&call.bot, utterance, &note, &mut call.reply).await
    }
}
