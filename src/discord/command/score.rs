//! `/score`: which words of a text surprise the model.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::{CommandDataOptionValue, CommandOptionType as Kind};

use super::super::{Bot, scored};
use super::{Call, Command, Fault, options};

pub(super) struct Score;

#[async_trait]
impl Command for Score {
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
            options::prompt(bot, "text", "The text to score.").required(true),
            CreateCommandOption::new(
                Kind::Boolean,
                "private",
                "Whether only you see it; everybody does otherwise.",
            ),
        ]
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let text = call.text("text").unwrap_or_default().to_owned();
        if let Some(CommandDataOptionValue::Boolean(true)) = call.option("private") {
            call.reply.promise_privately().await?;
        } else {
            call.reply.promise().await?;
        }
        let scored = scored::scored(&call.bot, &call.caller, &text, call.attachment_limit);
        Ok(call.reply.answer(&scored.await?).await?)
    }
}
