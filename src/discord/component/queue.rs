//! The controls under `/queue`: *Look again*, and a menu that stops a generation, for its author and for moderators.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::QueueAction;
use crate::discord::view::lists;
use crate::service::Refusal;

pub(super) async fn press(
    action: QueueAction,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let services = &context.bot.services;
    if action == QueueAction::Stop {
        let id = context.values.first().ok_or(Refusal::Over)?;
        services
            .writing
            .stop(&context.caller, &id.as_str().into())?;
    }
    let queue = services.writing.queue(&context.caller);
    let view = lists::queue(&queue, context.caller.permission);
    Ok(context.reply.update(&view).await?)
}
