//! `/export`: all stored data about the caller, as a file.

use serde_json::json;
use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{Command, CommandContext, CommandError};
use crate::discord::view::message::Message;

pub(super) struct ExportCommand;

#[async_trait]
impl Command for ExportCommand {
    fn name(&self) -> &'static str {
        "export"
    }

    fn summary(&self) -> &'static str {
        "Sends you everything that is kept of you as a file; nobody else sees it."
    }

    fn example(&self) -> &'static str {
        "/export"
    }

    fn options(&self, _: &Bot) -> Vec<CreateCommandOption> {
        let part = "Which part of a long export; the answer says how many there are.";
        vec![CreateCommandOption::new(Kind::Integer, "part", part).min_int_value(1)]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let part = context.whole("part").unwrap_or(1).max(1).unsigned_abs();
        context.reply.defer_ephemeral().await?;
        let user = context.caller.user;
        let exported = context.bot.services.privacy.export(user, part - 1).await?;
        if part > exported.parts {
            return Err(CommandError::Refused(format!(
                "there is no part {part}; the last one is part {}",
                exported.parts
            )));
        }
        let document = json!({
            "user": user.0.to_string(),
            "part": part,
            "of": exported.parts,
            "times": "in seconds since 1970",
            "kept": exported.content,
        });
        let bytes = serde_json::to_vec_pretty(&document)
            .map_err(|error| CommandError::Internal(error.to_string()))?;
        let said = if exported.parts == 1 {
            "Everything that is kept of you. `/forget-me` deletes it.".to_owned()
        } else {
            format!(
                "Part {part} of {} of everything that is kept of you; `/export part: 2` and so on bring the others.",
                exported.parts
            )
        };
        let message = Message::text(said)
            .with_file("mouthpiece.json", bytes)
            .private();
        Ok(context.reply.answer(&message).await?)
    }
}
