//! `/speak`: writes a text, seen as it grows.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;

use super::super::{Bot, live};
use super::{Call, Command, Fault, options};

pub(super) struct Speak;

#[async_trait]
impl Command for Speak {
    fn name(&self) -> &'static str {
        "speak"
    }

    fn summary(&self) -> &'static str {
        "Writes a text with a model that was only trained to fill blanks. Watch it grow."
    }

    fn example(&self) -> &'static str {
        "/speak prompt: In order to make a sandwich, first"
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        options::writing(bot)
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let settings = options::settings(call)?;
        call.reply.promise().await?;
        let utterance = call.bot.sessions.speak(&call.caller, settings).await?;
        live::perform(&call.bot, utterance, "", &mut call.reply).await
    }
}
