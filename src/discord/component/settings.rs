//! The menus and buttons of the panel of settings, for whoever sees it: a person's own, or as a manager a server's.

use serenity::async_trait;

use super::super::panel::{self, Panel};
use super::{Component, Fault, Press};
use crate::service::{Refusal, Scope, Setting};
use generation;

pub(super) struct Settings;

#[async_trait]
impl Component for Settings {
    fn name(&self) -> &'static str {
        panel::NAME
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        let outdated = || {
            Fault::Refused(
                "this panel is from another version of the bot; open it again".to_owned(),
            )
        };
        let argument = press.argument.clone();
        let mut parts = argument.split(':');
        let scope = parts
            .next()
            .and_then(panel::scope_of)
            .ok_or_else(outdated)?;
        let (action, given) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let chosen = press.values.first().cloned().unwrap_or_default();
        match action {
            "change" => open(press, scope, &chosen).await,
            "strategy" => set(press, scope, Setting::Strategy, &chosen).await,
            "temperature" => set(press, scope, Setting::Temperature, given).await,
            "reset" if chosen == panel::ALL => {
                keep(press, scope, |_| Ok(generation::Settings::default())).await
            }
            "reset" => {
                let setting = Setting::named(&chosen).ok_or_else(outdated)?;
                keep(press, scope, |settings| Ok(setting.unset(settings))).await
            }
            _ => Err(outdated()),
        }
    }
}

/// A person's strategy holds everywhere, and a place may have others.
const NOT_HERE: &str = "Kept, but the strategy is not used in this place.";

async fn open(press: &mut Press, scope: Scope, name: &str) -> Result<(), Fault> {
    let setting =
        Setting::named(name).ok_or_else(|| Fault::Refused("choose what to change".to_owned()))?;
    let own = press.bot.sessions.own(&press.caller, scope).await?;
    Ok(press.reply.open(&panel::form(scope, setting, &own)).await?)
}

async fn set(press: &mut Press, scope: Scope, setting: Setting, value: &str) -> Result<(), Fault> {
    keep(press, scope, |settings| setting.set(&settings, value)).await
}

/// Changes what is set, and shows the panel as it is then.
async fn keep(
    press: &mut Press,
    scope: Scope,
    change: impl FnOnce(generation::Settings) -> Result<generation::Settings, Refusal> + Send,
) -> Result<(), Fault> {
    let sessions = &press.bot.sessions;
    let own = sessions.change(&press.caller, scope, change).await?;
    let effective = sessions.effective_for(&press.caller, scope).await?;
    let used = own.strategy.is_none() || own.strategy == effective.settings().strategy;
    let panel = Panel {
        said: if used { "Kept." } else { NOT_HERE },
        scope,
        strategies: sessions.strategies().collect(),
        effective: &effective,
        own: &own,
    };
    Ok(press.reply.update(&panel.message()).await?)
}
