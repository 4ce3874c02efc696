//! The controls under a sentence with blanks. The choices so far are in the database.

use super::{CommandError, ComponentContext};
use crate::discord::custom_id::{FillAction, FillId};
use crate::discord::view::fill::sheet;
use crate::discord::view::fill_controls::{picked, word_form};
use crate::service::{FillOperation, Refusal, WordChoice};

pub(super) async fn press(id: &FillId, context: &mut ComponentContext) -> Result<(), CommandError> {
    let act = match id.action {
        FillAction::Choose => FillOperation::Choose(id.cursor.blank, chosen(&context.values)?),
        FillAction::Previous | FillAction::Next | FillAction::More => {
            FillOperation::Move(id.cursor)
        }
        FillAction::Undo => FillOperation::Undo(id.cursor),
        FillAction::Finish => FillOperation::Finish(id.cursor),
        FillAction::Type => return open_form(id, context).await,
    };
    context.reply.acknowledge().await?;
    let services = &context.bot.services;
    let shown = services
        .fill
        .resume(&context.caller, &id.session, act)
        .await?;
    Ok(context.reply.answer(&sheet(&shown)).await?)
}

/// Opens the form for a typed word, after checking that its result will be accepted.
async fn open_form(id: &FillId, context: &mut ComponentContext) -> Result<(), CommandError> {
    let services = &context.bot.services;
    services.fill.session(&context.caller, &id.session).await?;
    Ok(context.reply.open_modal(&word_form(id)).await?)
}

fn chosen(values: &[String]) -> Result<WordChoice, Refusal> {
    let value = values.first().ok_or(Refusal::NoBlanks)?;
    picked(value).ok_or(Refusal::NoBlanks)
}
