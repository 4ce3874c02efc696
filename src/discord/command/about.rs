//! `/about`: what this bot is, its model, and its load.

use serenity::async_trait;
use serenity::builder::CreateEmbed;

use super::{Command, CommandContext, CommandError};
use crate::discord::view::limits::FIELD;
use crate::discord::view::lists::duration;
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::discord::view::text::{plural, shortened};
use generation::strategy::Strategy;

pub(super) struct AboutCommand;

#[async_trait]
impl Command for AboutCommand {
    fn name(&self) -> &'static str {
        "about"
    }

    fn summary(&self) -> &'static str {
        "Says what this bot is, which model writes, and how busy it is."
    }

    fn example(&self) -> &'static str {
        "/about"
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let (services, load) = (&context.bot.services, context.bot.services.writing.load());
        let model = services.writing.model();
        let writing = match load.generations {
            0 => "nothing".to_owned(),
            1 => "1 text".to_owned(),
            count => format!("{count} texts"),
        };
        let card = [
            &[escaped(&model.name)],
            &model.lines[..],
            &[format!("fingerprint `{}`", model.fingerprint)],
        ];
        let names: Vec<&str> = services.writing.strategies().map(Strategy::name).collect();
        let trouble = [
            (load.failed, "failed model call"),
            (load.hung, "replaced worker"),
        ];
        let trouble = trouble.into_iter().filter(|(count, _)| *count > 0);
        let mut now = vec![
            format!("writing {writing}"),
            format!("up for {}", duration(context.bot.since.elapsed())),
        ];
        now.extend(
            trouble.map(|(count, what)| plural(usize::try_from(count).unwrap_or(usize::MAX), what)),
        );
        let embed = CreateEmbed::new()
            .title("Mouthpiece")
            .description(
                "BERT was trained to fill blanks, not to speak. This bot gives it a mouth: it writes text with a masked \
                 language model, and lets you play with how it is written. The texts are made up; do not believe them.",
            )
            .field("Model", shortened(&card.concat().join("\n"), FIELD), true)
            .field("Strategies", names.join("\n"), true)
            .field("Right now", now.join("\n"), true)
            .field("Version", env!("CARGO_PKG_VERSION"), true)
            .field("Where the model comes from", shortened(&escaped(&model.origin), FIELD), false);
        Ok(context
            .reply
            .answer(&Message::embed(embed).private())
            .await?)
    }
}
