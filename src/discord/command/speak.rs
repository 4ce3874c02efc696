//! `/speak`: writes a text, streamed while it is generated.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::super::http::Suggestion;
use super::super::stream;
use super::preset::suggestions;
use super::{AutocompleteContext, Command, CommandContext, CommandError, options};

pub(super) struct SpeakCommand;

#[async_trait]
impl Command for SpeakCommand {
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
        let mut options = options::all(bot);
        options.push(preset.set_autocomplete(true));
        options
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let mut settings = options::settings(context)?;
        context.reply.defer().await?;
        if let Some(name) = context.text("preset") {
            let preset = context
                .bot
                .services
                .preferences
                .preset(context.caller.user, name)
                .await?;
            settings = settings.over(&preset.settings);
        }
        let generation = context
            .bot
            .services
            .writing
            .speak(&context.caller, settings)
            .await?;
        stream::run(&context.bot, generation, "", &mut context.reply).await
    }

    async fn complete(
        &self,
        context: &AutocompleteContext,
    ) -> Result<Vec<Suggestion>, CommandError> {
        suggestions(context).await
    }
}
