//! Scores a text: which words surprise the model, and how much.

use figures::images::ImageError;

use crate::discord::bot::Bot;
use crate::discord::interaction::CommandError;
use crate::discord::view::message::Message;
use crate::discord::view::score;
use crate::service::Caller;

/// The scores of `text` as a message. The picture is left out if it exceeds `attachment_limit`, in bytes.
pub(in crate::discord) async fn score(
    bot: &Bot,
    caller: &Caller,
    text: &str,
    attachment_limit: usize,
) -> Result<Message, CommandError> {
    let scoring = bot.services.writing.score(caller, text).await?;
    let card = score::card(&scoring);
    // Drawing would block the executor.
    let drawn = tokio::task::spawn_blocking(move || card.to_png());
    let card = drawn
        .await
        .unwrap_or_else(|error| Err(ImageError::Encoding(error.to_string())));
    if let Err(error) = &card {
        tracing::warn!(%error, "a score card could not be drawn");
    }
    let card = card.ok().filter(|card| card.len() <= attachment_limit);
    Ok(score::message(&scoring, card))
}
