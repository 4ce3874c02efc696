//! `/stats`: how much was written, and how.

use serenity::async_trait;

use super::super::pages;
use super::{Call, Command, Fault};

pub(super) struct Stats;

#[async_trait]
impl Command for Stats {
    fn name(&self) -> &'static str {
        "stats"
    }

    fn summary(&self) -> &'static str {
        "Shows how much was written for you, on this server and everywhere, and how fast."
    }

    fn example(&self) -> &'static str {
        "/stats"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        call.reply.promise_privately().await?;
        let stats = call.bot.sessions.stats(&call.caller).await?;
        let up = call.bot.since.elapsed();
        Ok(call.reply.answer(&pages::stats(&stats, up)).await?)
    }
}
