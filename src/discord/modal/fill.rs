//! *Type a word*: fills a blank with a typed word.

use super::{CommandError, ModalContext};
use crate::discord::custom_id::FillId;
use crate::discord::view::fill::sheet;
use crate::discord::view::fill_controls::WORD;
use crate::service::{Act, Pick};

pub(super) async fn submit(id: &FillId, context: &mut ModalContext) -> Result<(), CommandError> {
    let Some(word) = context.field(WORD) else {
        return Err(CommandError::Refused("type a word".to_owned()));
    };
    let act = Act::Choose(id.spot.blank, Pick::Typed(word.to_owned()));
    context.reply.acknowledge().await?;
    let sessions = &context.bot.sessions;
    let shown = sessions
        .go_on_with_cloze(&context.caller, &id.session, act)
        .await?;
    Ok(context.reply.answer(&sheet(&shown)).await?)
}
