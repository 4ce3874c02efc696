//! `/speak`: writes a text, seen as it grows.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::sender::Suggestion;
use super::super::{Bot, live};
use super::preset::suggestions;
use super::{Call, Command, Fault, Typing, options};

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
        let preset = CreateCommandOption::new(
            Kind::String,
            "preset",
            "One of your presets, for this text.",
        );
        let mut options = options::writing(bot);
        options.push(preset.set_autocomplete(true));
        options
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let mut settings = options::settings(call)?;
        call.reply.promise().await?;
        if let Some(name) = call.text("preset") {
            let preset = call.bot.sessions.preset(call.caller.user, name).await?;
            settings = settings.over(&preset.settings);
        }
        let utterance = call.bot.sessions.speak(&call.caller, settings).await?;
        live::perform(&call.bot, utterance, "", &mut call.reply).await
    }

    async fn complete(&self, typing: &Typing) -> Result<Vec<Suggestion>, Fault> {
        suggestions(typing).await
    }
}
