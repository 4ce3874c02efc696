//! The bot on Discord: interactions in, messages out. The only folder that knows serenity.
//!
//! `http/` and `gateway/` stand between serenity and the network and work around faults of serenity 0.12.5; each is described
//! where it is avoided. `interaction/` reads one interaction and sends its responses. `events` ties everything together.

mod action;
mod bot;
pub mod command;
mod component;
mod context_menu;
mod custom_id;
mod error;
mod error_report;
mod events;
pub mod fuzzing;
mod gateway;
mod http;
mod interaction;
mod locale;
mod modal;
mod recovery;
mod secret;
mod settings;
mod stream;
mod view;

use std::sync::Arc;
use std::time::Duration;

use serenity::Client;
use serenity::client::ClientBuilder;
use serenity::gateway::ShardManager;
use serenity::http::HttpBuilder;
use serenity::model::gateway::GatewayIntents;
use tokio_util::sync::CancellationToken;

use bot::Bot;
pub use error::DiscordError;
use gateway::GatewayProxy;
use http::{Deadline, DiscordApi, RequestError};
pub use secret::Secret;
pub use settings::{ApiBaseUrl, DiscordSettings};

use crate::service::Services;

/// How long the first request to Discord is retried before the program gives up.
const FIRST_CONTACT: Duration = Duration::from_mins(2);
/// Timeout of closing the gateway connections.
const GATEWAY_CLOSE: Duration = Duration::from_secs(3);

/// When and how the bot is shut down.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// Cancelled when the bot is to shut down.
    pub signal: CancellationToken,
    /// How long running generations may continue after the signal.
    pub grace: Duration,
}

/// Runs the bot until it is shut down. It authenticates with `token`; `settings.token` is ignored.
///
/// # Errors
/// When Discord cannot be reached, or refuses the bot for good.
pub async fn run(
    settings: &DiscordSettings,
    token: &Secret,
    services: Arc<Services>,
    shutdown: Shutdown,
) -> Result<(), DiscordError> {
    let api = Arc::new(DiscordApi::new(settings, token).map_err(setup)?);
    let gateway = tokio::select! {
        gateway = api.gateway(Deadline::after(FIRST_CONTACT)) => gateway.map_err(|error| unreachable(settings, &error))?,
        () = shutdown.signal.cancelled() => return Ok(()),
    };
    let proxy = GatewayProxy::start(&gateway.url, gateway.session_start_limit);
    let proxy = proxy.await.map_err(setup)?;
    let bot = Bot::new(services, Arc::clone(&api), settings.edit_interval);
    let bot = Arc::new(bot);
    // Before the first interaction can defer a response, so that only those of the last process are recovered.
    recover_responses(&bot).await;
    let mut client = client(settings, token, &bot).await?;
    *client.ws_url.lock().await = proxy.url();
    let shards = Arc::clone(&client.shard_manager);
    tracing::info!(shards = gateway.shards, "connecting to Discord");
    // The proxy first: when both end, it knows the reason.
    let ended = tokio::select! {
        biased;
        reason = proxy.fatal() => Err(DiscordError::Gateway(reason)),
        result = client.start_shards(gateway.shards) => result.map_err(|error| DiscordError::Connection(error.to_string())),
        () = shutdown.signal.cancelled() => Ok(()),
    };
    let grace = if ended.is_ok() {
        shutdown.grace
    } else {
        Duration::ZERO
    };
    bot.shut_down(grace).await;
    close_gateway(&shards).await;
    ended
}

async fn recover_responses(bot: &Arc<Bot>) {
    match bot.services.writing.recoverable_responses().await {
        Ok(pending) => drop(bot.tasks.spawn(recovery::recover(Arc::clone(bot), pending))),
        Err(error) => {
            tracing::error!(%error, "pending responses of the last process cannot be loaded");
        }
    }
}

async fn client(
    settings: &DiscordSettings,
    token: &Secret,
    bot: &Arc<Bot>,
) -> Result<Client, DiscordError> {
    // With its own rate limiter, serenity ignores the proxy URL.
    let mut http = HttpBuilder::new(token.expose())
        .client(bot.api.http_client())
        .ratelimiter_disabled(true);
    if let Some(url) = &settings.api_base_url {
        http = http.proxy(url.as_str());
    }
    // No intents: interactions need none, and a bot that receives no messages protects people's privacy.
    let client = ClientBuilder::new_with_http(http.build(), GatewayIntents::empty())
        .event_handler(events::Events::new(Arc::clone(bot)));
    client.await.map_err(setup)
}

fn setup(error: impl std::fmt::Display) -> DiscordError {
    DiscordError::Setup(error.to_string())
}

fn unreachable(settings: &DiscordSettings, error: &RequestError) -> DiscordError {
    match error {
        RequestError::Rejected { status: 401, .. } => DiscordError::Token,
        other => {
            let server = settings.api_base_url.as_ref();
            DiscordError::Unreachable {
                server: server.map_or("Discord", ApiBaseUrl::as_str).to_owned(),
                reason: other.to_string(),
            }
        }
    }
}

/// Closes the gateway connections, within [`GATEWAY_CLOSE`].
async fn close_gateway(shards: &ShardManager) {
    let closing = tokio::time::timeout(GATEWAY_CLOSE, shards.shutdown_all());
    if closing.await.is_err() {
        tracing::warn!("closing the gateway connections timed out");
    }
}
