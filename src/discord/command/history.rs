//! `/history`: the caller's texts, newest first.

use serenity::async_trait;

use super::{Command, CommandContext, CommandError};
use crate::discord::view::lists;

pub(super) struct HistoryCommand;

#[async_trait]
impl Command for HistoryCommand {
    fn name(&self) -> &'static str {
        "history"
    }

    fn summary(&self) -> &'static str {
        "Lists your newest texts with their ids, for /show."
    }

    fn example(&self) -> &'static str {
        "/history"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        context.reply.defer_ephemeral().await?;
        let history = context
            .bot
            .services
            .privacy
            .history(context.caller.user, 0)
            .await?;
        Ok(context.reply.answer(&lists::history(&history)).await?)
    }
}
