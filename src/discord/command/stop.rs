//! `/stop`: ends what a person has in the making.

use serenity::async_trait;

use super::super::message::Message;
use super::{Call, Command, Fault};

pub(super) struct Stop;

#[async_trait]
impl Command for Stop {
    fn name(&self) -> &'static str {
        "stop"
    }

    fn summary(&self) -> &'static str {
        "Stops the text that is being written for you; what is there by then stays."
    }

    fn example(&self) -> &'static str {
        "/stop"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let sentence = match call.bot.sessions.stop_all(call.caller.user) {
            0 => "Nothing is being written for you right now.".to_owned(),
            1 => "Stopped.".to_owned(),
            count => format!("Stopped {count} texts."),
        };
        Ok(call
            .reply
            .answer(&Message::text(sentence).private())
            .await?)
    }
}
