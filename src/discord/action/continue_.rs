//! Continues a text where it ended.

use crate::discord::bot::Bot;
use crate::discord::interaction::CommandError;
use crate::discord::interaction::Reply;
use crate::discord::stream;
use crate::discord::view::text::note;
use crate::service::{Caller, Text};

/// Added to the note when the model cannot take in the whole text.
const SHORTENED: &str = "It is too long to be gone on from as a whole, so only its end is.";

/// Continues `text` for `caller`, streamed into `reply`.
pub(in crate::discord) async fn run(
    bot: &Bot,
    caller: &Caller,
    text: &Text,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    let handle = bot.services.writing.continue_text(caller, text).await?;
    let mut note = note(caller, "continued", &text.id);
    if handle.request().prompt.text() != text.text {
        note = format!("{note} {SHORTENED}");
    }
    stream::run(bot, handle, &note, reply).await
}
