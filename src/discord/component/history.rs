//! *Newer* and *Older*, under somebody's texts. Whoever presses sees their own.

use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::super::pages;
use super::{Component, Fault, Press, button};
use crate::session;

pub(super) struct History;

/// The row under a page.
pub(in super::super) fn history_row(history: &session::History) -> CreateActionRow {
    let (newer, older) = (
        history.page.saturating_sub(1),
        history.page.saturating_add(1),
    );
    // A name of its own for each button: on the first page both would name a page beside it.
    CreateActionRow::Buttons(vec![
        button(&History, &format!("newer/{newer}"), "Newer").disabled(history.page == 0),
        button(&History, &format!("older/{older}"), "Older").disabled(!history.more),
    ])
}

#[async_trait]
impl Component for History {
    fn name(&self) -> &'static str {
        "history"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        let page = press
            .argument
            .rsplit('/')
            .next()
            .and_then(|page| page.parse().ok());
        let Some(page) = page else {
            return Err(Fault::Refused(
                "there is no such page; run /history again".to_owned(),
            ));
        };
        press.reply.notice().await?;
        let history = press.bot.sessions.history(press.caller.user, page).await?;
        Ok(press.reply.answer(&pages::history(&history)).await?)
    }
}
