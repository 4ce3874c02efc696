//! Discord's REST routes, as far as a bot of this kind needs them.

pub(super) mod request;
mod routes;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};

use super::faults::{RateLimitScope, RateLimited};
use super::rate_limits::BucketState;
use super::{RecordedRequest, RequestFault, SandboxState, lock};
use request::RestRequest;
use routes::RouteResult;

/// By this header libraries tell Discord's own answers from those of whoever stands before it.
const VIA: [(HeaderName, HeaderValue); 1] = [(header::VIA, HeaderValue::from_static("1.1 google"))];

pub(super) fn routes() -> Router<Arc<SandboxState>> {
    Router::new().route("/api/{*path}", any(api))
}

async fn api(
    State(shared): State<Arc<SandboxState>>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let (at, path) = (Instant::now(), route(&path));
    let mut response = answer(&shared, at, path.clone(), request).await;
    let standing = lock(&shared.rates).standing(at, &path);
    if let Some(standing) = standing.filter(|_| response.status() != StatusCode::TOO_MANY_REQUESTS)
    {
        tell(&standing, response.headers_mut());
    }
    response
}

async fn answer(
    shared: &Arc<SandboxState>,
    at: Instant,
    path: String,
    request: Request,
) -> Response {
    let method = request.method().clone();
    let call = RestRequest::read(shared, request, &path).await;
    let mut fault = lock(&shared.faults).take(method.as_str(), &path);
    if let Some(RequestFault::Delay(time)) = fault {
        tokio::time::sleep(time).await;
        fault = None;
    }
    let limited = || {
        lock(&shared.rates)
            .count(at, &path)
            .map(RequestFault::RateLimited)
    };
    let fault = fault.or_else(limited);
    let served = matches!(
        fault,
        None | Some(RequestFault::DropResponse | RequestFault::Truncated)
    );
    if let Some(fault) = fault.clone().filter(|_| !served) {
        return fail(shared, fault, |status| RecordedRequest {
            at,
            method: method.to_string(),
            path,
            body: call.map_or(Value::Null, |call| call.body.json),
            status,
        })
        .await;
    }
    let answer = shared.record(|| {
        let answer = call
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|call| routes::answer(shared, call));
        let recorded = RecordedRequest {
            at,
            method: method.to_string(),
            path: path.clone(),
            body: call
                .as_ref()
                .map_or(Value::Null, |call| call.body.json.clone()),
            status: status_of(&answer),
        };
        (answer, recorded)
    });
    if let Err(error) = &answer {
        let message = &error.message;
        tracing::debug!(%method, path, error.status, message, "the sandbox refused a request");
    }
    lock(&shared.rates).count_answer(at, status_of(&answer), &path);
    match fault {
        Some(RequestFault::DropResponse) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(RequestFault::Truncated) => return half(&answer),
        _ => {}
    }
    let status = StatusCode::from_u16(status_of(&answer)).unwrap_or(StatusCode::BAD_REQUEST);
    match answer {
        Ok(Some(body)) => (status, VIA, Json(body)).into_response(),
        Ok(None) => (status, VIA).into_response(),
        Err(error) => (status, VIA, Json(error.body())).into_response(),
    }
}

/// Tells the bot how much of a limit is left.
fn tell(standing: &BucketState, headers: &mut HeaderMap) {
    let seconds = standing.reset_after.as_secs_f64();
    for (name, value) in [
        ("x-ratelimit-bucket", standing.bucket.to_owned()),
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining.to_string()),
        ("x-ratelimit-reset-after", format!("{seconds:.3}")),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
}

/// Goes wrong as planned.
async fn fail(
    shared: &SandboxState,
    fault: RequestFault,
    record: impl FnOnce(u16) -> RecordedRequest,
) -> Response {
    let recorded = record(match &fault {
        RequestFault::Response { status, .. } => *status,
        RequestFault::RateLimited(_) => 429,
        _ => 0,
    });
    lock(&shared.rates).count_answer(recorded.at, recorded.status, &recorded.path);
    shared.record(|| ((), recorded));
    match fault {
        RequestFault::Response {
            status,
            retry_after,
            body,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
            let kind = match body.chars().next() {
                Some('{' | '[') => "application/json",
                Some('<') => "text/html",
                _ => "text/plain",
            };
            let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
            if let Some(seconds) = retry_after.and_then(|seconds| seconds.to_string().parse().ok())
            {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
        RequestFault::RateLimited(limited) => too_many(&limited),
        RequestFault::Reset => {
            // A body that cannot be read makes the server close the connection.
            let broken = stream::once(async { Err::<String, _>(io::Error::other("reset")) });
            Body::from_stream(broken).into_response()
        }
        RequestFault::Hang
        | RequestFault::Delay(_)
        | RequestFault::DropResponse
        | RequestFault::Truncated => std::future::pending().await,
    }
}

/// That there were too many requests, as Discord says it.
fn too_many(limited: &RateLimited) -> Response {
    let global = limited.scope == RateLimitScope::Global;
    let seconds = (limited.retry_after * 1000.0).ceil() / 1000.0;
    let body =
        json!({"message": "You are being rate limited.", "retry_after": seconds, "global": global});
    let headers = [
        ("retry-after", seconds.ceil().to_string()),
        ("x-ratelimit-scope", limited.scope.name().to_owned()),
        ("x-ratelimit-reset-after", seconds.to_string()),
        ("x-ratelimit-remaining", "0".to_owned()),
    ];
    let mut response = (StatusCode::TOO_MANY_REQUESTS, VIA, headers, Json(body)).into_response();
    if global {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert("x-ratelimit-global", yes);
    }
    response
}

/// An answer of which only the first half comes.
fn half(answer: &RouteResult) -> Response {
    let body = match answer {
        Ok(body) => body.clone().unwrap_or_default(),
        Err(error) => error.body(),
    };
    let status = StatusCode::from_u16(status_of(answer)).unwrap_or(StatusCode::BAD_REQUEST);
    let text = body.to_string();
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    (status, [(header::CONTENT_TYPE, "application/json")], half).into_response()
}

fn status_of(answer: &RouteResult) -> u16 {
    match answer {
        Ok(Some(_)) => 200,
        Ok(None) => 204,
        Err(error) => error.status,
    }
}

/// The path behind `/api` without the version. Some libraries write `@original` as `%40original`; it is plain here.
fn route(path: &str) -> String {
    let version = path
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('/'))
        .filter(|(version, _)| version.parse::<u8>().is_ok());
    format!("/{}", version.map_or(path, |(_, rest)| rest))
}
