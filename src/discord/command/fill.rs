//! `/fill`: fills the blanks of a sentence, and shows the other candidates.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{Command, CommandContext, CommandError, options};
use crate::discord::view::fill::sheet;
use crate::service::FillRequest;
use generation::{Setting, Settings, TextLimit};

/// Default number of words that are shown for a blank.
const TOP: i64 = 5;
const MOST: i64 = 10;
/// Maximum length of the caller's own candidates, in characters.
const LONGEST: u16 = 600;

pub(super) struct FillCommand;

#[async_trait]
impl Command for FillCommand {
    fn name(&self) -> &'static str {
        "fill"
    }

    fn summary(&self) -> &'static str {
        "Fills the blanks of a sentence, and shows how sure the model is of each word."
    }

    fn example(&self) -> &'static str {
        "/fill text: The old man ___ the door and looked at the ___."
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        vec![
            options::text(
                bot,
                TextLimit::Prompt,
                "text",
                "The sentence. Mark blanks with ___ or [MASK].",
            )
            .required(true),
            CreateCommandOption::new(
                Kind::Integer,
                "top",
                "How many words to show for each blank.",
            )
            .min_int_value(1)
            .max_int_value(MOST.unsigned_abs()),
            CreateCommandOption::new(Kind::String, "order", "Which blank is filled first.")
                .add_string_choice("the one the model is surest of", "confident")
                .add_string_choice("from left to right", "l2r")
                .add_string_choice("all at once", "joint"),
            options::setting(bot, Setting::Temperature),
            CreateCommandOption::new(
                Kind::String,
                "candidates",
                "Words of your own to compare, by commas: cat, big dog. With / between: one for each blank.",
            )
            .max_length(LONGEST),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let settings = Settings {
            prompt: context.text("text").map(str::to_owned),
            options: context.text("order").map(|order| format!("order={order}")),
            ..options::settings(context)?
        };
        let top = context.whole("top").unwrap_or(TOP).clamp(1, MOST);
        context.reply.defer().await?;
        let ask = FillRequest {
            settings,
            top: u32::try_from(top).unwrap_or(1),
            words: context.text("candidates").map(str::to_owned),
        };
        let shown = context
            .bot
            .services
            .fill
            .begin(&context.caller, ask)
            .await?;
        Ok(context.reply.answer(&sheet(&shown)).await?)
    }
}
