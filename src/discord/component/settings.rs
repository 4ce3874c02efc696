//! The controls of a settings panel: of a person's own settings, or, for managers, of the defaults of a server or a channel.

use super::{CommandError, ComponentContext};
use crate::discord::action::panel::panel;
use crate::discord::custom_id::{SettingsAction, SettingsId};
use crate::discord::view::settings::{ALL, OUTDATED, form};
use crate::service::{Refusal, Scope};
use generation::{Setting, Settings};

/// Said about a strategy that the place does not allow.
const NOT_HERE: &str = "Kept, but the strategy is not used in this place.";

pub(super) async fn press(
    id: SettingsId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let chosen = context.values.first().cloned().unwrap_or_default();
    match id.action {
        SettingsAction::Change => open_form(id.scope, &chosen, context).await,
        SettingsAction::Reset => reset(id.scope, &chosen, context).await,
        SettingsAction::Temperature(value) => {
            set(id.scope, Setting::Temperature, &value, context).await
        }
        SettingsAction::Edit(Setting::Strategy) => {
            set(id.scope, Setting::Strategy, &chosen, context).await
        }
        SettingsAction::Edit(_) => Err(outdated()),
    }
}

fn outdated() -> CommandError {
    CommandError::Refused(OUTDATED.to_owned())
}

async fn open_form(
    scope: Scope,
    name: &str,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let setting = Setting::named(name)
        .ok_or_else(|| CommandError::Refused("choose what to change".to_owned()))?;
    let own = context
        .bot
        .services
        .preferences
        .stored(&context.caller, scope)
        .await?;
    let form = form(scope, setting, &own);
    Ok(context.reply.open_modal(&form).await?)
}

async fn reset(
    scope: Scope,
    name: &str,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    if name == ALL {
        return change(scope, context, |_| Ok(Settings::default())).await;
    }
    let setting = Setting::named(name).ok_or_else(outdated)?;
    change(scope, context, |settings| Ok(setting.unset(settings))).await
}

async fn set(
    scope: Scope,
    setting: Setting,
    value: &str,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    change(
        scope,
        context,
        |settings| Ok(setting.set(&settings, value)?),
    )
    .await
}

/// Changes the settings of the scope, and shows the new panel.
async fn change(
    scope: Scope,
    context: &mut ComponentContext,
    change: impl FnOnce(Settings) -> Result<Settings, Refusal> + Send,
) -> Result<(), CommandError> {
    let (bot, caller) = (&context.bot, &context.caller);
    let own = bot
        .services
        .preferences
        .change(caller, scope, change)
        .await?;
    let effective = bot.services.preferences.resolved_for(caller, scope).await?;
    let used = own.strategy.is_none() || own.strategy == effective.settings().strategy;
    let said = if used { "Kept." } else { NOT_HERE };
    let panel = panel(bot, caller, scope, said, &own).await?;
    Ok(context.reply.update(&panel).await?)
}
