//! *Remix*, under a text: opens a form with its settings.

use super::{CommandError, ComponentContext};
use crate::discord::view::remix::{TooLong, form};
use crate::service::TextId;

pub(super) async fn press(
    text: &TextId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    let text = context.bot.services.writing.text(text).await?;
    let form = form(&text).map_err(|TooLong(name)| {
        CommandError::Refused(format!(
            "what this text has as {name} is too long for a form; use /speak with another {name}"
        ))
    })?;
    Ok(context.reply.open_modal(&form).await?)
}
