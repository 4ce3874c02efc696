//! Discord's REST API: reads a request, applies faults and rate limits, routes, records, responds.

mod buffer;
pub(super) mod multipart;
mod request;
mod response;
mod routes;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::Value;

use super::faults::RequestFault;
use super::request_log::RecordedRequest;
use super::state::SandboxState;
use super::sync::lock;
use super::world::ApiError;
use request::RestRequest;

/// The routes of the REST API, in every version.
pub(super) fn routes() -> Router<Arc<SandboxState>> {
    Router::new().route("/api/{*path}", any(handle))
}

async fn handle(
    State(state): State<Arc<SandboxState>>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let (at, path) = (Instant::now(), without_version(&path));
    let mut response = respond(&state, at, path.clone(), request).await;
    let bucket = lock(&state.rate_limits).bucket_state(at, &path);
    let not_limited = response.status() != StatusCode::TOO_MANY_REQUESTS;
    if let Some(bucket) = bucket.filter(|_| not_limited) {
        response::add_rate_limit_headers(&bucket, response.headers_mut());
    }
    response
}

async fn respond(
    state: &Arc<SandboxState>,
    at: Instant,
    path: String,
    request: Request,
) -> Response {
    let method = request.method().clone();
    let request = RestRequest::read(state, request, &path).await;
    let mut fault = lock(&state.faults).take(method.as_str(), &path);
    if let Some(RequestFault::Delay(delay)) = fault {
        tokio::time::sleep(delay).await;
        fault = None;
    }
    let rate_limit = || {
        let limited = lock(&state.rate_limits).check(at, &path);
        limited.map(RequestFault::RateLimited)
    };
    let record = PendingRecord {
        at,
        method,
        path: path.clone(),
        body: request
            .as_ref()
            .map_or(Value::Null, |request| request.body.json.clone()),
    };
    match fault.or_else(rate_limit) {
        None => {
            let result = route(state, request, record);
            response::of(result)
        }
        Some(RequestFault::DropResponse) => {
            let _ = route(state, request, record);
            StatusCode::BAD_GATEWAY.into_response()
        }
        Some(RequestFault::Truncated) => response::truncated(route(state, request, record)),
        Some(fault) => fail(state, fault, record).await,
    }
}

/// A request that is about to be recorded.
struct PendingRecord {
    at: Instant,
    method: Method,
    path: String,
    body: Value,
}

impl PendingRecord {
    fn with_status(self, status: u16) -> RecordedRequest {
        RecordedRequest {
            at: self.at,
            method: self.method.to_string(),
            path: self.path,
            body: self.body,
            status,
        }
    }
}

/// Routes a request and records it.
fn route(
    state: &Arc<SandboxState>,
    request: Result<RestRequest, ApiError>,
    record: PendingRecord,
) -> routes::RouteResult {
    let (at, path) = (record.at, record.path.clone());
    let result = state.requests.record(|| {
        let result = request.and_then(|request| routes::route(state, &request));
        if let Err(error) = &result {
            let (method, message) = (&record.method, &error.message);
            tracing::debug!(%method, path, error.status, message, "the sandbox rejected a request");
        }
        let status = response::status_of(&result);
        (result, record.with_status(status))
    });
    lock(&state.rate_limits).record_response(at, response::status_of(&result), &path);
    result
}

/// Records a request and responds with a fault instead of routing it.
async fn fail(state: &SandboxState, fault: RequestFault, record: PendingRecord) -> Response {
    let status = match &fault {
        RequestFault::Response { status, .. } => *status,
        RequestFault::RateLimited(_) => 429,
        _ => 0,
    };
    lock(&state.rate_limits).record_response(record.at, status, &record.path);
    state.requests.record(|| ((), record.with_status(status)));
    match fault {
        RequestFault::Response {
            status,
            retry_after,
            body,
        } => response::raw(status, retry_after, body),
        RequestFault::RateLimited(limited) => response::too_many_requests(&limited),
        RequestFault::Reset => response::reset(),
        RequestFault::Hang
        | RequestFault::Delay(_)
        | RequestFault::DropResponse
        | RequestFault::Truncated => std::future::pending().await,
    }
}

/// The path after `/api` and the version. Axum has decoded it, so that `%40original` is `@original` here.
fn without_version(path: &str) -> String {
    let version = path
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('/'))
        .filter(|(version, _)| version.parse::<u8>().is_ok());
    format!("/{}", version.map_or(path, |(_, rest)| rest))
}
