//! Rewrites a text: the words that fit worst are replaced.

use crate::discord::bot::Bot;
use crate::discord::interaction::CommandError;
use crate::discord::interaction::Reply;
use crate::discord::stream;
use crate::discord::view::text::quote;
use crate::service::Caller;
use generation::Settings;

/// The strategy that rewrites.
pub(in crate::discord) const STRATEGY: &str = "denoise";

/// Rewrites `text` with `settings`, streamed into `reply`. The text is quoted above the result, since Discord does not
/// show the options of a command.
pub(in crate::discord) async fn run(
    bot: &Bot,
    caller: &Caller,
    text: String,
    settings: Settings,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    let note = quote(&text);
    let settings = Settings {
        prompt: Some(text),
        strategy: Some(STRATEGY.into()),
        ..settings
    };
    let handle = bot.services.writing.speak(caller, settings).await?;
    stream::run(bot, handle, &note, reply).await
}
