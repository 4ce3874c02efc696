//! `/rewrite`: a text of somebody's, with the words replaced that fit worst.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::Bot;
use super::super::interaction::stream;
use super::{Command, CommandContext, CommandError, options};
use crate::discord::view::markdown::escaped;
use crate::discord::view::settings::shortened;
use generation::Settings;

/// The strategy that rewrites.
pub(in crate::discord) const STRATEGY: &str = "denoise";
/// How much is rewritten, as people choose it and as options of the strategy.
const STRENGTHS: [(&str, &str); 3] = [
    ("gentle: only what hardly fits", "below=0.01 gain=2"),
    ("moderate: what fits badly", "below=0.05 gain=0.7"),
    (
        "strong: whatever could be likelier",
        "below=0.3 gain=0.2 sweeps=8",
    ),
];

/// More of what is rewritten is not quoted.
const QUOTED: usize = 300;

/// What is rewritten, quoted above what comes of it, since Discord does not show what a command was given.
pub(in crate::discord) fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("> {}", escaped(&shortened(&line, QUOTED)))
}

pub(super) struct RewriteCommand;

#[async_trait]
impl Command for RewriteCommand {
    fn name(&self) -> &'static str {
        "rewrite"
    }

    fn summary(&self) -> &'static str {
        "Rewrites your text: the words that fit worst are replaced, until nothing changes."
    }

    fn example(&self) -> &'static str {
        "/rewrite text: The old man house goed to the sea quickly."
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        let strength =
            CreateCommandOption::new(Kind::String, "strength", "How much of it is rewritten.");
        let strength = STRENGTHS.iter().fold(strength, |option, (label, options)| {
            option.add_string_choice(*label, *options)
        });
        vec![
            options::prompt(bot, "text", "The text to rewrite.").required(true),
            strength,
            options::temperature(),
            options::seed(),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let text = context.text("text").unwrap_or_default().to_owned();
        let note = quoted(&text);
        let settings = Settings {
            prompt: Some(text),
            strategy: Some(STRATEGY.into()),
            options: context.text("strength").map(str::to_owned),
            temperature: context.number("temperature")?,
            seed: options::given_seed(context)?,
            ..Settings::default()
        };
        context.reply.defer().await?;
        let utterance = context
            .bot
            .sessions
            .speak(&context.caller, settings)
            .await?;
        stream::run(&context.bot, utterance, &note, &mut context.reply).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::Seed;

    #[test]
    fn what_is_rewritten_is_quoted_in_one_line_and_as_it_was_typed() {
        assert_eq!(quoted("a *b*\n> c"), "> a \\*b\\* > c");
        assert!(quoted(&"a".repeat(2_000)).chars().count() < 310);
    }

    #[test]
    fn every_strength_is_one_that_the_strategy_knows() {
        for (label, options) in STRENGTHS {
            let settings = Settings {
                strategy: Some(STRATEGY.into()),
                options: Some(options.to_owned()),
                ..Settings::default()
            };
            let strategy = settings.strategy().unwrap();
            assert!(settings.params(strategy, Seed::from(1)).is_ok(), "{label}");
        }
    }
}
