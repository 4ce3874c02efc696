//! `/about`: what this bot is, which model writes, how busy it is.

use std::time::Duration;

use serenity::async_trait;
use serenity::builder::CreateEmbed;

use super::super::markdown::escaped;
use super::super::message::Message;
use super::{Call, Command, Fault};
use crate::generation::strategy;

pub(super) struct About;

#[async_trait]
impl Command for About {
    fn name(&self) -> &'static str {
        "about"
    }

    fn summary(&self) -> &'static str {
        "Says what this bot is, which model writes, and how busy it is."
    }

    fn example(&self) -> &'static str {
        "/about"
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let (sessions, load) = (&call.bot.sessions, call.bot.sessions.load());
        let model = sessions.model();
        let writing = match load.generations {
            0 => "nothing".to_owned(),
            1 => "1 text".to_owned(),
            count => format!("{count} texts"),
        };
        let embed = CreateEmbed::new()
            .title("Mouthpiece")
            .description(
                "BERT was trained to fill blanks, not to speak. This bot gives it a mouth: it writes text with a masked \
                 language model, and lets you play with how it is written. The texts are made up; do not believe them.",
            )
            .field("Model", format!("{}\nfingerprint `{}`", escaped(&model.name), model.fingerprint), true)
            .field("Strategies", strategy::names().join("\n"), true)
            .field("Right now", format!("writing {writing}\nup for {}", duration(call.bot.since.elapsed())), true)
            .field("Version", env!("CARGO_PKG_VERSION"), true);
        Ok(call.reply.answer(&Message::embed(embed).private()).await?)
    }
}

/// A time in the two largest units that say something.
fn duration(time: Duration) -> String {
    let (days, hours, minutes) = (
        time.as_secs() / 86_400,
        time.as_secs() / 3600 % 24,
        time.as_secs() / 60 % 60,
    );
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", time.as_secs()),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_fitting_units() {
        let told = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(
            [told(5), told(125), told(3_725), told(180_000)],
            ["5 s", "2 min", "1 h 2 min", "2 d 2 h"]
        );
    }
}
