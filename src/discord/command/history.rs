//! `/history`: a person's own texts, newest first.

use serenity::async_trait;

use super::super::pages;
use super::{Call, Command, Fault};

pub(super) struct History;

#[async_trait]
impl Command for History {
    fn name(&self) -> &'static str {
        "history"
    }

    fn summary(&self) -> &'static str {
        "Lists your newest texts with their ids, for /show."
    }

    fn example(&self) -> &'static str {
        "/history"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        call.reply.promise_privately().await?;
        let history = call.bot.sessions.history(call.caller.user, 0).await?;
        Ok(call.reply.answer(&pages::history(&history)).await?)
    }
}
