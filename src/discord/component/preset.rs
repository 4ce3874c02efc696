//! *Use this preset*, under a preset that somebody shared: makes it the settings of whoever presses. The code is read from
//! the message itself, which the bot wrote, so that nothing has to be kept.

use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::{CommandError, Component, ComponentContext, button};
use crate::discord::view::settings::Panel;
use crate::service::{PresetError, Refusal, Scope, preset_code::CodeError};

pub(super) struct PresetButton;

/// The row under a shared preset.
pub(in crate::discord) fn preset_row() -> CreateActionRow {
    CreateActionRow::Buttons(vec![button(&PresetButton, "use", "Use this preset")])
}

#[async_trait]
impl Component for PresetButton {
    fn name(&self) -> &'static str {
        "preset"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let code = context.shown.split("```").nth(1);
        let code = code.ok_or_else(|| Refusal::from(PresetError::from(CodeError::NoCode)))?;
        let sessions = &context.bot.sessions;
        let own = sessions.use_code(&context.caller, code).await?;
        let effective = sessions.effective_for(&context.caller, Scope::User).await?;
        let panel = Panel {
            said: "These are your settings now.",
            scope: Scope::User,
            strategies: sessions.strategies().collect(),
            effective: &effective,
            own: &own,
        };
        Ok(context.reply.answer(&panel.message()).await?)
    }
}
