//! *Close and reveal*, under a duel: for whoever started it and for moderators.

use super::{CommandError, ComponentContext};
use crate::discord::view::duel;
use crate::service::DuelId;

pub(super) async fn press(id: &DuelId, context: &mut ComponentContext) -> Result<(), CommandError> {
    let revealed = context
        .bot
        .services
        .arena
        .reveal(&context.caller, id)
        .await?;
    Ok(context.reply.update(&duel::revealed(&revealed)).await?)
}
