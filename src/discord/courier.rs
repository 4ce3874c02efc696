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

use super::budget::{Budget, Errand, Feedback, Scope, Verdict};
use super::patience::Patience;
use super::send_error::SendError;
use super::{DiscordError, Secret, Server, Settings};

/// Waits between attempts grow from this.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// No single pause is longer, whatever a server asks for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Waiters for the same moment are spread over this time.
const SPREAD: u64 = 250;
/// So many requests are under way at once; more would run out of sockets.
const UNDER_WAY: usize = 256;
/// Of these so many frames, so that frames that hang leave room for answers.
const FRAMES: usize = 128;
/// Answers of Discord's are short; more than this is something else.
const MOST_BYTES: usize = 4 << 20;

/// Carries requests and answers.
pub(super) struct Courier {
    client: reqwest::Client,
    token: Secret,
    server: Option<Server>,
    budget: Mutex<Budget>,
    room: Semaphore,
    room_for_frames: Semaphore,
}

impl Courier {
    pub(super) fn new(settings: &Settings, token: &Secret) -> Result<Self, DiscordError> {
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
            budget: Mutex::new(Budget::new(Instant::now())),
            room: Semaphore::new(UNDER_WAY),
            room_for_frames: Semaphore::new(FRAMES),
        })
    }

    pub(super) fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// A panic while the budget is locked would be a bug in its arithmetic; every step leaves it whole.
    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what `request` makes, as long as `patience` lasts.
    pub(super) async fn deliver<'a>(
        &self,
        errand: Errand,
        patience: Patience,
        request: impl Fn() -> Request<'a>,
    ) -> Result<Value, SendError> {
        let mut pause = FIRST_PAUSE;
        let mut again = false;
        loop {
            self.admitted(errand, patience).await?;
            let answered =
                tokio::time::timeout(patience.attempt(), self.attempt(errand, request()));
            let late = |_| SendError::Unavailable("no answer in time".to_owned());
            let error = match answered.await.map_err(late).flatten() {
                Ok(answer) => return Ok(answer),
                // The attempt before arrived, only its answer did not.
                Err(error) if again && error.is_acknowledged() => return Ok(Value::Null),
                Err(error @ SendError::Refused { .. }) => return Err(error),
                Err(error) => error,
            };
            again = true;
            let wait = match error {
                SendError::Limited(wait) => wait.min(LONGEST_PAUSE),
                _ => pause,
            };
            if !patience.lasts(wait) {
                return Err(error);
            }
            tracing::warn!(%error, ?wait, "a request failed and is sent again");
            tokio::time::sleep(spread(wait)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits until the budget lets `errand` go. A frame does not wait.
    async fn admitted(&self, errand: Errand, patience: Patience) -> Result<(), SendError> {
        loop {
            let verdict = self.budget().ask(Instant::now(), errand);
            let wait = match (verdict, errand) {
                (Verdict::Go, _) => return Ok(()),
                (Verdict::Wait(wait), Errand::Frame(_)) => return Err(SendError::Postponed(wait)),
                (Verdict::Broken, Errand::Frame(_)) => {
                    return Err(SendError::Postponed(LONGEST_PAUSE));
                }
                (Verdict::Broken, _) => {
                    tracing::error!(
                        "Discord refuses so many requests that no more are sent for now"
                    );
                    let reason = "too many requests were refused lately".to_owned();
                    return Err(SendError::Unavailable(reason));
                }
                (Verdict::Wait(wait), _) => wait.min(LONGEST_PAUSE),
            };
            if !patience.lasts(wait) {
                return Err(SendError::Limited(wait));
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, errand: Errand, request: Request<'_>) -> Result<Value, SendError> {
        let repeatable = is_repeatable(&request);
        let built = request.build(
            &self.client,
            self.token.expose(),
            self.server.as_ref().map(Server::url),
        );
        let built = built.map_err(|error| SendError::Unavailable(error.to_string()))?;
        let _frame = match errand {
            Errand::Frame(_) => Some(self.room_for_frames.acquire().await),
            _ => None,
        };
        let _place = self.room.acquire().await;
        let response = built.send().await.map_err(unavailable)?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read(response).await?;
        // What is no JSON does not come from Discord, but from something on the way, or was cut on the way.
        let parsed = serde_json::from_slice::<Value>(&body);
        let garbled = !body.is_empty() && parsed.is_err();
        let body = parsed.unwrap_or_default();
        let (feedback, result) = match status.as_u16() {
            429 => {
                let (pause, scope) = limit(&headers, &body);
                let feedback = Feedback::Limited { pause, scope };
                (feedback, Err(SendError::Limited(pause)))
            }
            // A refusal may have been that an earlier attempt counts. Whom a proxy turns away is turned away.
            200..=400 | 404..500 if garbled && repeatable => {
                let error = SendError::Unavailable("an answer that cannot be read".to_owned());
                (Feedback::Fine, Err(error))
            }
            200..300 => (Feedback::Fine, Ok(body)),
            500.. => {
                let error = SendError::Unavailable(format!("Discord answered {status}"));
                (Feedback::Fine, Err(error))
            }
            status => {
                let feedback = match status {
                    401 | 403 => Feedback::Refused,
                    _ => Feedback::Fine,
                };
                (feedback, Err(refusal(status, &body)))
            }
        };
        self.budget().learn(Instant::now(), errand, feedback);
        result
    }
}

/// Whether nothing is said twice if it arrives twice: Discord takes only one answer to an interaction, but any message.
fn is_repeatable(request: &Request<'_>) -> bool {
    let answers = matches!(request.route_ref(), Route::InteractionResponse { .. });
    answers || !matches!(request.method_ref(), LightMethod::Post)
}

fn unavailable(error: reqwest::Error) -> SendError {
    // The address of an interaction holds its token.
    SendError::Unavailable(error.without_url().to_string())
}

/// The body of an answer, but not without end.
async fn read(mut response: Response) -> Result<Vec<u8>, SendError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(SendError::Unavailable("an answer without end".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a 429 says: how long to wait, and whose limit it is.
fn limit(headers: &HeaderMap, body: &Value) -> (Duration, Scope) {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let retry_after = header("retry-after").and_then(|value| value.parse().ok());
    let seconds = body["retry_after"].as_f64().or(retry_after);
    let seconds = seconds.filter(|seconds| seconds.is_finite()).unwrap_or(1.0);
    let scope = match header("x-ratelimit-scope") {
        Some("shared") => Scope::Shared,
        Some("global") => Scope::Global,
        _ if body["global"].as_bool() == Some(true) => Scope::Global,
        _ => Scope::Own,
    };
    let pause = Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0));
    (pause, scope)
}

fn refusal(status: u16, body: &Value) -> SendError {
    let message = body["message"].as_str().unwrap_or("no reason given");
    SendError::Refused {
        status,
        code: body["code"].as_i64().unwrap_or(0),
        message: message.to_owned(),
    }
}

/// A little longer, so that many waiters do not come back at the same moment.
fn spread(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + f64::from(rand::random::<u8>()) / 1024.0)
        + Duration::from_millis(rand::random::<u64>() % SPREAD)
}
