//! `/rewrite`: the caller's text, with the words replaced that fit worst.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{Command, CommandContext, CommandError, options};
use crate::discord::action::rewrite;
use generation::{Setting, Settings, TextLimit};

/// How much is rewritten: the label of each choice, and the strategy's options for it.
const STRENGTHS: [(&str, &str); 3] = [
    ("gentle: only what hardly fits", "below=0.01 gain=2"),
    ("moderate: what fits badly", "below=0.05 gain=0.7"),
    (
        "strong: whatever could be likelier",
        "below=0.3 gain=0.2 sweeps=8",
    ),
];

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
            options::text(bot, TextLimit::Prompt, "text", "The text to rewrite.").required(true),
            strength,
            options::setting(bot, Setting::Temperature),
            options::setting(bot, Setting::Seed),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let text = context.text("text").unwrap_or_default().to_owned();
        let settings = Settings {
            options: context.text("strength").map(str::to_owned),
            ..options::settings(context)?
        };
        context.reply.defer().await?;
        let (bot, caller) = (&context.bot, &context.caller);
        rewrite::run(bot, caller, text, settings, &mut context.reply).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::action::rewrite::STRATEGY;
    use generation::Seed;

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
