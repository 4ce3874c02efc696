//! `POST /sandbox/faults`: faults planned over HTTP, by a person or by tests in any language.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::super::faults::{Disconnect, GatewayFault, LimitScope, RateLimited, RequestFault};
use super::super::state::SandboxState;
use super::super::sync::lock;

/// What to plan: the body of the request.
#[derive(Debug, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FaultCommand {
    /// A fault of the next matching requests.
    Request {
        /// HTTP method, such as `PATCH`; matches every method if it is missing.
        #[serde(default)]
        method: String,
        /// Part of the path; matches every path if it is missing.
        #[serde(default)]
        path: String,
        /// Number of requests that fail.
        #[serde(default = "once")]
        times: usize,
        fault: RequestFaultSpec,
    },
    /// Random faults of a share `rate` of all requests.
    Chaos { seed: u64, rate: f64 },
    /// A fault of the gateway connections.
    Gateway { trouble: GatewayFaultSpec },
    /// Enforcement of Discord's rate limits.
    RateLimits { enforced: bool },
    /// No faults and no rate limits any more.
    Nothing,
}

fn once() -> usize {
    1
}

/// A [`RequestFault`] as JSON.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum RequestFaultSpec {
    Answer {
        status: u16,
        retry_after: Option<f64>,
        #[serde(default)]
        body: String,
    },
    Limited {
        retry_after: f64,
        scope: LimitScope,
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
    fn from(spec: RequestFaultSpec) -> Self {
        match spec {
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

/// A [`GatewayFault`] or a [`Disconnect`] as JSON.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum GatewayFaultSpec {
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

/// Handles `POST /sandbox/faults`.
pub(super) async fn plan(
    State(state): State<Arc<SandboxState>>,
    Json(command): Json<FaultCommand>,
) -> StatusCode {
    match command {
        FaultCommand::Request {
            method,
            path,
            times,
            fault,
        } => lock(&state.faults).plan(&method, &path, &fault.into(), times),
        FaultCommand::Chaos { seed, rate } => lock(&state.faults).set_random(seed, rate),
        FaultCommand::RateLimits { enforced } => lock(&state.rate_limits).enforce(enforced),
        FaultCommand::Nothing => {
            lock(&state.faults).clear();
            lock(&state.rate_limits).enforce(false);
        }
        FaultCommand::Gateway { trouble } => inject(&state, &trouble),
    }
    StatusCode::NO_CONTENT
}

fn inject(state: &SandboxState, spec: &GatewayFaultSpec) {
    let disconnect = |how| state.gateway.disconnect(how);
    let fault = match spec {
        GatewayFaultSpec::Close { code: Some(code) } => {
            return disconnect(Disconnect::Close(*code));
        }
        GatewayFaultSpec::Close { code: None } => return disconnect(Disconnect::CloseWithoutCode),
        GatewayFaultSpec::Cut => return disconnect(Disconnect::Abort),
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
    state.gateway.inject(fault);
}
