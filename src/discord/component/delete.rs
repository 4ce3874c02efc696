//! *Delete*, under a text: for its author and for moderators. Deletes the message and the stored text. A moderator of a
//! server other than the text's deletes the message only.

use super::{CommandError, ComponentContext};
use crate::discord::view::message::Message;
use crate::service::{Deletion, TextId};

pub(super) async fn press(
    text: &TextId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    context.reply.acknowledge().await?;
    let services = &context.bot.services;
    let sentence = match services.writing.delete(&context.caller, text).await? {
        Deletion::Text => "Deleted. The text and its settings are forgotten.",
        Deletion::Message => {
            "The message is gone. The text itself was asked for elsewhere and stays."
        }
    };
    context.reply.delete().await?;
    let message = Message::text(sentence).private();
    Ok(context.reply.follow_up(&message).await?)
}
