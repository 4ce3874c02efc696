//! *Stop*, under a text in the making.

use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::{CommandError, Component, ComponentContext, button};

pub(super) struct Stop;

/// The row under a text in the making.
pub(in super::super) fn stop_row(id: &str) -> CreateActionRow {
    CreateActionRow::Buttons(vec![button(&Stop, id, "Stop")])
}

#[async_trait]
impl Component for Stop {
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
