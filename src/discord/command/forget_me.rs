//! `/forget-me`: deletes everything that is kept of a person, once that is confirmed.

use serenity::async_trait;

use super::super::pages;
use super::{Call, Command, Fault};

pub(super) struct ForgetMe;

#[async_trait]
impl Command for ForgetMe {
    fn name(&self) -> &'static str {
        "forget-me"
    }

    fn summary(&self) -> &'static str {
        "Deletes everything that is kept of you, after asking once more."
    }

    fn example(&self) -> &'static str {
        "/forget-me"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        call.reply.promise_privately().await?;
        let amounts = call.bot.sessions.amounts(call.caller.user).await?;
        Ok(call.reply.answer(&pages::to_forget(&amounts)).await?)
    }
}
