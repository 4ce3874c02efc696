//! The controls under a sentence with blanks. The choices so far are in the database.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::{FillAction, FillId};
use crate::discord::view::fill::sheet;
use crate::discord::view::fill_controls::{picked, word_form};
use crate::service::{Act, Pick, Refusal};

pub(super) async fn press(id: &FillId, context: &mut ComponentContext) -> Result<(), CommandError> {
    let act = match id.action {
        FillAction::Choose => Act::Choose(id.spot.blank, chosen(&context.values)?),
        FillAction::Previous | FillAction::Next | FillAction::More => Act::Look(id.spot),
        FillAction::Undo => Act::Undo(id.spot),
        FillAction::Finish => Act::Finish(id.spot),
        FillAction::Type => return open_form(id, context).await,
    };
    context.reply.acknowledge().await?;
    let sessions = &context.bot.sessions;
    let shown = sessions
        .go_on_with_cloze(&context.caller, &id.session, act)
        .await?;
    Ok(context.reply.answer(&sheet(&shown)).await?)
}

/// Opens the form for a typed word, after checking that its result will be accepted.
async fn open_form(id: &FillId, context: &mut ComponentContext) -> Result<(), CommandError> {
    let sessions = &context.bot.sessions;
    sessions.check_cloze(&context.caller, &id.session).await?;
    Ok(context.reply.open_modal(&word_form(id)).await?)
}

fn chosen(values: &[String]) -> Result<Pick, Refusal> {
    let value = values.first().ok_or(Refusal::NoBlanks)?;
    picked(value).ok_or(Refusal::NoBlanks)
}
