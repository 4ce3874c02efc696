//! The HTTP client for Discord's REST API: timeouts, retries with backoff, and rate limits.
//!
//! serenity builds the requests, but its own client (0.12.5) is not used to send them: it has no timeout, so that one hanging
//! connection blocks its bucket for ever, and it counts all interactions in one bucket.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use serenity::http::{LightMethod, Request, Route};
use tokio::sync::Semaphore;

use super::super::secret::Secret;
use super::super::settings::{ApiBaseUrl, DiscordSettings};
use super::api_response::{ApiResponse, RetrySafety, unavailable};
use super::deadline::Deadline;
use super::error::RequestError;
use super::rate_limit::{Decision, RateLimiter, RequestClass};

/// The first backoff between two attempts. It doubles after each attempt.
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);
/// Maximum wait between two attempts, whatever `retry_after` a server asks for.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// Maximum jitter in milliseconds, so that requests that wait for the same moment are spread.
const JITTER_MS: u64 = 250;
/// Maximum concurrent requests. More could exhaust the process's sockets.
const MAX_IN_FLIGHT: usize = 256;
/// Maximum concurrent streaming edits; the remaining permits stay free for final responses.
const MAX_STREAMING_IN_FLIGHT: usize = 128;

/// Sends requests to Discord's REST API.
pub(super) struct RestClient {
    client: reqwest::Client,
    authorization: Secret,
    base_url: Option<ApiBaseUrl>,
    rate_limiter: Mutex<RateLimiter>,
    permits: Semaphore,
    streaming_permits: Semaphore,
}

impl RestClient {
    /// A client that authenticates with the bot's `token`.
    ///
    /// # Errors
    /// When the TLS backend cannot be initialised.
    pub(super) fn new(settings: &DiscordSettings, token: &Secret) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(settings.request_timeout)
            .connect_timeout(settings.request_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let token = token.expose().trim_start_matches("Bot ");
        Ok(Self {
            client,
            authorization: Secret::new(&format!("Bot {token}")),
            base_url: settings.api_base_url.clone(),
            rate_limiter: Mutex::new(RateLimiter::new(Instant::now())),
            permits: Semaphore::new(MAX_IN_FLIGHT),
            streaming_permits: Semaphore::new(MAX_STREAMING_IN_FLIGHT),
        })
    }

    /// The underlying client, with the same timeouts, for what serenity sends itself.
    pub(super) fn inner(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// Sends a request and returns the JSON body of the answer, null if it is empty. `request` is called once an attempt.
    ///
    /// Retries rate limited and failed attempts until `deadline`, with exponential backoff.
    ///
    /// # Errors
    /// When Discord rejects the request, or the last attempt before the deadline fails.
    pub(super) async fn send<'a>(
        &self,
        class: RequestClass,
        deadline: Deadline,
        request: impl Fn() -> Request<'a>,
    ) -> Result<Value, RequestError> {
        let mut backoff = INITIAL_BACKOFF;
        let mut retried = false;
        loop {
            self.acquire(class, deadline).await?;
            let attempt = self.attempt(class, request());
            let error = match tokio::time::timeout(deadline.attempt_timeout(), attempt).await {
                Ok(Ok(body)) => return Ok(body),
                // An earlier attempt was processed, and only its answer was lost.
                Ok(Err(error)) if retried && error.is_acknowledged() => return Ok(Value::Null),
                Ok(Err(error @ RequestError::Rejected { .. })) => return Err(error),
                Ok(Err(error)) => error,
                Err(_) => RequestError::Unavailable("no answer in time".to_owned()),
            };
            retried = true;
            let wait = match error {
                RequestError::RateLimited(wait) => wait.min(MAX_BACKOFF),
                _ => backoff,
            };
            if !deadline.allows(wait) {
                return Err(error);
            }
            tracing::warn!(%error, ?wait, "a request failed and is retried");
            tokio::time::sleep(with_jitter(wait)).await;
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    /// Waits until the rate limiter admits the request. Streaming edits do not wait.
    async fn acquire(&self, class: RequestClass, deadline: Deadline) -> Result<(), RequestError> {
        loop {
            let decision = self.rate_limiter().acquire(Instant::now(), class);
            let wait = match (decision, class) {
                (Decision::Send, _) => return Ok(()),
                (Decision::Wait(wait), RequestClass::StreamingEdit(_)) => {
                    return Err(RequestError::Dropped(wait));
                }
                (Decision::Blocked, RequestClass::StreamingEdit(_)) => {
                    return Err(RequestError::Dropped(MAX_BACKOFF));
                }
                (Decision::Blocked, _) => {
                    tracing::error!("too many invalid requests; none is sent for now");
                    let reason = "too many invalid requests were sent lately".to_owned();
                    return Err(RequestError::Unavailable(reason));
                }
                (Decision::Wait(wait), _) => wait.min(MAX_BACKOFF),
            };
            if !deadline.allows(wait) {
                return Err(RequestError::RateLimited(wait));
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        class: RequestClass,
        request: Request<'_>,
    ) -> Result<Value, RequestError> {
        let safety = retry_safety(&request);
        let base_url = self.base_url.as_ref().map(ApiBaseUrl::as_str);
        let built = request.build(&self.client, self.authorization.expose(), base_url);
        let built = built.map_err(|error| RequestError::Unavailable(error.to_string()))?;
        let _streaming_permit = match class {
            RequestClass::StreamingEdit(_) => Some(self.streaming_permits.acquire().await),
            _ => None,
        };
        let _permit = self.permits.acquire().await;
        let response = built.send().await.map_err(unavailable)?;
        let answer = ApiResponse::read(response).await?;
        let outcome = answer.outcome();
        self.rate_limiter().record(Instant::now(), class, outcome);
        answer.into_result(safety)
    }

    fn rate_limiter(&self) -> MutexGuard<'_, RateLimiter> {
        // No method of the limiter leaves it in an inconsistent state, so that a poisoned lock is still valid.
        let locked = self.rate_limiter.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the request is idempotent, i.e. safe to retry after an ambiguous failure. Discord accepts one callback per
/// interaction, so a callback is; any other POST creates another message.
fn retry_safety(request: &Request<'_>) -> RetrySafety {
    let callback = matches!(request.route_ref(), Route::InteractionResponse { .. });
    if callback || !matches!(request.method_ref(), LightMethod::Post) {
        RetrySafety::Idempotent
    } else {
        RetrySafety::NotIdempotent
    }
}

/// `wait` plus up to a quarter of it and up to [`JITTER_MS`].
fn with_jitter(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + f64::from(rand::random::<u8>()) / 1024.0)
        + Duration::from_millis(rand::random::<u64>() % JITTER_MS)
}
