//! Faults on command: the sandbox misbehaves as a test or a person told it to.

mod gateway;
mod random;

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

pub use gateway::{Disconnect, GatewayFault};
use random::RandomFaults;

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestFault {
    /// It is answered with this status and body instead of being served.
    Response {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header, in seconds, if there is to be one.
        retry_after: Option<f64>,
        /// The body as text, JSON or not.
        body: String,
    },
    /// It is answered that there were too many, as Discord does.
    RateLimited(RateLimited),
    /// It is served after this time.
    Delay(Duration),
    /// It is served, but only half of the answer's JSON comes.
    Truncated,
    /// The connection is closed instead of an answer.
    Reset,
    /// It is never answered.
    Hang,
    /// It is served, but whoever asked is never told.
    DropResponse,
}

/// Too many requests.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimited {
    /// How long to wait, in seconds.
    pub retry_after: f64,
    /// Of what there were too many.
    pub scope: RateLimitScope,
}

/// Of what there were too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RateLimitScope {
    /// Of the bot's for this resource.
    User,
    /// Of the bot's at all.
    Global,
    /// Of everybody's for this resource.
    Shared,
}

impl RateLimitScope {
    /// What Discord calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

impl RequestFault {
    /// An answer without a `Retry-After` header.
    pub fn response(status: u16, body: &Value) -> Self {
        Self::Response {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }

    /// What a proxy on the way says when it finds nobody.
    pub fn bad_gateway() -> Self {
        Self::Response {
            status: 502,
            retry_after: None,
            body: "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
                .to_owned(),
        }
    }

    /// 200 with something that is no JSON.
    pub fn malformed_json() -> Self {
        Self::Response {
            status: 200,
            retry_after: None,
            body: "{\"id\": ".to_owned(),
        }
    }

    /// The message was deleted.
    pub fn unknown_message() -> Self {
        Self::api_error(404, 10_008, "Unknown Message")
    }

    /// The interaction's token has run out.
    pub fn invalid_webhook_token() -> Self {
        Self::api_error(401, 50_027, "Invalid Webhook Token")
    }

    /// The bot may not.
    pub fn missing_permissions() -> Self {
        Self::api_error(403, 50_013, "Missing Permissions")
    }

    /// The interaction was answered before.
    pub fn already_acknowledged() -> Self {
        Self::api_error(400, 40_060, "Interaction has already been acknowledged.")
    }

    /// There is no such interaction (any more).
    pub fn unknown_interaction() -> Self {
        Self::api_error(404, 10_062, "Unknown interaction")
    }

    fn api_error(status: u16, code: u32, message: &str) -> Self {
        Self::response(status, &json!({"code": code, "message": message}))
    }
}

/// Faults that wait for their request.
#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    planned: VecDeque<PlannedFault>,
    chaos: Option<RandomFaults>,
}

#[derive(Debug)]
struct PlannedFault {
    method: String,
    path: String,
    fault: RequestFault,
}

impl FaultPlan {
    /// The next request of `method` (or of any, if that is empty) whose path contains `path` goes wrong, `times` times.
    pub(super) fn plan(&mut self, method: &str, path: &str, fault: &RequestFault, times: usize) {
        let planned = || PlannedFault {
            method: method.to_owned(),
            path: path.to_owned(),
            fault: fault.clone(),
        };
        self.planned
            .extend(std::iter::repeat_with(planned).take(times));
    }

    /// From now on, requests go wrong at random; a rate of 0 ends that.
    pub(super) fn begin_chaos(&mut self, seed: u64, rate: f64) {
        self.chaos = (rate > 0.0).then(|| RandomFaults::new(seed, rate));
    }

    /// Nothing goes wrong any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault that is planned for a request, if there is one; it happens once.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<RequestFault> {
        let fits = |planned: &PlannedFault| {
            (planned.method.is_empty() || planned.method == method) && path.contains(&planned.path)
        };
        if let Some(index) = self.planned.iter().position(fits) {
            return self.planned.remove(index).map(|planned| planned.fault);
        }
        self.chaos.as_mut().and_then(RandomFaults::next)
    }
}
