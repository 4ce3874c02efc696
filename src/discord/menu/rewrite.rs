//! *Rewrite with BERT*: what a message says, with the words replaced that fit worst.

use serenity::async_trait;

use super::super::command::rewrite::STRATEGY;
use super::super::live;
use super::words::words;
use super::{Call, Fault, Menu};
use crate::generation::Settings;

pub(super) struct Rewrite;

#[async_trait]
impl Menu for Rewrite {
    fn name(&self) -> &'static str {
        "Rewrite with BERT"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        call.reply.promise().await?;
        let settings = Settings {
            prompt: Some(words(call).await?.text()),
            strategy: Some(STRATEGY.to_owned()),
            ..Settings::default()
        };
        let utterance = call.bot.sessions.speak(&call.caller, settings).await?;
        live::perform(&call.bot, utterance, "", &mut call.reply).await
    }
}
