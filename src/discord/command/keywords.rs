//! `/keywords`: a text that contains the given words.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;

use super::super::bot::Bot;
use super::super::stream;
use super::{Command, CommandContext, CommandError, options};
use generation::Settings;

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
            options::steering(
                bot,
                "words",
                "The words that must appear, separated by commas, in the order they are to come.",
            )
            .required(true),
            options::prompt(bot, "prompt", "How the text begins, if you like."),
            options::temperature(),
            options::length(bot),
            options::seed(),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let settings = Settings {
            prompt: context.text("prompt").map(str::to_owned),
            strategy: Some(STRATEGY.into()),
            keywords: context.text("words").map(str::to_owned),
            temperature: context.number("temperature")?,
            length: context.number("length")?,
            seed: options::given_seed(context)?,
            ..Settings::default()
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
