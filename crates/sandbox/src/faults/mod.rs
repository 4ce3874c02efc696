//! Faults on command: the sandbox misbehaves as a test or a person told it to.

mod chaos;
mod connection;
mod plan;

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use chaos::Chaos;
pub use connection::{Disconnect, Trouble};
pub(super) use plan::plan;

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is answered with this status and body instead of being served.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header, in seconds, if there is to be one.
        retry_after: Option<f64>,
        /// The body as text, JSON or not.
        body: String,
    },
    /// It is answered that there were too many, as Discord does.
    Limited(Limited),
    /// It is served after this time.
    Late(Duration),
    /// It is served, but only half of the answer's JSON comes.
    Truncated,
    /// The connection is closed instead of an answer.
    Reset,
    /// It is never answered.
    Hang,
    /// It is served, but whoever asked is never told.
    LoseAnswer,
}

/// Too many requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Limited {
    /// How long to wait, in seconds.
    pub retry_after: f64,
    /// Of what there were too many.
    pub scope: Scope,
}

/// Of what there were too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Of the bot's for this resource.
    User,
    /// Of the bot's at all.
    Global,
    /// Of everybody's for this resource.
    Shared,
}

impl Scope {
    /// What Discord calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

impl Fault {
    /// An answer without a `Retry-After` header.
    pub fn answer(status: u16, body: &Value) -> Self {
        Self::Answer {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }

    /// What a proxy on the way says when it finds nobody.
    pub fn proxy() -> Self {
        Self::Answer {
            status: 502,
            retry_after: None,
            body: "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
                .to_owned(),
        }
    }

    /// 200 with something that is no JSON.
    pub fn malformed() -> Self {
        Self::Answer {
            status: 200,
            retry_after: None,
            body: "{\"id\": ".to_owned(),
        }
    }

    /// The message was deleted.
    pub fn deleted() -> Self {
        Self::refusal(404, 10_008, "Unknown Message")
    }

    /// The interaction's token has run out.
    pub fn expired() -> Self {
        Self::refusal(401, 50_027, "Invalid Webhook Token")
    }

    /// The bot may not.
    pub fn forbidden() -> Self {
        Self::refusal(403, 50_013, "Missing Permissions")
    }

    /// The interaction was answered before.
    pub fn acknowledged() -> Self {
        Self::refusal(400, 40_060, "Interaction has already been acknowledged.")
    }

    /// There is no such interaction (any more).
    pub fn unknown() -> Self {
        Self::refusal(404, 10_062, "Unknown interaction")
    }

    fn refusal(status: u16, code: u32, message: &str) -> Self {
        Self::answer(status, &json!({"code": code, "message": message}))
    }
}

/// Faults that wait for their request.
#[derive(Debug, Default)]
pub(super) struct Faults {
    planned: VecDeque<Planned>,
    chaos: Option<Chaos>,
}

#[derive(Debug)]
struct Planned {
    method: String,
    path: String,
    fault: Fault,
}

impl Faults {
    /// The next request of `method` (or of any, if that is empty) whose path contains `path` goes wrong, `times` times.
    pub(super) fn plan(&mut self, method: &str, path: &str, fault: &Fault, times: usize) {
        let planned = || Planned {
            method: method.to_owned(),
            path: path.to_owned(),
            fault: fault.clone(),
        };
        self.planned
            .extend(std::iter::repeat_with(planned).take(times));
    }

    /// From now on, requests go wrong at random; a rate of 0 ends that.
    pub(super) fn begin_chaos(&mut self, seed: u64, rate: f64) {
        self.chaos = (rate > 0.0).then(|| Chaos::new(seed, rate));
    }

    /// Nothing goes wrong any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault that is planned for a request, if there is one; it happens once.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let fits = |planned: &Planned| {
            (planned.method.is_empty() || planned.method == method) && path.contains(&planned.path)
        };
        if let Some(index) = self.planned.iter().position(fits) {
            return self.planned.remove(index).map(|planned| planned.fault);
        }
        self.chaos.as_mut().and_then(Chaos::next)
    }
}
