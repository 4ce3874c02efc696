//! *How?*, under a text: how it was written, for whoever presses.

use serenity::async_trait;
use tokio::sync::Semaphore;

use super::{CommandError, Component, ComponentContext};
use crate::discord::view::trace;
use figures::images::ImageError;

/// So many films are drawn at the same time.
static DRAWING: Semaphore = Semaphore::const_new(2);

pub(super) struct TraceButton;

#[async_trait]
impl Component for TraceButton {
    fn name(&self) -> &'static str {
        "how"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        context.reply.defer_ephemeral().await?;
        let sessions = &context.bot.sessions;
        let text = sessions.text(&context.argument).await?;
        if !sessions.wrote(&text) {
            let message = trace::by_another_model(&text, &sessions.model().fingerprint);
            return Ok(context.reply.answer(&message).await?);
        }
        let replay = sessions.replay(&context.caller, &text).await?;
        let film = trace::film(&text, &replay);
        let place = DRAWING.acquire().await;
        // Drawing takes long enough to hold up others.
        let drawn = tokio::task::spawn_blocking(move || {
            // Given back with the film drawn, not when it has arrived.
            let _place = place;
            film.map(|film| film.to_gif()).transpose()
        });
        let film = drawn
            .await
            .unwrap_or_else(|error| Err(ImageError::Encoding(error.to_string())));
        let film = film.unwrap_or_else(|error| {
            tracing::warn!(%error, id = text.id, "there is no film of a text");
            None
        });
        let film = film.filter(|film| film.len() <= context.attachment_limit);
        let message = trace::message(&text, &replay, film);
        Ok(context.reply.answer(&message).await?)
    }
}
