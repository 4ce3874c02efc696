//! *Newer* and *Older*, under somebody's texts. Whoever presses sees their own.

use serenity::async_trait;
use serenity::builder::CreateActionRow;

use super::{CommandError, Component, ComponentContext, button};
use crate::discord::view::lists;
use crate::service;

pub(super) struct HistoryButton;

/// The row under a page.
pub(in crate::discord) fn history_row(history: &service::History) -> CreateActionRow {
    let (newer, older) = (
        history.page.saturating_sub(1),
        history.page.saturating_add(1),
    );
    // A name of its own for each button: on the first page both would name a page beside it.
    CreateActionRow::Buttons(vec![
        button(&HistoryButton, &format!("newer/{newer}"), "Newer").disabled(history.page == 0),
        button(&HistoryButton, &format!("older/{older}"), "Older").disabled(!history.more),
    ])
}

#[async_trait]
impl Component for HistoryButton {
    fn name(&self) -> &'static str {
        "history"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let Some((_, page)) = page_of(&context.argument) else {
            return Err(CommandError::Refused(
                "there is no such page; run /history again".to_owned(),
            ));
        };
        context.reply.acknowledge().await?;
        let history = context
            .bot
            .sessions
            .history(context.caller.user, page)
            .await?;
        Ok(context.reply.answer(&lists::history(&history)).await?)
    }
}

/// The way to a page, which only tells the buttons apart, and its number.
pub(in crate::discord) fn page_of(argument: &str) -> Option<(&str, u32)> {
    let (way, number) = argument.rsplit_once('/')?;
    let page: u32 = number.parse().ok()?;
    (page.to_string() == number).then_some((way, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_it_is_written_and_nothing_else_is() {
        assert_eq!(page_of("older/12"), Some(("older", 12)));
        for forged in ["", "older", "older/", "older/+1", "older/01", "older/-1"] {
            assert_eq!(page_of(forged), None, "{forged}");
        }
    }
}
