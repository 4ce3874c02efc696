//! *Delete*, under a text: for its author and for moderators. Takes the message away and forgets the text with it, as
//! people expect of the word; a moderator of another server only takes the message away.

use serenity::async_trait;

use super::super::message::Message;
use super::{Component, Fault, Press};
use crate::service::Deletion;

pub(super) struct Delete;

#[async_trait]
impl Component for Delete {
    fn name(&self) -> &'static str {
        "delete"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        press.reply.notice().await?;
        let sessions = &press.bot.sessions;
        let sentence = match sessions.delete(&press.caller, &press.argument).await? {
            Deletion::Text => "Deleted. The text and its settings are forgotten.",
            Deletion::Message => {
                "The message is gone. The text itself was asked for elsewhere and stays."
            }
        };
        press.reply.delete().await?;
        Ok(press.reply.add(&Message::text(sentence).private()).await?)
    }
}
