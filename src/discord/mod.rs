//! The bot on Discord: commands in, messages out. The only folder that knows serenity.
//!
//! `gateway/` and `http/` stand between serenity and the network, because serenity 0.12.5 shares
//! one rate limit bucket among all interactions, has no HTTP timeout, ignores the URL at which a
//! session is to be resumed, and spins when the gateway closes a connection without a code.

mod action;
pub mod command;
mod component;
mod context_menu;
mod custom_id;
mod events;
pub mod fuzzing;
mod gateway;
mod http;
mod interaction;
mod locale;
mod modal;
mod secret;
mod settings;
mod view;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serenity::Client;
use serenity::gateway::ShardManager;
use serenity::http::HttpBuilder;
use serenity::model::gateway::GatewayIntents;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::service::Services;

use gateway::GatewayProxy;
use http::api::DiscordApi;
use http::deadline::Deadline;
use http::error::RequestError;
pub use secret::Secret;
pub use settings::{Server, Settings};

/// How long the first contact with Discord is tried before the program gives up.
const FIRST_CONTACT: Duration = Duration::from_mins(2);
/// How long closing the gateway connections may take.
const GOODBYE: Duration = Duration::from_secs(3);

/// The bot, as its commands see it.
struct Bot {
    /// What people do with the models.
    services: Arc<Services>,
    /// When it came up.
    since: Instant,
    api: Arc<DiscordApi>,
    edit_interval: Duration,
    /// Everything that is being answered.
    tasks: TaskTracker,
    /// Set when no more commands are taken.
    stopping: CancellationToken,
    /// Set when texts in the making are to end.
    ending: CancellationToken,
}

/// Why the bot is not on Discord. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DiscordError {
    /// The token is wrong.
    #[error(
        "Discord does not accept the token; copy it anew from https://discord.com/developers/applications and set \
         MOUTHPIECE__DISCORD__TOKEN"
    )]
    Token,
    /// Nobody answers.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// Where.
        server: String,
        /// Why.
        reason: String,
    },
    /// The gateway will not have the bot, however often it comes.
    #[error("Discord's gateway refuses the bot: {0}")]
    Gateway(String),
    /// The connection to the gateway is over.
    #[error("the bot is no longer connected to Discord: {0}")]
    Connection(String),
    /// Setting up failed.
    #[error("the bot cannot be set up: {0}")]
    Setup(String),
}

/// How a bot is stopped.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Cancelled when the bot is to stop.
    pub signal: CancellationToken,
    /// How long running texts may go on then.
    pub grace: Duration,
}

/// Runs the bot until it is stopped. `token` is the bot's; `settings.token` is not looked at.
///
/// # Errors
/// When Discord cannot be reached, or refuses the bot for good.
pub async fn run(
    settings: &Settings,
    token: &Secret,
    services: Arc<Services>,
    stop: Stop,
) -> Result<(), DiscordError> {
    let api = Arc::new(DiscordApi::new(settings, token)?);
    let server = settings.server.as_ref().map_or("Discord", Server::url);
    let first = api.gateway(Deadline::at(Instant::now() + FIRST_CONTACT));
    let gateway = tokio::select! {
        gateway = first => gateway.map_err(|error| unreachable(server, &error))?,
        () = stop.signal.cancelled() => return Ok(()),
    };
    let proxy = GatewayProxy::start(&gateway.url, gateway.session_start_limit)
        .await
        .map_err(|error| DiscordError::Setup(error.to_string()))?;
    let bot = Arc::new(Bot {
        services,
        since: Instant::now(),
        api: Arc::clone(&api),
        edit_interval: settings.edit_interval,
        tasks: TaskTracker::new(),
        stopping: CancellationToken::new(),
        ending: CancellationToken::new(),
    });
    // Before anybody can ask for something new.
    match bot.services.writing.recoverable_responses().await {
        Ok(promises) => drop(
            bot.tasks
                .spawn(interaction::deferred::apologise(Arc::clone(&bot), promises)),
        ),
        Err(error) => tracing::error!(%error, "what was promised before the start is not known"),
    }
    let mut client = client(settings, token, &api, &bot).await?;
    *client.ws_url.lock().await = proxy.url();
    let shards = Arc::clone(&client.shard_manager);
    tracing::info!(shards = gateway.shards, "connecting to Discord");
    let running = client.start_shards(gateway.shards);
    // The relay first: it knows the reason when both end.
    let ended = tokio::select! {
        biased;
        reason = proxy.refused() => Err(DiscordError::Gateway(reason)),
        result = running => result.map_err(|error| DiscordError::Connection(error.to_string())),
        () = stop.signal.cancelled() => Ok(()),
    };
    bot.wind_down(if ended.is_ok() {
        stop.grace
    } else {
        Duration::ZERO
    })
    .await;
    say_goodbye(&shards).await;
    ended
}

async fn client(
    settings: &Settings,
    token: &Secret,
    api: &DiscordApi,
    bot: &Arc<Bot>,
) -> Result<Client, DiscordError> {
    // Without serenity's limiter, since with it a server other than Discord would be ignored.
    let mut http = HttpBuilder::new(token.expose())
        .client(api.client())
        .ratelimiter_disabled(true);
    if let Some(server) = &settings.server {
        http = http.proxy(server.url());
    }
    // No intent: interactions need none, and a bot that hears no messages keeps people's privacy.
    let builder = Client::builder(token.expose(), GatewayIntents::empty());
    let builder =
        serenity::client::ClientBuilder::new_with_http(http.build(), builder.get_intents());
    let builder = builder.event_handler(events::Events::new(Arc::clone(bot)));
    builder
        .await
        .map_err(|error| DiscordError::Setup(error.to_string()))
}

fn unreachable(server: &str, error: &RequestError) -> DiscordError {
    match error {
        RequestError::Rejected { status: 401, .. } => DiscordError::Token,
        other => DiscordError::Unreachable {
            server: server.to_owned(),
            reason: other.to_string(),
        },
    }
}

/// Closes the gateway connections, but does not wait for ever.
async fn say_goodbye(shards: &ShardManager) {
    if tokio::time::timeout(GOODBYE, shards.shutdown_all())
        .await
        .is_err()
    {
        tracing::warn!("the gateway connections were cut short");
    }
}

impl Bot {
    /// Takes no more commands, lets running texts go on for `grace`, then ends them; every reply gets its last edit.
    async fn wind_down(&self, grace: Duration) {
        self.stopping.cancel();
        self.services.writing.refuse_new();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_ok() {
            return;
        }
        tracing::info!(replies = self.tasks.len(), "ending what is still running");
        self.ending.cancel();
        if tokio::time::timeout(GOODBYE, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                replies = self.tasks.len(),
                "some replies did not get their last edit"
            );
        }
    }
}
