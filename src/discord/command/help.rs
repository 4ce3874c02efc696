//! `/help`: every command with an example, and a page for each strategy.

use serenity::async_trait;
use serenity::builder::{CreateCommandOption, CreateEmbed};
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{ALL, Command, CommandContext, CommandError};
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use generation::OptionSpec;
use generation::strategy::{self, Strategy};

pub(super) struct HelpCommand;

#[async_trait]
impl Command for HelpCommand {
    fn name(&self) -> &'static str {
        "help"
    }

    fn summary(&self) -> &'static str {
        "Shows every command with an example, or the strategies and how each works."
    }

    fn example(&self) -> &'static str {
        "/help topic: strategies"
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        let topic =
            CreateCommandOption::new(Kind::String, "topic", "What you want to know more about.")
                .add_string_choice("commands", "commands")
                .add_string_choice("strategies", "strategies");
        vec![
            bot.services
                .writing
                .strategies()
                .fold(topic, |topic, strategy| {
                    let name = strategy.name();
                    topic.add_string_choice(format!("strategy {name}"), name)
                }),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let topic = context.text("topic").unwrap_or_default();
        let embed = match strategy::find(topic) {
            Some(strategy) => page(strategy),
            None if topic == "strategies" => strategies(context.bot.services.writing.strategies()),
            None => commands(),
        };
        Ok(context
            .reply
            .answer(&Message::embed(embed).private())
            .await?)
    }
}

fn commands() -> CreateEmbed {
    let intro = "Write the beginning of a text, and a model that was trained to fill blanks goes on from it. Mark blanks \
                 with `___` or `[MASK]`.";
    let field = |command: &&dyn Command| {
        (
            format!("/{}", command.name()),
            format!("{}\n`{}`", command.summary(), command.example()),
            false,
        )
    };
    CreateEmbed::new()
        .title("Commands")
        .description(intro)
        .fields(ALL.iter().map(field))
}

fn strategies(offered: impl Iterator<Item = &'static dyn Strategy>) -> CreateEmbed {
    let line = |strategy: &'static dyn Strategy| {
        format!("**{}** {}", strategy.name(), escaped(strategy.summary()))
    };
    let lines: Vec<String> = offered.map(line).collect();
    CreateEmbed::new()
        .title("Strategies: how a text is written")
        .description(lines.join("\n"))
        .field(
            "More about one",
            "`/help topic: strategy gibbs` shows how it works and its options.",
            false,
        )
}

/// The page of one strategy.
fn page(strategy: &dyn Strategy) -> CreateEmbed {
    let about = strategy.about();
    let sampling = strategy::default_sampling(strategy);
    let options = strategy::options(strategy);
    let (own, common) = options.split_at(strategy.options().len());
    let lines = |options: &[OptionSpec]| {
        let line = |option: &OptionSpec| {
            format!(
                "`{}={}` {} Takes {}.",
                option.name,
                option.default,
                escaped(option.summary),
                escaped(&option.range())
            )
        };
        options.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let mut embed = CreateEmbed::new()
        .title(strategy.name())
        .description(escaped(about.how))
        .field("When", escaped(about.when), false)
        .field(
            "Draws words with",
            format!(
                "temperature {} · top-k {} · top-p {}",
                sampling.temperature, sampling.top_k, sampling.top_p
            ),
            false,
        )
        .field(
            "Takes",
            format!(
                "at most {} passes through the model for 40 tokens",
                strategy.passes(40, &strategy::defaults(strategy))
            ),
            false,
        );
    if !own.is_empty() {
        embed = embed.field("Its options", lines(own), false);
    }
    embed
        .field("Options of all strategies", lines(common), false)
        .field("Source", escaped(about.source), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn help_fits_discords_limits() {
        let pages = strategy::ALL.iter().map(|strategy| page(*strategy));
        for embed in pages.chain([commands(), strategies(strategy::ALL.iter().copied())]) {
            let body = serde_json::to_value(embed).unwrap();
            let fields = body["fields"].as_array().unwrap();
            let length = |value: &Value| value.as_str().unwrap().encode_utf16().count();
            assert!(
                fields.len() <= 25
                    && fields
                        .iter()
                        .all(|field| length(&field["value"]) <= 1024
                            && length(&field["name"]) <= 256)
            );
            assert!(body["description"].as_str().unwrap().chars().count() < 4000);
            assert!(
                fields
                    .iter()
                    .map(|field| length(&field["value"]) + length(&field["name"]))
                    .sum::<usize>()
                    < 5500
            );
        }
    }
}
