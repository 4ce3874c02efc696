//! *Continue*, under a text: continues it where it ended, for whoever presses.

use super::{CommandError, ComponentContext};
use crate::discord::action::continue_;
use crate::service::TextId;

pub(super) async fn press(
    text: &TextId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    context.reply.defer().await?;
    let text = context.bot.services.writing.text(text).await?;
    continue_::run(&context.bot, &context.caller, &text, &mut context.reply).await
}
