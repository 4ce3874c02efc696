//! `/forget-me`: deletes all stored data about the caller, after a confirmation.

use serenity::async_trait;

use super::{Command, CommandContext, CommandError};
use crate::discord::view::lists;

pub(super) struct ForgetMeCommand;

#[async_trait]
impl Command for ForgetMeCommand {
    fn name(&self) -> &'static str {
        "forget-me"
    }

    fn summary(&self) -> &'static str {
        "Deletes everything that is kept of you, after asking once more."
    }

    fn example(&self) -> &'static str {
        "/forget-me"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        context.reply.defer_ephemeral().await?;
        let amounts = context
            .bot
            .services
            .privacy
            .amounts(context.caller.user)
            .await?;
        Ok(context.reply.answer(&lists::to_forget(&amounts)).await?)
    }
}
