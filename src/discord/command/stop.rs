//! `/stop`: stops the caller's running generations.

use serenity::async_trait;

use super::{Command, CommandContext, CommandError};
use crate::discord::view::message::Message;

pub(super) struct StopCommand;

#[async_trait]
impl Command for StopCommand {
    fn name(&self) -> &'static str {
        "stop"
    }

    fn summary(&self) -> &'static str {
        "Stops the text that is being written for you; what is there by then stays."
    }

    fn example(&self) -> &'static str {
        "/stop"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let sentence = match context.bot.services.writing.stop_all(context.caller.user) {
            0 => "Nothing is being written for you right now.".to_owned(),
            1 => "Stopped.".to_owned(),
            count => format!("Stopped {count} texts."),
        };
        Ok(context
            .reply
            .answer(&Message::text(sentence).private())
            .await?)
    }
}
