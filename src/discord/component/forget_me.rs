//! *Delete everything*, under the question whether that is meant. Deletes what is kept of whoever presses.

use serenity::all::ButtonStyle;
use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::{CommandError, Component, ComponentContext, button};
use crate::discord::view::lists;

pub(super) struct ForgetMeButton;

/// The row under the question.
pub(in crate::discord) fn forget_row() -> CreateActionRow {
    let sure = button(&ForgetMeButton, "sure", "Delete everything").style(ButtonStyle::Danger);
    CreateActionRow::Buttons(vec![sure])
}

#[async_trait]
impl Component for ForgetMeButton {
    fn name(&self) -> &'static str {
        "forget-me"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        context.reply.acknowledge().await?;
        let amounts = context.bot.sessions.forget(context.caller.user).await?;
        Ok(context.reply.answer(&lists::forgotten(&amounts)).await?)
    }
}
