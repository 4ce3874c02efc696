//! `/settings`: the caller's personal settings.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{Command, CommandContext, CommandError, options};
use crate::discord::action::panel::panel;
use crate::service::Scope;
use generation;
use generation::Setting;

pub(super) struct SettingsCommand;

#[async_trait]
impl Command for SettingsCommand {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn summary(&self) -> &'static str {
        "Shows or changes what your texts are written with from now on."
    }

    fn example(&self) -> &'static str {
        "/settings set strategy: gibbs temperature: 0.8"
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        let what =
            CreateCommandOption::new(Kind::String, "what", "Leave it out to set everything back.");
        let what = Setting::ALL.iter().fold(what, |what, setting| {
            what.add_string_choice(setting.name(), setting.name())
        });
        let subcommand =
            |name, description| CreateCommandOption::new(Kind::SubCommand, name, description);
        vec![
            subcommand(
                "show",
                "Opens the panel: your settings, where each comes from, and menus to change them.",
            ),
            subcommand("set", "Keeps settings for all your texts to come.")
                .set_sub_options(options::all(bot)),
            subcommand("reset", "Sets one setting back, or all of them.").add_sub_option(what),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let change = options::settings(context)?;
        context.reply.defer_ephemeral().await?;
        let (services, caller) = (&context.bot.services, &context.caller);
        let (said, own) = match context.subcommand() {
            Some("set") if change == generation::Settings::default() => {
                return Err(CommandError::Refused(
                    "choose at least one thing to set, such as strategy or temperature".to_owned(),
                ));
            }
            Some("set") => {
                let changed = services
                    .preferences
                    .change(caller, Scope::User, |settings| Ok(change.over(&settings)));
                ("Kept.", changed.await?)
            }
            Some("reset") => {
                let what = context.text("what").and_then(Setting::named);
                let changed = services
                    .preferences
                    .change(caller, Scope::User, |settings| {
                        Ok(what.map_or_else(generation::Settings::default, |what| {
                            what.unset(settings)
                        }))
                    });
                ("Set back.", changed.await?)
            }
            _ => ("", services.preferences.stored(caller, Scope::User).await?),
        };
        let panel = panel(&context.bot, caller, Scope::User, said, &own).await?;
        Ok(context.reply.answer(&panel).await?)
    }
}
