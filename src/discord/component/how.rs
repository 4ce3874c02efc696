//! *How?*, under a text: how it was written, for whoever presses.

use serenity::async_trait;
use tokio::sync::Semaphore;

use super::super::making;
use super::{Component, Fault, Press};
use figures::images::PictureError;

/// So many films are drawn at the same time.
static DRAWING: Semaphore = Semaphore::const_new(2);

pub(super) struct How;

#[async_trait]
impl Component for How {
    fn name(&self) -> &'static str {
        "how"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        press.reply.promise_privately().await?;
        let sessions = &press.bot.sessions;
        let text = sessions.text(&press.argument).await?;
        if !sessions.wrote(&text) {
            let message = making::by_another_model(&text, &sessions.model().fingerprint);
            return Ok(press.reply.answer(&message).await?);
        }
        let replay = sessions.replay(&press.caller, &text).await?;
        let film = making::film(&text, &replay);
        let place = DRAWING.acquire().await;
        // Drawing takes long enough to hold up others.
        let drawn = tokio::task::spawn_blocking(move || {
            // Given back with the film drawn, not when it has arrived.
            let _place = place;
            film.map(|film| film.draw()).transpose()
        });
        let film = drawn
            .await
            .unwrap_or_else(|error| Err(PictureError::Encoding(error.to_string())));
        let film = film.unwrap_or_else(|error| {
            tracing::warn!(%error, id = text.id, "there is no film of a text");
            None
        });
        let film = film.filter(|film| film.len() <= press.attachment_limit);
        let message = making::message(&text, &replay, film);
        Ok(press.reply.answer(&message).await?)
    }
}
