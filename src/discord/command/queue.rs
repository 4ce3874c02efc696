//! `/queue`: the running generations of the caller and of the server.

use serenity::async_trait;

use super::{Command, CommandContext, CommandError};
use crate::discord::view::lists;

pub(super) struct QueueCommand;

#[async_trait]
impl Command for QueueCommand {
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
        let queue = context.bot.services.writing.queue(&context.caller);
        Ok(context
            .reply
            .answer(&lists::queue(&queue, context.caller.permission))
            .await?)
    }
}
