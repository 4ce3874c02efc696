//! *Stop*, under a running generation: for its author and for moderators.

use super::{CommandError, ComponentContext};
use crate::service::TextId;

pub(super) async fn press(id: &TextId, context: &mut ComponentContext) -> Result<(), CommandError> {
    context.bot.services.writing.stop(&context.caller, id)?;
    Ok(context.reply.acknowledge().await?)
}
