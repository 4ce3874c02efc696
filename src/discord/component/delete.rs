//! *Delete*, under a text: for its author and for moderators. Takes the message away and forgets the text with it, as
//! people expect of the word; a moderator of another server only takes the message away.

use serenity::async_trait;

use super::{CommandError, Component, ComponentContext};
use crate::discord::view::message::Message;
use crate::service::Deletion;

pub(super) struct DeleteButton;

#[async_trait]
impl Component for DeleteButton {
    fn name(&self) -> &'static str {
        "delete"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        context.reply.acknowledge().await?;
        let sessions = &context.bot.sessions;
        let sentence = match sessions.delete(&context.caller, &context.argument).await? {
            Deletion::Text => "Deleted. The text and its settings are forgotten.",
            Deletion::Message => {
                "The message is gone. The text itself was asked for elsewhere and stays."
            }
        };
        context.reply.delete().await?;
        Ok(context
            .reply
            .follow_up(&Message::text(sentence).private())
            .await?)
    }
}
