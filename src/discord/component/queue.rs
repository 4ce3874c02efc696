//! The controls under `/queue`: *Look again*, and a menu that stops a generation, for its author and for moderators.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::QueueAction;
use crate::discord::view::lists;
use crate::service::Refusal;

pub(super) async fn press(
    action: QueueAction,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let sessions = &context.bot.sessions;
    if action == QueueAction::Stop {
        let id = context.values.first().ok_or(Refusal::Over)?;
        sessions.stop(&context.caller, id)?;
    }
    let queue = sessions.queue(&context.caller);
    let view = lists::queue(&queue, context.caller.rank);
    Ok(context.reply.update(&view).await?)
}
