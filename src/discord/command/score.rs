//! `/score`: which words of a text surprise the model.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::{CommandDataOptionValue, CommandOptionType as Kind};

use super::{Command, CommandContext, CommandError, options};
use crate::discord::action::score::score;
use crate::discord::bot::Bot;
use generation::TextLimit;

pub(super) struct ScoreCommand;

#[async_trait]
impl Command for ScoreCommand {
    fn name(&self) -> &'static str {
        "score"
    }

    fn summary(&self) -> &'static str {
        "Shows which words of a text surprise the model, and how much."
    }

    fn example(&self) -> &'static str {
        "/score text: The cat sat on the parliament."
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        vec![
            options::text(bot, TextLimit::Prompt, "text", "The text to score.").required(true),
            CreateCommandOption::new(
                Kind::Boolean,
                "private",
                "Whether only you see it; everybody does otherwise.",
            ),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let text = context.text("text").unwrap_or_default().to_owned();
        if let Some(CommandDataOptionValue::Boolean(true)) = context.option("private") {
            context.reply.defer_ephemeral().await?;
        } else {
            context.reply.defer().await?;
        }
        let message = score(
            &context.bot,
            &context.caller,
            &text,
            context.attachment_limit,
        );
        Ok(context.reply.answer(&message.await?).await?)
    }
}
