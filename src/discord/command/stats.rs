//! `/stats`: totals of the caller, the server and the bot.

use serenity::async_trait;

use super::{Command, CommandContext, CommandError};
use crate::discord::view::lists;

pub(super) struct StatsCommand;

#[async_trait]
impl Command for StatsCommand {
    fn name(&self) -> &'static str {
        "stats"
    }

    fn summary(&self) -> &'static str {
        "Shows how much was written for you, on this server and everywhere, and how fast."
    }

    fn example(&self) -> &'static str {
        "/stats"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        context.reply.defer_ephemeral().await?;
        let stats = context.bot.services.privacy.stats(&context.caller).await?;
        let up = context.bot.since.elapsed();
        Ok(context.reply.answer(&lists::stats(&stats, up)).await?)
    }
}
