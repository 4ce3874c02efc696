//! Discord's answer to one request: status, rate limit headers and JSON body.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::error::RequestError;
use super::rate_limit::{Outcome, RateLimitScope};

/// Maximum size of a body in bytes. Discord's are far smaller.
const MAX_BODY_BYTES: usize = 4 << 20;
/// Maximum pause that a 429 is believed to ask for, in seconds.
const MAX_RETRY_AFTER: f64 = 86_400.0;

/// Whether a request may be retried after an ambiguous failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetrySafety {
    /// Processing the request twice has the effect of processing it once.
    Idempotent,
    /// Processing the request twice shows two messages.
    NotIdempotent,
}

/// An answer whose body has been read.
pub(super) struct ApiResponse {
    status: StatusCode,
    headers: HeaderMap,
    /// The body; null if it is empty or malformed.
    body: Value,
    /// Whether the body is not JSON: it was truncated, or a proxy sent it instead of Discord.
    malformed: bool,
}

impl ApiResponse {
    /// Reads the body of `response`.
    ///
    /// # Errors
    /// When the connection breaks, or the body is larger than [`MAX_BODY_BYTES`].
    pub(super) async fn read(response: Response) -> Result<Self, RequestError> {
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = read_body(response).await?;
        let parsed = serde_json::from_slice(&bytes);
        Ok(Self {
            status,
            headers,
            malformed: !bytes.is_empty() && parsed.is_err(),
            body: parsed.unwrap_or_default(),
        })
    }

    /// What the rate limiter has to know.
    pub(super) fn outcome(&self) -> Outcome {
        match self.status.as_u16() {
            429 => {
                let (pause, scope) = self.rate_limit();
                Outcome::RateLimited { pause, scope }
            }
            401 | 403 => Outcome::Invalid,
            _ => Outcome::Ok,
        }
    }

    /// The body of a successful answer.
    ///
    /// # Errors
    /// When the status is not 2xx, or the body of an idempotent request's answer is malformed.
    pub(super) fn into_result(self, safety: RetrySafety) -> Result<Value, RequestError> {
        match self.status.as_u16() {
            429 => Err(RequestError::RateLimited(self.rate_limit().0)),
            // Retried, because the lost body may say that an earlier attempt was processed. A proxy's 401, 402 or 403 is final.
            200..=400 | 404..500 if self.malformed && safety == RetrySafety::Idempotent => {
                let reason = "the answer is not JSON".to_owned();
                Err(RequestError::Unavailable(reason))
            }
            200..300 => Ok(self.body),
            500.. => {
                let reason = format!("Discord answered {}", self.status);
                Err(RequestError::Unavailable(reason))
            }
            status => Err(self.rejected(status)),
        }
    }

    /// The pause that a 429 asks for, and the limit that was reached.
    fn rate_limit(&self) -> (Duration, RateLimitScope) {
        let header = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let retry_after = header("retry-after").and_then(|value| value.parse().ok());
        let seconds = self.body["retry_after"].as_f64().or(retry_after);
        let seconds = seconds.filter(|seconds| seconds.is_finite()).unwrap_or(1.0);
        let scope = match header("x-ratelimit-scope") {
            Some("shared") => RateLimitScope::Shared,
            Some("global") => RateLimitScope::Global,
            _ if self.body["global"].as_bool() == Some(true) => RateLimitScope::Global,
            _ => RateLimitScope::User,
        };
        let pause = Duration::from_secs_f64(seconds.clamp(0.0, MAX_RETRY_AFTER));
        (pause, scope)
    }

    fn rejected(&self, status: u16) -> RequestError {
        let message = self.body["message"].as_str();
        RequestError::Rejected {
            status,
            code: self.body["code"].as_i64().unwrap_or(0),
            message: message.unwrap_or("no reason given").to_owned(),
        }
    }
}

/// The error of a failed connection, without the URL: that of an interaction contains its token.
pub(super) fn unavailable(error: reqwest::Error) -> RequestError {
    RequestError::Unavailable(error.without_url().to_string())
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, RequestError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            let reason = "the answer is too large".to_owned();
            return Err(RequestError::Unavailable(reason));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
