//! *Type a word*: fills a blank with a typed word.

use super::{CommandError, ModalContext};
use crate::discord::custom_id::FillId;
use crate::discord::view::fill::sheet;
use crate::discord::view::fill_controls::WORD;
use crate::service::{FillOperation, WordChoice};

pub(super) async fn submit(id: &FillId, context: &mut ModalContext) -> Result<(), CommandError> {
    let Some(word) = context.field(WORD) else {
        return Err(CommandError::Refused("type a word".to_owned()));
    };
    let act = FillOperation::Choose(id.cursor.blank, WordChoice::Typed(word.to_owned()));
    context.reply.acknowledge().await?;
    let services = &context.bot.services;
    let shown = services
        .fill
        .resume(&context.caller, &id.session, act)
        .await?;
    Ok(context.reply.answer(&sheet(&shown)).await?)
}
