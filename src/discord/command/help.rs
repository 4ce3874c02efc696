//! `/help`: every command with an example, and the strategies with their options.

use serenity::async_trait;
use serenity::builder::{CreateCommandOption, CreateEmbed};
use serenity::model::application::CommandOptionType as Kind;

use super::super::Bot;
use super::super::markdown::escaped;
use super::super::message::Message;
use super::{ALL, Call, Command, Fault};
use crate::generation::strategy::{self, Strategy};

pub(super) struct Help;

#[async_trait]
impl Command for Help {
    fn name(&self) -> &'static str {
        "help"
    }

    fn summary(&self) -> &'static str {
        "Shows every command with an example, or the strategies and their options."
    }

    fn example(&self) -> &'static str {
        "/help topic: strategies"
    }

    fn options(&self, _: &Bot) -> Vec<CreateCommandOption> {
        let topic =
            CreateCommandOption::new(Kind::String, "topic", "What you want to know more about.");
        vec![
            topic
                .add_string_choice("commands", "commands")
                .add_string_choice("strategies", "strategies"),
        ]
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let embed = match call.text("topic") {
            Some("strategies") => strategies(),
            _ => commands(),
        };
        Ok(call.reply.answer(&Message::embed(embed).private()).await?)
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

fn strategies() -> CreateEmbed {
    let field = |strategy: &&dyn Strategy| {
        let sampling = strategy.sampling();
        let mut lines = vec![
            escaped(strategy.summary()),
            format!(
                "temperature {} · top-k {} · top-p {}",
                sampling.temperature, sampling.top_k, sampling.top_p
            ),
        ];
        lines.extend(
            strategy
                .knobs()
                .iter()
                .map(|knob| format!("`{}={}` {}", knob.name, knob.default, escaped(knob.summary))),
        );
        (strategy.name(), lines.join("\n"), false)
    };
    let intro = "How a text is written. What stands in `code` goes into `options`.";
    CreateEmbed::new()
        .title("Strategies")
        .description(intro)
        .fields(strategy::ALL.iter().map(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn help_fits_discords_limits() {
        for embed in [commands(), strategies()] {
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
