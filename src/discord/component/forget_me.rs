//! *Delete everything*, under the question whether that is meant. Deletes what is kept of whoever presses.

use serenity::all::ButtonStyle;
use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::super::pages;
use super::{Component, Fault, Press, button};

pub(super) struct ForgetMe;

/// The row under the question.
pub(in super::super) fn forget_row() -> CreateActionRow {
    let sure = button(&ForgetMe, "sure", "Delete everything").style(ButtonStyle::Danger);
    CreateActionRow::Buttons(vec![sure])
}

#[async_trait]
impl Component for ForgetMe {
    fn name(&self) -> &'static str {
        "forget-me"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        press.reply.notice().await?;
        let amounts = press.bot.sessions.forget(press.caller.user).await?;
        Ok(press.reply.answer(&pages::forgotten(&amounts)).await?)
    }
}
