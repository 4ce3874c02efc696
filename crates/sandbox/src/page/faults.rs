//! Faults as a person plans them: `POST /sandbox/faults`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::super::faults::{Disconnect, GatewayFault, RateLimitScope, RateLimited, RequestFault};
use super::super::{SandboxState, lock};

/// What is to go wrong.
#[derive(Debug, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case", deny_unknown_fields)]
pub(in super::super) enum FaultCommand {
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
        fault: RequestFaultSpec,
    },
    /// Requests at random.
    RandomFaults { seed: u64, rate: f64 },
    /// The gateway's connections.
    Gateway { trouble: GatewayFaultSpec },
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
pub(in super::super) enum RequestFaultSpec {
    Answer {
        status: u16,
        retry_after: Option<f64>,
        #[serde(default)]
        body: String,
    },
    Limited {
        retry_after: f64,
        scope: RateLimitScope,
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

impl From<RequestFaultSpec> for RequestFault {
    fn from(kind: RequestFaultSpec) -> Self {
        match kind {
            RequestFaultSpec::Answer {
                status,
                retry_after,
                body,
            } => Self::Response {
                status,
                retry_after,
                body,
            },
            RequestFaultSpec::Limited { retry_after, scope } => {
                Self::RateLimited(RateLimited { retry_after, scope })
            }
            RequestFaultSpec::Late { milliseconds } => {
                Self::Delay(Duration::from_millis(milliseconds))
            }
            RequestFaultSpec::Proxy => Self::bad_gateway(),
            RequestFaultSpec::Malformed => Self::malformed_json(),
            RequestFaultSpec::Truncated => Self::Truncated,
            RequestFaultSpec::Reset => Self::Reset,
            RequestFaultSpec::Hang => Self::Hang,
            RequestFaultSpec::LoseAnswer => Self::DropResponse,
            RequestFaultSpec::Deleted => Self::unknown_message(),
            RequestFaultSpec::Expired => Self::invalid_webhook_token(),
            RequestFaultSpec::Forbidden => Self::missing_permissions(),
            RequestFaultSpec::Acknowledged => Self::already_acknowledged(),
            RequestFaultSpec::Unknown => Self::unknown_interaction(),
        }
    }
}

/// What happens to connections with the gateway.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in super::super) enum GatewayFaultSpec {
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
    State(shared): State<Arc<SandboxState>>,
    Json(plan): Json<FaultCommand>,
) -> StatusCode {
    match plan {
        FaultCommand::Request {
            method,
            path,
            times,
            fault,
        } => lock(&shared.faults).plan(&method, &path, &fault.into(), times),
        FaultCommand::RandomFaults { seed, rate } => lock(&shared.faults).begin_chaos(seed, rate),
        FaultCommand::RateLimits { enforced } => lock(&shared.rates).enforce(enforced),
        FaultCommand::Nothing => {
            lock(&shared.faults).clear();
            lock(&shared.rates).enforce(false);
        }
        FaultCommand::Gateway { trouble } => break_gateway(&shared, &trouble),
    }
    StatusCode::NO_CONTENT
}

fn break_gateway(shared: &SandboxState, trouble: &GatewayFaultSpec) {
    let trouble = match trouble {
        GatewayFaultSpec::Close { code: Some(code) } => {
            return shared.gateway.disconnect(Disconnect::Close(*code));
        }
        GatewayFaultSpec::Close { code: None } => {
            return shared.gateway.disconnect(Disconnect::CloseWithoutCode);
        }
        GatewayFaultSpec::Cut => return shared.gateway.disconnect(Disconnect::Abort),
        GatewayFaultSpec::Reconnect => GatewayFault::Reconnect,
        GatewayFaultSpec::InvalidSession { resumable: true } => {
            GatewayFault::InvalidSessionResumable
        }
        GatewayFaultSpec::InvalidSession { resumable: false } => GatewayFault::InvalidSession,
        GatewayFaultSpec::Deaf => GatewayFault::NoHeartbeatAck,
        GatewayFaultSpec::Zombie => GatewayFault::Zombie,
        GatewayFaultSpec::LateHello { milliseconds } => {
            GatewayFault::DelayHello(Duration::from_millis(*milliseconds))
        }
        GatewayFaultSpec::Twice => GatewayFault::DuplicateEvent,
        GatewayFaultSpec::OutOfOrder => GatewayFault::ReorderEvents,
        GatewayFaultSpec::UnknownEvent => GatewayFault::UnknownEvent,
        GatewayFaultSpec::UnknownFields => GatewayFault::UnknownFields,
    };
    shared.gateway.trouble(trouble);
}
