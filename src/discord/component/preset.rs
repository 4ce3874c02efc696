//! *Use this preset*, under a shared preset: makes it the settings of whoever presses. The code is read from the message,
//! which the bot wrote, so that no state is needed.

use super::{CommandError, ComponentContext};
use crate::discord::action::panel::panel;
use crate::discord::custom_id::PresetAction;
use crate::service::{PresetError, Refusal, Scope, preset_code::CodeError};

pub(super) async fn press(
    PresetAction::Use: PresetAction,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let code = context.shown.split("```").nth(1);
    let code = code.ok_or_else(|| Refusal::from(PresetError::from(CodeError::NoCode)))?;
    let (bot, caller) = (&context.bot, &context.caller);
    let own = bot.services.preferences.use_code(caller, code).await?;
    let said = "These are your settings now.";
    let panel = panel(bot, caller, Scope::User, said, &own).await?;
    Ok(context.reply.answer(&panel).await?)
}
