//! *How?*, under a text: the trace of its generation, shown to whoever presses alone.

use figures::images::{Animation, ImageError};
use tokio::sync::Semaphore;

use super::{CommandError, ComponentContext};
use crate::discord::view::trace;
use crate::service::TextId;

/// Maximum number of films that are drawn at the same time.
static DRAWING: Semaphore = Semaphore::const_new(2);

pub(super) async fn press(
    text: &TextId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    context.reply.defer_ephemeral().await?;
    let services = &context.bot.services;
    let text = services.writing.text(text).await?;
    if !services.writing.is_current_model(&text) {
        let message = trace::by_another_model(&text, &services.writing.model().fingerprint);
        return Ok(context.reply.answer(&message).await?);
    }
    let replay = services.writing.trace(&context.caller, &text).await?;
    let film = match trace::film(&text, &replay) {
        Some(film) => drawn(film, &text.id).await,
        None => None,
    };
    let film = film.filter(|film| film.len() <= context.attachment_limit);
    let message = trace::message(&text, &replay, film);
    Ok(context.reply.answer(&message).await?)
}

/// The film as a GIF. `None` if drawing fails.
async fn drawn(film: Animation, id: &TextId) -> Option<Vec<u8>> {
    let permit = DRAWING.acquire().await;
    // Drawing would block the executor.
    let drawn = tokio::task::spawn_blocking(move || {
        // The permit is released when the film is drawn, even if nobody waits for it any more.
        let _permit = permit;
        film.to_gif()
    });
    let drawn = drawn
        .await
        .unwrap_or_else(|error| Err(ImageError::Encoding(error.to_string())));
    drawn
        .inspect_err(|error| tracing::warn!(%error, id = id.as_str(), "the film of a text could not be drawn"))
        .ok()
}
