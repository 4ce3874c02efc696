//! Options that several commands share: the settings of a text.

use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::super::interaction::{CommandContext, CommandError};
use crate::service::Refusal;
use generation::{Seed, Settings, StrategyName};

/// The options for all settings of a text.
pub(super) fn writing(bot: &Bot) -> Vec<CreateCommandOption> {
    vec![
        prompt(
            bot,
            "prompt",
            "The text to go on from. Mark blanks with ___ or [MASK].",
        ),
        strategies(bot),
        temperature(),
        length(bot),
        seed(),
        CreateCommandOption::new(
            Kind::Integer,
            "top_k",
            "Draw only from so many of the best words; 0 is off.",
        )
        .min_int_value(0)
        .max_int_value(1000),
        CreateCommandOption::new(
            Kind::Number,
            "top_p",
            "Draw only from the best words that together reach this probability.",
        )
        .min_number_value(0.0)
        .max_number_value(1.0),
        CreateCommandOption::new(
            Kind::String,
            "options",
            "The strategy's own options, such as window=8. /help topic: strategies.",
        )
        .max_length(200),
        steering(
            bot,
            "tags",
            "Words that steer the text from behind and do not appear, such as healthy, delicious.",
        ),
        steering(
            bot,
            "context",
            "A sentence that steers the text from behind and does not appear.",
        ),
        steering(
            bot,
            "keywords",
            "Words, by commas: keywords puts all of them in, best-of favours texts that have them.",
        ),
    ]
}

/// The option `length`, in new tokens.
pub(super) fn length(bot: &Bot) -> CreateCommandOption {
    CreateCommandOption::new(
        Kind::Integer,
        "length",
        "How many new tokens, about as many as words.",
    )
    .min_int_value(1)
    .max_int_value(bot.services.policy.limits().length.get().into())
}

/// The option `seed`.
pub(super) fn seed() -> CreateCommandOption {
    CreateCommandOption::new(
        Kind::Integer,
        "seed",
        "The same seed with the same settings gives the same text.",
    )
    .min_int_value(0)
    .max_int_value(Seed::MAX)
}

/// An option for a text that steers the generation besides the prompt.
pub(super) fn steering(bot: &Bot, name: &str, description: &str) -> CreateCommandOption {
    let longest =
        u16::try_from(bot.services.policy.limits().steering_characters).unwrap_or(u16::MAX);
    CreateCommandOption::new(Kind::String, name, description).max_length(longest)
}

/// An option for a prompt.
pub(super) fn prompt(bot: &Bot, name: &str, description: &str) -> CreateCommandOption {
    let longest = u16::try_from(bot.services.policy.limits().prompt_characters).unwrap_or(u16::MAX);
    CreateCommandOption::new(Kind::String, name, description).max_length(longest)
}

/// The option `temperature`.
pub(super) fn temperature() -> CreateCommandOption {
    CreateCommandOption::new(
        Kind::Number,
        "temperature",
        "How boldly words are drawn: 0 takes the best, 1 as the model believes, up to 5.",
    )
    .min_number_value(0.0)
    .max_number_value(5.0)
}

fn strategies(bot: &Bot) -> CreateCommandOption {
    let option = CreateCommandOption::new(Kind::String, "strategy", "How the text is written.");
    bot.services
        .writing
        .strategies()
        .fold(option, |option, strategy| {
            let label: String = format!("{}: {}", strategy.name(), strategy.summary())
                .chars()
                .take(100)
                .collect();
            option.add_string_choice(label, strategy.name())
        })
}

/// The value of the option `seed`.
pub(super) fn given_seed(context: &CommandContext) -> Result<Option<Seed>, CommandError> {
    let seed = context.whole("seed").map(|seed| seed.to_string().parse());
    seed.transpose()
        .map_err(|error| Refusal::from(error).into())
}

/// The values of the options of [`writing`].
pub(super) fn settings(context: &CommandContext) -> Result<Settings, CommandError> {
    let text = |name| context.text(name).map(str::to_owned);
    Ok(Settings {
        prompt: text("prompt"),
        strategy: text("strategy").map(StrategyName::from),
        temperature: context.number("temperature")?,
        top_k: context.number("top_k")?,
        top_p: context.number("top_p")?,
        length: context.number("length")?,
        seed: given_seed(context)?,
        options: text("options"),
        tags: text("tags"),
        context: text("context"),
        keywords: text("keywords"),
    })
}
