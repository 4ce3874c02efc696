//! `/keywords`: a text that contains the given words.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;

use super::super::bot::Bot;
use super::super::stream;
use super::{Command, CommandContext, CommandError, options};
use generation::{Setting, Settings, TextLimit};

/// The strategy that guarantees the words.
const STRATEGY: &str = "keywords";

pub(super) struct KeywordsCommand;

#[async_trait]
impl Command for KeywordsCommand {
    fn name(&self) -> &'static str {
        "keywords"
    }

    fn summary(&self) -> &'static str {
        "Writes a text in which the words you name appear, with or without a beginning."
    }

    fn example(&self) -> &'static str {
        "/keywords words: sea, storm, lighthouse"
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        vec![
            options::text(
                bot,
                TextLimit::Steering,
                "words",
                "The words that must appear, separated by commas, in the order they are to come.",
            )
            .required(true),
            options::text(
                bot,
                TextLimit::Prompt,
                "prompt",
                "How the text begins, if you like.",
            ),
            options::setting(bot, Setting::Temperature),
            options::setting(bot, Setting::Length),
            options::setting(bot, Setting::Seed),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let settings = Settings {
            strategy: Some(STRATEGY.into()),
            keywords: context.text("words").map(str::to_owned),
            ..options::settings(context)?
        };
        context.reply.defer().await?;
        let generation = context
            .bot
            .services
            .writing
            .speak(&context.caller, settings)
            .await?;
        stream::run(&context.bot, generation, "", &mut context.reply).await
    }
}
