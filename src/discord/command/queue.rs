//! `/queue`: what is being written now, here and for you.

use serenity::async_trait;

use super::super::pages;
use super::{Command, CommandContext, CommandError};

pub(super) struct Queue;

#[async_trait]
impl Command for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn summary(&self) -> &'static str {
        "Shows what is being written now for you and on this server, and how busy the bot is."
    }

    fn example(&self) -> &'static str {
        "/queue"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let queue = context.bot.sessions.queue(&context.caller);
        Ok(context
            .reply
            .answer(&pages::queue(&queue, context.caller.rank))
            .await?)
    }
}
