//! *Continue with BERT*: continues the text of a message.

use serenity::async_trait;

use super::super::stream;
use super::message_text::{Words, words};
use super::{CommandContext, CommandError, Menu};
use crate::discord::action::continue_;
use generation::Settings;

pub(super) struct ContinueMenu;

#[async_trait]
impl Menu for ContinueMenu {
    fn name(&self) -> &'static str {
        "Continue with BERT"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        context.reply.defer().await?;
        match words(context).await? {
            Words::Kept(text) => {
                continue_::run(&context.bot, &context.caller, &text, &mut context.reply).await
            }
            Words::Said(said) => {
                let settings = Settings {
                    prompt: Some(said),
                    ..Settings::default()
                };
                let generation = context
                    .bot
                    .services
                    .writing
                    .speak(&context.caller, settings)
                    .await?;
                stream::run(&context.bot, generation, "", &mut context.reply).await
            }
        }
    }
}
