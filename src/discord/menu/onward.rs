//! *Continue with BERT*: goes on from what a message says.

use serenity::async_trait;

use super::super::{component, live};
use super::words::{Words, words};
use super::{Call, Fault, Menu};
use generation::Settings;

pub(super) struct Onward;

#[async_trait]
impl Menu for Onward {
    fn name(&self) -> &'static str {
        "Continue with BERT"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        call.reply.promise().await?;
        match words(call).await? {
            Words::Kept(text) => {
                component::go_on(&call.bot, &call.caller, &text, &mut call.reply).await
            }
            Words::Said(said) => {
                let settings = Settings {
                    prompt: Some(said),
                    ..Settings::default()
                };
                let utterance = call.bot.sessions.speak(&call.caller, settings).await?;
                live::perform(&call.bot, utterance, "", &mut call.reply).await
            }
        }
    }
}
