//! The way to Discord's API: within its limits, with time limits of our own, retries and pauses.
//!
//! serenity builds the requests; its own client has neither time limits nor retries, and shares one limit among all
//! interactions.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;
use serenity::http::{LightMethod, Request, Route};
use tokio::sync::Semaphore;

use super::super::{DiscordError, Secret, Server, Settings};
use super::deadline::Deadline;
use super::error::RequestError;
use super::rate_limit::{Decision, Outcome, RateLimitScope, RateLimiter, RequestClass};

/// Waits between attempts grow from this.
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);
/// No single pause is longer, whatever a server asks for.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// Waiters for the same moment are spread over this time.
const JITTER_MS: u64 = 250;
/// So many requests are under way at once; more would run out of sockets.
const MAX_IN_FLIGHT: usize = 256;
/// Of these so many frames, so that frames that hang leave room for answers.
const MAX_STREAMING_IN_FLIGHT: usize = 128;
/// Answers of Discord's are short; more than this is something else.
const MAX_BODY_BYTES: usize = 4 << 20;

/// Carries requests and answers.
pub(in crate::discord) struct RestClient {
    client: reqwest::Client,
    token: Secret,
    server: Option<Server>,
    rate_limiter: Mutex<RateLimiter>,
    permits: Semaphore,
    streaming_permits: Semaphore,
}

impl RestClient {
    pub(in crate::discord) fn new(
        settings: &Settings,
        token: &Secret,
    ) -> Result<Self, DiscordError> {
        let limit = settings.request_timeout;
        let client = reqwest::Client::builder()
            .timeout(limit)
            .connect_timeout(limit)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        let client = client.map_err(|error| DiscordError::Setup(error.to_string()))?;
        let token = Secret::new(&format!(
            "Bot {}",
            token.expose().trim_start_matches("Bot ")
        ));
        Ok(Self {
            client,
            token,
            server: settings.server.clone(),
            rate_limiter: Mutex::new(RateLimiter::new(Instant::now())),
            permits: Semaphore::new(MAX_IN_FLIGHT),
            streaming_permits: Semaphore::new(MAX_STREAMING_IN_FLIGHT),
        })
    }

