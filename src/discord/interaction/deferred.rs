//! Promised answers, remembered in the database so that a bot that was killed keeps its word at the next start.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::{Value, json};
use serenity::model::id::{ApplicationId, ChannelId, InteractionId};
use tokio::task::JoinHandle;

use super::super::http::api::DiscordApi;
use super::super::http::deadline::Deadline;
use super::super::http::error::RequestError;
use super::super::http::interaction_token::InteractionToken;
use super::super::{Bot, Secret};
use crate::discord::custom_id::CustomId;
use crate::discord::view::text::colour::FAILED;
use crate::domain;
use crate::service::{PendingResponse, RecoverableResponse, Services};

const INTERRUPTED: &str =
    "This was interrupted by a restart of the bot. Run the command again to get another answer.";
/// Discord's mark of a message that says "thinking…".
const THINKING: u64 = 1 << 7;
/// How long an answer may wait for the disk.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many old promises are kept at the same time.
const AT_ONCE: usize = 8;

/// A promise that is in the database, or on its way there.
pub(in crate::discord) struct Remembered {
    services: Arc<Services>,
    interaction: domain::InteractionId,
    writing: JoinHandle<()>,
    done: bool,
}

impl Remembered {
    /// Begins to remember that `token` is promised an answer.
    pub(in crate::discord) fn begin(services: &Arc<Services>, token: &InteractionToken) -> Self {
        let promise = PendingResponse {
            interaction: domain::InteractionId(token.interaction.get()),
            application: domain::ApplicationId(token.application.get()),
            channel: token
                .channel
                .map(|channel| domain::ChannelId(channel.get())),
            token: token.token.expose().to_owned(),
        };
        let services = Arc::clone(services);
        let interaction = promise.interaction;
        let writing = {
            let services = Arc::clone(&services);
            tokio::spawn(async move {
                if let Err(error) = services.writing.add_pending_response(&promise).await {
                    tracing::error!(%error, "a promise could not be written down; only a crash would show it");
                }
            })
        };
        Self {
            services,
            interaction,
            writing,
            done: false,
        }
    }

    /// Waits until it outlives the process, but no longer than somebody who waits for an answer can.
    pub(in crate::discord) async fn written(&mut self) {
        let waited = tokio::time::timeout(PATIENCE, &mut self.writing).await;
        self.done = waited.is_ok();
        if !self.done {
            tracing::warn!("the disk is slow; a promise is made before it is written down");
        }
    }

    /// Forgets it: the answer was given.
    pub(in crate::discord) async fn end(self) {
        if !self.done {
            // If writing panicked there is nothing to forget.
            let _ = self.writing.await;
        }
        forget(&self.services, self.interaction).await;
    }
}

async fn forget(services: &Services, interaction: domain::InteractionId) {
    if let Err(error) = services.writing.resolve_pending_response(interaction).await {
        tracing::error!(%error, "a promise that was kept is still written down");
    }
}

/// Says to everybody who waits for an answer since before the start that none will come.
pub(in crate::discord) async fn apologise(bot: Arc<Bot>, promises: Vec<RecoverableResponse>) {
    if promises.is_empty() {
        return;
    }
    tracing::info!(
        count = promises.len(),
        "telling people that the bot was interrupted"
    );
    let began = Instant::now();
    futures_util::stream::iter(promises)
        .for_each_concurrent(AT_ONCE, |open| {
            let bot = Arc::clone(&bot);
            async move {
                let deadline = Deadline::at(began + open.remaining);
                if told(&bot.api, &open.response, deadline).await {
                    forget(&bot.services, open.response.interaction).await;
                }
            }
        })
        .await;
}

/// Whether a message is still a promise or a text in the making. The answer may have arrived right before the end.
fn is_unfinished(message: &Value) -> bool {
    let thinking = message["flags"]
        .as_u64()
        .is_some_and(|flags| flags & THINKING != 0);
    let rows = message["components"].as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let stops = |button: &Value| {
        let id = button["custom_id"].as_str();
        matches!(id.and_then(CustomId::decode), Some(CustomId::Stop(_)))
    };
    thinking || buttons.any(stops)
}

/// A text in the making as one that failed: what was written stays, how far it was goes.
fn failed(embeds: &Value) -> Value {
    let failed = |embed: &Value| {
        let footer = embed["footer"]["text"].as_str().unwrap_or_default();
        let (_, settings) = footer.split_once(" · ").unwrap_or_default();
        json!({
            "description": embed["description"],
            "color": FAILED,
            "footer": {"text": format!("{settings} · failed: the bot was restarted")},
        })
    };
    embeds
        .as_array()
        .into_iter()
        .flatten()
        .map(failed)
        .collect()
}

/// Whether the matter is settled: somebody was told, or there is nobody to tell any more.
async fn told(api: &DiscordApi, promise: &PendingResponse, deadline: Deadline) -> bool {
    let no_channel = promise.channel.is_some_and(|channel| channel.0 == 0);
    if promise.interaction.0 == 0 || promise.application.0 == 0 || no_channel {
        return true;
    }
    let token = InteractionToken {
        application: ApplicationId::new(promise.application.0),
        interaction: InteractionId::new(promise.interaction.0),
        token: Secret::new(&promise.token),
        channel: promise.channel.map(|channel| ChannelId::new(channel.0)),
    };
    let settled = async {
        let shown = api.get_response(&token, deadline).await?;
        if is_unfinished(&shown) {
            let embeds = failed(&shown["embeds"]);
            api.edit_raw(&token, INTERRUPTED, &embeds, deadline).await?;
        }
        Ok::<_, RequestError>(())
    };
    match settled.await {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "an interrupted text could not be ended");
            error.is_gone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_text_keeps_its_words_and_loses_its_bar() {
        let shown = json!([{
            "description": "Once **upon**", "color": 1, "type": "rich",
            "footer": {"text": "▰▱ writing 1 of 9 · gibbs · seed 5", "icon_url": null},
        }]);
        let footer = "gibbs · seed 5 · failed: the bot was restarted";
        let failed = failed(&shown);
        assert_eq!(
            failed,
            json!([{"description": "Once **upon**", "color": FAILED, "footer": {"text": footer}}])
        );
        assert_eq!(super::failed(&Value::Null), json!([]));
    }

    #[test]
    fn only_promises_and_texts_in_the_making_are_unfinished() {
        let button = |id: &str| json!({"flags": 0, "components": [{"components": [{"custom_id": "x"}, {"custom_id": id}]}]});
        assert!(is_unfinished(&json!({"flags": 128 + 64, "components": []})));
        assert!(is_unfinished(&button("stop:abc")));
        assert!(!is_unfinished(&button("reroll:abc")));
        assert!(!is_unfinished(&json!({"flags": 64})));
        assert!(!is_unfinished(&Value::Null));
    }
}
