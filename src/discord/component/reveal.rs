//! *Close and reveal*, under a duel: for whoever started it and for moderators.

use super::{CommandError, ComponentContext};
use crate::discord::view::duel;

pub(super) async fn press(id: &str, context: &mut ComponentContext) -> Result<(), CommandError> {
    let revealed = context
        .bot
        .services
        .arena
        .reveal(&context.caller, id)
        .await?;
    Ok(context.reply.update(&duel::revealed(&revealed)).await?)
}