    pub(in crate::discord) fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// A panic while the budget is locked would be a bug in its arithmetic; every step leaves it whole.
    fn rate_limiter(&self) -> MutexGuard<'_, RateLimiter> {
        self.rate_limiter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what `request` makes, as long as `deadline` lasts.
    pub(in crate::discord) async fn send<'a>(
        &self,
        class: RequestClass,
        deadline: Deadline,
        request: impl Fn() -> Request<'a>,
    ) -> Result<Value, RequestError> {
        let mut pause = INITIAL_BACKOFF;
        let mut again = false;
        loop {
            self.acquire(class, deadline).await?;
            let answered =
                tokio::time::timeout(deadline.attempt_timeout(), self.attempt(class, request()));
            let late = |_| RequestError::Unavailable("no answer in time".to_owned());
            let error = match answered.await.map_err(late).flatten() {
                Ok(answer) => return Ok(answer),
                // The attempt before arrived, only its answer did not.
                Err(error) if again && error.is_acknowledged() => return Ok(Value::Null),
                Err(error @ RequestError::Rejected { .. }) => return Err(error),
                Err(error) => error,
            };
            again = true;
            let wait = match error {
                RequestError::RateLimited(wait) => wait.min(MAX_BACKOFF),
                _ => pause,
            };
            if !deadline.allows(wait) {
                return Err(error);
            }
            tracing::warn!(%error, ?wait, "a request failed and is sent again");
            tokio::time::sleep(with_jitter(wait)).await;
            pause = (pause * 2).min(MAX_BACKOFF);
        }
    }

    /// Waits until the budget lets `class` go. A frame does not wait.
    async fn acquire(&self, class: RequestClass, deadline: Deadline) -> Result<(), RequestError> {
        loop {
            let decision = self.rate_limiter().ask(Instant::now(), class);
            let wait = match (decision, class) {
                (Decision::Send, _) => return Ok(()),
                (Decision::Wait(wait), RequestClass::StreamingEdit(_)) => {
                    return Err(RequestError::Postponed(wait));
                }
                (Decision::Blocked, RequestClass::StreamingEdit(_)) => {
                    return Err(RequestError::Postponed(MAX_BACKOFF));
                }
                (Decision::Blocked, _) => {
                    tracing::error!(
                        "Discord refuses so many requests that no more are sent for now"
                    );
                    let reason = "too many requests were refused lately".to_owned();
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
        let idempotent = is_idempotent(&request);
        let built = request.build(
            &self.client,
            self.token.expose(),
            self.server.as_ref().map(Server::url),
        );
        let built = built.map_err(|error| RequestError::Unavailable(error.to_string()))?;
        let _frame = match class {
            RequestClass::StreamingEdit(_) => Some(self.streaming_permits.acquire().await),
            _ => None,
        };
        let _place = self.permits.acquire().await;
        let response = built.send().await.map_err(unavailable)?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read(response).await?;
        // What is no JSON does not come from Discord, but from something on the way, or was cut on the way.
        let parsed = serde_json::from_slice::<Value>(&body);
        let garbled = !body.is_empty() && parsed.is_err();
        let body = parsed.unwrap_or_default();
        let (outcome, result) = match status.as_u16() {
            429 => {
                let (pause, scope) = limit(&headers, &body);
                let outcome = Outcome::RateLimited { pause, scope };
                (outcome, Err(RequestError::RateLimited(pause)))
            }
            // A refusal may have been that an earlier attempt counts. Whom a proxy turns away is turned away.
            200..=400 | 404..500 if garbled && idempotent => {
                let error = RequestError::Unavailable("an answer that cannot be read".to_owned());
                (Outcome::Ok, Err(error))
            }
            200..300 => (Outcome::Ok, Ok(body)),
            500.. => {
                let error = RequestError::Unavailable(format!("Discord answered {status}"));
                (Outcome::Ok, Err(error))
            }
            status => {
                let outcome = match status {
                    401 | 403 => Outcome::Rejected,
                    _ => Outcome::Ok,
                };
                (outcome, Err(rejection(status, &body)))
            }
        };
        self.rate_limiter().learn(Instant::now(), class, outcome);
        result
    }
}

/// Whether nothing is said twice if it arrives twice: Discord takes only one answer to an interaction, but any message.
fn is_idempotent(request: &Request<'_>) -> bool {
    let answers = matches!(request.route_ref(), Route::InteractionResponse { .. });
    answers || !matches!(request.method_ref(), LightMethod::Post)
}

fn unavailable(error: reqwest::Error) -> RequestError {
    // The address of an interaction holds its token.
    RequestError::Unavailable(error.without_url().to_string())
}

/// The body of an answer, but not without end.
async fn read(mut response: Response) -> Result<Vec<u8>, RequestError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(RequestError::Unavailable(
                "an answer without end".to_owned(),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a 429 says: how long to wait, and whose limit it is.
fn limit(headers: &HeaderMap, body: &Value) -> (Duration, RateLimitScope) {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let retry_after = header("retry-after").and_then(|value| value.parse().ok());
    let seconds = body["retry_after"].as_f64().or(retry_after);
    let seconds = seconds.filter(|seconds| seconds.is_finite()).unwrap_or(1.0);
    let scope = match header("x-ratelimit-scope") {
        Some("shared") => RateLimitScope::Shared,
        Some("global") => RateLimitScope::Global,
        _ if body["global"].as_bool() == Some(true) => RateLimitScope::Global,
        _ => RateLimitScope::User,
    };
    let pause = Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0));
    (pause, scope)
}

fn rejection(status: u16, body: &Value) -> RequestError {
    let message = body["message"].as_str().unwrap_or("no reason given");
    RequestError::Rejected {
        status,
        code: body["code"].as_i64().unwrap_or(0),
        message: message.to_owned(),
    }
}

/// A little longer, so that many waiters do not come back at the same moment.
fn with_jitter(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + f64::from(rand::random::<u8>()) / 1024.0)
        + Duration::from_millis(rand::random::<u64>() % JITTER_MS)
}
