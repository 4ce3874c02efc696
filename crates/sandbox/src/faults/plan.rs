//! Faults as a person plans them: `POST /sandbox/faults`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::super::{Shared, lock};
use super::{Disconnect, Fault, Limited, Scope, Trouble};

/// What is to go wrong.
#[derive(Debug, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case", deny_unknown_fields)]
pub(in super::super) enum Plan {
    /// The next requests of a kind.
    Request {
        /// Such as `PATCH`; any if left out.
        #[serde(default)]
        method: String,
        /// A part of the path.
        #[serde(default)]
        path: String,
        #[serde(default = "once")]
        times: usize,
        fault: Kind,
    },
    /// Requests at random.
    Chaos { seed: u64, rate: f64 },
    /// The gateway's connections.
    Gateway { trouble: Gateway },
    /// Requests beyond Discord's rate limits are refused from now on.
    RateLimits { enforced: bool },
    /// Nothing goes wrong any more.
    Nothing,
}

fn once() -> usize {
    1
}

/// What happens to a request.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in super::super) enum Kind {
    Answer {
        status: u16,
        retry_after: Option<f64>,
        #[serde(default)]
        body: String,
    },
    Limited {
        retry_after: f64,
        scope: Scope,
    },
    Late {
        milliseconds: u64,
    },
    Proxy,
    Malformed,
    Truncated,
    Reset,
    Hang,
    LoseAnswer,
    Deleted,
    Expired,
    Forbidden,
    Acknowledged,
    Unknown,
}

impl From<Kind> for Fault {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Answer {
                status,
                retry_after,
                body,
            } => Self::Answer {
                status,
                retry_after,
                body,
            },
            Kind::Limited { retry_after, scope } => Self::Limited(Limited { retry_after, scope }),
            Kind::Late { milliseconds } => Self::Late(Duration::from_millis(milliseconds)),
            Kind::Proxy => Self::proxy(),
            Kind::Malformed => Self::malformed(),
            Kind::Truncated => Self::Truncated,
            Kind::Reset => Self::Reset,
            Kind::Hang => Self::Hang,
            Kind::LoseAnswer => Self::LoseAnswer,
            Kind::Deleted => Self::deleted(),
            Kind::Expired => Self::expired(),
            Kind::Forbidden => Self::forbidden(),
            Kind::Acknowledged => Self::acknowledged(),
            Kind::Unknown => Self::unknown(),
        }
    }
}

/// What happens to connections with the gateway.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in super::super) enum Gateway {
    Close { code: Option<u16> },
    Cut,
    Reconnect,
    InvalidSession { resumable: bool },
    Deaf,
    Zombie,
    LateHello { milliseconds: u64 },
    Twice,
    OutOfOrder,
    UnknownEvent,
    UnknownFields,
}

/// Plans what is asked for.
pub(in super::super) async fn plan(
    State(shared): State<Arc<Shared>>,
    Json(plan): Json<Plan>,
) -> StatusCode {
    match plan {
        Plan::Request {
            method,
            path,
            times,
            fault,
        } => lock(&shared.faults).plan(&method, &path, &fault.into(), times),
        Plan::Chaos { seed, rate } => lock(&shared.faults).begin_chaos(seed, rate),
        Plan::RateLimits { enforced } => lock(&shared.rates).enforce(enforced),
        Plan::Nothing => {
            lock(&shared.faults).clear();
            lock(&shared.rates).enforce(false);
        }
        Plan::Gateway { trouble } => break_gateway(&shared, &trouble),
    }
    StatusCode::NO_CONTENT
}

fn break_gateway(shared: &Shared, trouble: &Gateway) {
    let trouble = match trouble {
        Gateway::Close { code: Some(code) } => {
            return shared.gateway.disconnect(Disconnect::Code(*code));
        }
        Gateway::Close { code: None } => return shared.gateway.disconnect(Disconnect::NoCode),
        Gateway::Cut => return shared.gateway.disconnect(Disconnect::Cut),
        Gateway::Reconnect => Trouble::Reconnect,
        Gateway::InvalidSession { resumable: true } => Trouble::Resumable,
        Gateway::InvalidSession { resumable: false } => Trouble::Invalid,
        Gateway::Deaf => Trouble::Deaf,
        Gateway::Zombie => Trouble::Zombie,
        Gateway::LateHello { milliseconds } => {
            Trouble::LateHello(Duration::from_millis(*milliseconds))
        }
        Gateway::Twice => Trouble::Twice,
        Gateway::OutOfOrder => Trouble::OutOfOrder,
        Gateway::UnknownEvent => Trouble::UnknownEvent,
        Gateway::UnknownFields => Trouble::UnknownFields,
    };
    shared.gateway.trouble(trouble);
}
