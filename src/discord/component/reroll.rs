//! *Reroll*, under a text: the same settings with another seed, for whoever presses.

use super::{CommandError, ComponentContext};
use crate::discord::stream;
use crate::discord::view::text::note;
use crate::service::TextId;

pub(super) async fn press(
    text: &TextId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    context.reply.defer().await?;
    let services = &context.bot.services;
    let text = services.writing.text(text).await?;
    let handle = services.writing.reroll(&context.caller, &text).await?;
    let note = note(&context.caller, "rerolled", &text.id);
    stream::run(&context.bot, handle, &note, &mut context.reply).await
}
