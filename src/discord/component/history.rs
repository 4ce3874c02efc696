//! *Newer* and *Older*, under a list of texts. Whoever presses sees their own texts.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::HistoryId;
use crate::discord::view::lists;

pub(super) async fn press(
    id: &HistoryId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    context.reply.acknowledge().await?;
    let services = &context.bot.services;
    let history = services
        .privacy
        .history(context.caller.user, id.page)
        .await?;
    Ok(context.reply.answer(&lists::history(&history)).await?)
}
