//! The command options that stand for personal settings, and the settings that a caller gave with them.

use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::super::interaction::{CommandContext, CommandError};
use crate::service::Refusal;
use generation::{Setting, SettingKind, Settings, TextLimit};

/// The options for all settings of a text.
pub(super) fn all(bot: &Bot) -> Vec<CreateCommandOption> {
    Setting::ALL.iter().map(|&it| setting(bot, it)).collect()
}

/// The option for one setting.
pub(super) fn setting(bot: &Bot, setting: Setting) -> CreateCommandOption {
    let spec = setting.spec();
    let option = |kind| CreateCommandOption::new(kind, setting.name(), spec.command_help);
    match spec.kind {
        SettingKind::Text(limit) => text(bot, limit, setting.name(), spec.command_help),
        SettingKind::Strategy => strategies(bot, option(Kind::String)),
        SettingKind::Number { min, max } => option(Kind::Number)
            .min_number_value(min)
            .max_number_value(max),
        SettingKind::Whole { min, max } => {
            let max = match setting {
                Setting::Length => bot.services.policy.limits().length.get().into(),
                _ => max,
            };
            option(Kind::Integer).min_int_value(min).max_int_value(max)
        }
    }
}

/// An option for a text of limited length.
pub(super) fn text(
    bot: &Bot,
    limit: TextLimit,
    name: &str,
    description: &str,
) -> CreateCommandOption {
    let longest = bot.services.policy.limits().characters(limit);
    CreateCommandOption::new(Kind::String, name, description)
        .max_length(u16::try_from(longest).unwrap_or(u16::MAX))
}

/// Adds the strategies that the model supports as choices.
fn strategies(bot: &Bot, option: CreateCommandOption) -> CreateCommandOption {
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

/// The settings that the caller gave; those that the command has no option for are unset.
///
/// # Errors
/// When a number is out of range.
pub(super) fn settings(context: &CommandContext) -> Result<Settings, CommandError> {
    let given = |setting: &Setting| Some((*setting, context.typed(setting.name())?));
    Setting::ALL
        .iter()
        .filter_map(given)
        .try_fold(Settings::default(), |settings, (setting, typed)| {
            setting.set(&settings, &typed)
        })
        .map_err(|error| Refusal::from(error).into())
}
