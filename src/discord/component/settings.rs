//! The menus and buttons of the panel of settings, for whoever sees it: a person's own, or as a manager a server's.

use serenity::async_trait;

use super::{CommandError, Component, ComponentContext};
use crate::discord::view::settings::{self, Panel};
use crate::service::{Refusal, Scope, Setting};
use generation;

pub(super) struct SettingsControls;

#[async_trait]
impl Component for SettingsControls {
    fn name(&self) -> &'static str {
        settings::NAME
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let outdated = || {
            CommandError::Refused(
                "this panel is from another version of the bot; open it again".to_owned(),
            )
        };
        let argument = context.argument.clone();
        let mut parts = argument.split(':');
        let scope = parts
            .next()
            .and_then(settings::scope_of)
            .ok_or_else(outdated)?;
        let (action, given) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let chosen = context.values.first().cloned().unwrap_or_default();
        match action {
            "change" => open(context, scope, &chosen).await,
            "strategy" => set(context, scope, Setting::Strategy, &chosen).await,
            "temperature" => set(context, scope, Setting::Temperature, given).await,
            "reset" if chosen == settings::ALL => {
                keep(context, scope, |_| Ok(generation::Settings::default())).await
            }
            "reset" => {
                let setting = Setting::named(&chosen).ok_or_else(outdated)?;
                keep(context, scope, |settings| Ok(setting.unset(settings))).await
            }
            _ => Err(outdated()),
        }
    }
}

/// A person's strategy holds everywhere, and a place may have others.
const NOT_HERE: &str = "Kept, but the strategy is not used in this place.";

async fn open(
    context: &mut ComponentContext,
    scope: Scope,
    name: &str,
) -> Result<(), CommandError> {
    let setting = Setting::named(name)
        .ok_or_else(|| CommandError::Refused("choose what to change".to_owned()))?;
    let own = context.bot.sessions.own(&context.caller, scope).await?;
    Ok(context
        .reply
        .open_modal(&settings::form(scope, setting, &own))
        .await?)
}

async fn set(
    context: &mut ComponentContext,
    scope: Scope,
    setting: Setting,
    value: &str,
) -> Result<(), CommandError> {
    keep(context, scope, |settings| setting.set(&settings, value)).await
}

/// Changes what is set, and shows the panel as it is then.
async fn keep(
    context: &mut ComponentContext,
    scope: Scope,
    change: impl FnOnce(generation::Settings) -> Result<generation::Settings, Refusal> + Send,
) -> Result<(), CommandError> {
    let sessions = &context.bot.sessions;
    let own = sessions.change(&context.caller, scope, change).await?;
    let effective = sessions.effective_for(&context.caller, scope).await?;
    let used = own.strategy.is_none() || own.strategy == effective.settings().strategy;
    let panel = Panel {
        said: if used { "Kept." } else { NOT_HERE },
        scope,
        strategies: sessions.strategies().collect(),
        effective: &effective,
        own: &own,
    };
    Ok(context.reply.update(&panel.message()).await?)
}
