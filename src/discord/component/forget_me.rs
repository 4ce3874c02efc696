//! *Delete everything*, under the question whether that is meant: deletes everything that is kept of whoever presses.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::Confirmed;
use crate::discord::view::lists;

pub(super) async fn press(
    Confirmed::Sure: Confirmed,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    context.reply.acknowledge().await?;
    let amounts = context
        .bot
        .services
        .privacy
        .erase(context.caller.user)
        .await?;
    Ok(context.reply.answer(&lists::forgotten(&amounts)).await?)
}
