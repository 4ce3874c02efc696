//! Every request to Discord's API that the bot makes, with types. [`RestClient`] does the sending.
//!
//! Requests about one interaction are in `callback.rs` and `webhook.rs`.

use std::time::Duration;

use serde_json::Value;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::ApplicationId;

use super::super::gateway::SessionStartLimit;
use super::super::secret::Secret;
use super::super::settings::DiscordSettings;
use super::client::RestClient;
use super::deadline::Deadline;
use super::error::RequestError;
use super::rate_limit::RequestClass;

/// The answer of `GET /gateway/bot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct GatewayInfo {
    /// The WebSocket URL.
    pub(in crate::discord) url: String,
    /// The recommended number of shards, at least 1.
    pub(in crate::discord) shards: u32,
    /// How many sessions may be started.
    pub(in crate::discord) session_start_limit: SessionStartLimit,
}

/// Discord's REST API.
pub(in crate::discord) struct DiscordApi {
    pub(super) client: RestClient,
}

impl DiscordApi {
    /// The API, authenticated with the bot's `token`.
    ///
    /// # Errors
    /// When the TLS backend cannot be initialised.
    pub(in crate::discord) fn new(
        settings: &DiscordSettings,
        token: &Secret,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: RestClient::new(settings, token)?,
        })
    }

    /// The HTTP client, for what serenity sends itself.
    pub(in crate::discord) fn http_client(&self) -> reqwest::Client {
        self.client.inner()
    }

    /// Fetches the gateway's URL and limits.
    ///
    /// # Errors
    /// When the request fails, or the answer has no URL.
    pub(in crate::discord) async fn gateway(
        &self,
        deadline: Deadline,
    ) -> Result<GatewayInfo, RequestError> {
        let answer = match self.get(Route::GatewayBot, deadline).await {
            // Discord-compatible servers may only have the route without the shards.
            Err(RequestError::Rejected { status: 404, .. }) => {
                self.get(Route::Gateway, deadline).await?
            }
            answer => answer?,
        };
        let missing = || RequestError::Unavailable("the answer has no gateway URL".to_owned());
        let url = answer["url"].as_str().ok_or_else(missing)?;
        let shards = answer["shards"].as_u64();
        let shards = shards.and_then(|shards| u32::try_from(shards).ok());
        Ok(GatewayInfo {
            url: url.to_owned(),
            shards: shards.unwrap_or(1).max(1),
            session_start_limit: session_start_limit(&answer["session_start_limit"]),
        })
    }

    /// Replaces all global commands of the application by `commands`.
    ///
    /// # Errors
    /// When the request fails.
    pub(in crate::discord) async fn set_commands(
        &self,
        application_id: ApplicationId,
        commands: &Value,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = commands.to_string().into_bytes();
        let request = || {
            let route = Route::Commands { application_id };
            Request::new(route, LightMethod::Put).body(Some(body.clone()))
        };
        let sent = self.client.send(RequestClass::Other, deadline, request);
        sent.await.map(drop)
    }

    async fn get(&self, route: Route<'static>, deadline: Deadline) -> Result<Value, RequestError> {
        let request = || Request::new(route, LightMethod::Get);
        self.client
            .send(RequestClass::Other, deadline, request)
            .await
    }
}

/// Parses the object `session_start_limit`. Missing fields take Discord's usual values.
fn session_start_limit(json: &Value) -> SessionStartLimit {
    let default = SessionStartLimit::default();
    let number = |name: &str, default: u32| {
        let number = json[name].as_u64();
        number.map_or(default, |number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let reset_after = json["reset_after"].as_u64().filter(|&wait| wait > 0);
    SessionStartLimit {
        total: number("total", default.total).max(1),
        remaining: number("remaining", default.remaining),
        reset_after: reset_after.map_or(default.reset_after, Duration::from_millis),
        max_concurrency: number("max_concurrency", default.max_concurrency).max(1),
    }
}
