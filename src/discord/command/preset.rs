//! `/preset`: stores settings under a name, to use them again or to share them.

use serenity::async_trait;
use serenity::builder::{CreateCommandOption, CreateEmbed};
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::super::http::Suggestion;
use super::{AutocompleteContext, Command, CommandContext, CommandError};
use crate::discord::action::panel::panel;
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::discord::view::settings::{preset_row, those_set};
use crate::discord::view::text::shortened;
use crate::service::{MAX_PRESET_NAME, Preset as Kept, Scope};

/// Maximum length of a preset's values in the list, in UTF-16 code units.
const SAID: usize = 140;

pub(super) struct PresetCommand;

#[async_trait]
impl Command for PresetCommand {
    fn name(&self) -> &'static str {
        "preset"
    }

    fn summary(&self) -> &'static str {
        "Keeps your settings under a name, to use them again or to share them as a short code."
    }

    fn example(&self) -> &'static str {
        "/preset save name: bedtime stories"
    }

    fn options(&self, _: &Bot) -> Vec<CreateCommandOption> {
        let subcommand =
            |name, description| CreateCommandOption::new(Kind::SubCommand, name, description);
        let name = |description| {
            let longest = u16::try_from(MAX_PRESET_NAME).unwrap_or(u16::MAX);
            CreateCommandOption::new(Kind::String, "name", description)
                .required(true)
                .max_length(longest)
        };
        let known = || name("Which of your presets.").set_autocomplete(true);
        let code =
            CreateCommandOption::new(Kind::String, "code", "The code, as /preset share shows it.")
                .required(true);
        vec![
            subcommand("save", "Keeps what you have set under a name.")
                .add_sub_option(name("What to call it.")),
            subcommand("use", "Makes a preset your settings.").add_sub_option(known()),
            subcommand("list", "Shows the presets you have."),
            subcommand("delete", "Forgets a preset.").add_sub_option(known()),
            subcommand("share", "Shows a preset as a code that others can use.")
                .add_sub_option(known()),
            subcommand("import", "Keeps somebody's code as a preset of yours.")
                .add_sub_option(code)
                .add_sub_option(name("What to call it.")),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let (services, user) = (&context.bot.services, context.caller.user);
        let name = context.text("name").unwrap_or_default();
        let said = match context.subcommand() {
            Some("save") => kept(&services.preferences.save_preset(user, name).await?),
            Some("import") => {
                let code = context.text("code").unwrap_or_default();
                kept(&services.preferences.import_preset(user, code, name).await?)
            }
            Some("delete") => {
                services.preferences.delete_preset(user, name).await?;
                Message::text(format!("Forgotten: {}.", escaped(name)))
            }
            Some("share") => shared(context, name).await?,
            Some("use") => used(context, name).await?,
            _ => listed(&services.preferences.presets(user).await?),
        };
        Ok(context.reply.answer(&said).await?)
    }

    async fn complete(
        &self,
        context: &AutocompleteContext,
    ) -> Result<Vec<Suggestion>, CommandError> {
        suggestions(context).await
    }
}

/// The caller's presets with the typed text in their name.
pub(super) async fn suggestions(
    context: &AutocompleteContext,
) -> Result<Vec<Suggestion>, CommandError> {
    let presets = context
        .bot
        .services
        .preferences
        .presets(context.caller.user)
        .await?;
    let typed = context.typed.trim().to_lowercase();
    let fitting = presets
        .into_iter()
        .filter(|preset| preset.name.to_lowercase().contains(&typed));
    let suggestion = |preset: Kept| Suggestion {
        name: preset.name.clone(),
        value: preset.name,
    };
    Ok(fitting.map(suggestion).collect())
}

fn kept(preset: &Kept) -> Message {
    let embed = CreateEmbed::new()
        .title(format!("Kept as {}", escaped(&preset.name)))
        .description(those_set(&preset.settings));
    Message::embed(embed).private()
}

fn listed(presets: &[Kept]) -> Message {
    if presets.is_empty() {
        let how = "You have no presets yet. Choose something with `/settings set`, then keep it with `/preset save`.";
        return Message::text(how).private();
    }
    let line = |preset: &Kept| {
        let values = preset.settings.values();
        let values = values.map(|(setting, value)| format!("{} {value}", setting.name()));
        let values = values.collect::<Vec<_>>().join(" · ");
        format!(
            "**{}** {}",
            escaped(&preset.name),
            escaped(&shortened(&values, SAID)).replace('\n', " ")
        )
    };
    let lines: Vec<String> = presets.iter().map(line).collect();
    let embed = CreateEmbed::new()
        .title("Your presets")
        .description(shortened(&lines.join("\n"), 4_000));
    Message::embed(embed).private()
}

async fn shared(context: &CommandContext, name: &str) -> Result<Message, CommandError> {
    let (preset, code) = context
        .bot
        .services
        .preferences
        .share_preset(context.caller.user, name)
        .await?;
    // A public message must obey the place's banned words.
    context
        .bot
        .services
        .preferences
        .check_presentable(&context.caller, &preset)
        .await?;
    let said = format!(
        "**{}**, a preset of <@{}>:\n```\n{code}\n```",
        escaped(&preset.name),
        context.caller.user.0
    );
    let embed = CreateEmbed::new().description(those_set(&preset.settings));
    Ok(Message::text(said).with_embed(embed).with_row(preset_row()))
}

async fn used(context: &CommandContext, name: &str) -> Result<Message, CommandError> {
    let services = &context.bot.services;
    let preset = services
        .preferences
        .use_preset(&context.caller, name)
        .await?;
    let said = format!("You use {} now.", escaped(&preset.name));
    let (bot, caller) = (&context.bot, &context.caller);
    let panel = panel(bot, caller, Scope::User, &said, &preset.settings);
    Ok(panel.await?)
}
