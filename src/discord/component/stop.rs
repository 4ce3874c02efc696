//! *Stop*, under a text in the making.

use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::{CommandError, Component, ComponentContext, button};

pub(super) struct StopButton;

/// The row under a text in the making.
pub(in crate::discord) fn stop_row(id: &str) -> CreateActionRow {
    CreateActionRow::Buttons(vec![button(&StopButton, id, "Stop")])
}

#[async_trait]
impl Component for StopButton {
    fn name(&self) -> &'static str {
        "stop"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        context
            .bot
            .sessions
            .stop(&context.caller, &context.argument)?;
        Ok(context.reply.acknowledge().await?)
    }
}
