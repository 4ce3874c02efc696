//! Ends the deferred responses and streaming texts that the last process left unfinished.

use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use serde_json::{Value, json};
use serenity::model::id::{ApplicationId, ChannelId, InteractionId};

use super::bot::Bot;
use super::custom_id::CustomId;
use super::http::{Deadline, DiscordApi, InteractionToken, RequestError};
use super::interaction::resolve;
use super::secret::Secret;
use super::view::text::colour::FAILED;
use crate::service::{PendingResponse, RecoverableResponse};

const INTERRUPTED: &str =
    "This was interrupted by a restart of the bot. Run the command again to get another answer.";
/// Discord's message flag `LOADING`, for a deferred response that was not given.
const LOADING: u64 = 1 << 7;
/// Maximum number of responses that are recovered concurrently.
const MAX_CONCURRENT: usize = 8;

/// Ends all of `pending` and removes those from the database that are settled.
pub(super) async fn recover(bot: Arc<Bot>, pending: Vec<RecoverableResponse>) {
    if pending.is_empty() {
        return;
    }
    let count = pending.len();
    tracing::info!(count, "ending responses that the last process left");
    let began = Instant::now();
    let recovering = futures_util::stream::iter(pending);
    let recovering = recovering.for_each_concurrent(MAX_CONCURRENT, |response| {
        let bot = Arc::clone(&bot);
        async move {
            let deadline = Deadline::At(began + response.remaining);
            let pending = response.response;
            if is_settled(&bot.api, &pending, deadline).await {
                resolve(&bot.services, pending.interaction).await;
            }
        }
    });
    recovering.await;
}

/// Ends one response. Returns whether there is nothing left to do: it was ended, or it is out of reach for good.
async fn is_settled(api: &DiscordApi, pending: &PendingResponse, deadline: Deadline) -> bool {
    let Some(token) = token(pending) else {
        return true;
    };
    match end(api, &token, deadline).await {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "an unfinished response could not be ended");
            error.is_gone()
        }
    }
}

/// The token of a stored response; `None` if an id in the database is invalid.
fn token(pending: &PendingResponse) -> Option<InteractionToken> {
    let no_channel = pending.channel.is_some_and(|channel| channel.0 == 0);
    if pending.interaction.0 == 0 || pending.application.0 == 0 || no_channel {
        return None;
    }
    Some(InteractionToken {
        application: ApplicationId::new(pending.application.0),
        interaction: InteractionId::new(pending.interaction.0),
        token: Secret::new(&pending.token),
        channel: pending.channel.map(|channel| ChannelId::new(channel.0)),
    })
}

async fn end(
    api: &DiscordApi,
    token: &InteractionToken,
    deadline: Deadline,
) -> Result<(), RequestError> {
    let message = api.get_response(token, deadline).await?;
    if is_unfinished(&message) {
        let embeds = as_failed(&message["embeds"]);
        api.edit_raw(token, INTERRUPTED, &embeds, deadline).await?;
    }
    Ok(())
}

/// Whether a message is a deferred response or a streaming text. The last process may have finished it right before it ended.
fn is_unfinished(message: &Value) -> bool {
    let flags = message["flags"].as_u64();
    let loading = flags.is_some_and(|flags| flags & LOADING != 0);
    let rows = message["components"].as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let stops = |button: &Value| {
        let id = button["custom_id"].as_str();
        matches!(id.and_then(CustomId::decode), Some(CustomId::Stop(_)))
    };
    loading || buttons.any(stops)
}

/// The embeds of a streaming text as those of a failed one: the text stays, the progress bar goes.
fn as_failed(embeds: &Value) -> Value {
    let failed = |embed: &Value| {
        let footer = embed["footer"]["text"].as_str().unwrap_or_default();
        let (_, settings) = footer.split_once(" · ").unwrap_or_default();
        json!({
            "description": embed["description"],
            "color": FAILED,
            "footer": {"text": format!("{settings} · failed: the bot was restarted")},
        })
    };
    let embeds = embeds.as_array().into_iter().flatten();
    embeds.map(failed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_text_keeps_its_words_and_loses_its_progress_bar() {
        let embeds = json!([{
            "description": "Once **upon**", "color": 1, "type": "rich",
            "footer": {"text": "▰▱ writing 1 of 9 · gibbs · seed 5", "icon_url": null},
        }]);
        let footer = "gibbs · seed 5 · failed: the bot was restarted";
        let failed = as_failed(&embeds);
        assert_eq!(
            failed,
            json!([{"description": "Once **upon**", "color": FAILED, "footer": {"text": footer}}])
        );
        assert_eq!(as_failed(&Value::Null), json!([]));
    }

    #[test]
    fn only_deferred_responses_and_streaming_texts_are_unfinished() {
        let button = |id: &str| json!({"flags": 0, "components": [{"components": [{"custom_id": "x"}, {"custom_id": id}]}]});
        assert!(is_unfinished(&json!({"flags": 128 + 64, "components": []})));
        assert!(is_unfinished(&button("stop:abc")));
        assert!(!is_unfinished(&button("reroll:abc")));
        assert!(!is_unfinished(&json!({"flags": 64})));
        assert!(!is_unfinished(&Value::Null));
    }
}
