//! HTTP responses: results of routes, 429, and broken responses for faults.

use std::io;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use super::super::faults::{LimitScope, RateLimited};
use super::super::rate_limits::BucketState;
use super::routes::RouteResult;

/// The header by which libraries tell Discord's own 429 responses from those of a proxy in front of Discord.
const VIA: [(HeaderName, HeaderValue); 1] = [(header::VIA, HeaderValue::from_static("1.1 google"))];

/// The response to the result of a route.
pub(super) fn of(result: RouteResult) -> Response {
    let status = status_code(status_of(&result));
    match result {
        Ok(Some(body)) => (status, VIA, Json(body)).into_response(),
        Ok(None) => (status, VIA).into_response(),
        Err(error) => (status, VIA, Json(error.body())).into_response(),
    }
}

/// The HTTP status of the result of a route.
pub(super) fn status_of(result: &RouteResult) -> u16 {
    match result {
        Ok(Some(_)) => 200,
        Ok(None) => 204,
        Err(error) => error.status,
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Adds the `X-RateLimit-` headers of a bucket.
pub(super) fn add_rate_limit_headers(bucket: &BucketState, headers: &mut HeaderMap) {
    let seconds = bucket.reset_after.as_secs_f64();
    for (name, value) in [
        ("x-ratelimit-bucket", bucket.bucket.to_owned()),
        ("x-ratelimit-limit", bucket.limit.to_string()),
        ("x-ratelimit-remaining", bucket.remaining.to_string()),
        ("x-ratelimit-reset-after", format!("{seconds:.3}")),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
}

/// Discord's 429 response.
pub(super) fn too_many_requests(limited: &RateLimited) -> Response {
    let is_global = limited.scope == LimitScope::Global;
    let seconds = (limited.retry_after * 1000.0).ceil() / 1000.0;
    let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": is_global});
    let headers = [
        ("retry-after", seconds.ceil().to_string()),
        ("x-ratelimit-scope", limited.scope.name().to_owned()),
        ("x-ratelimit-reset-after", seconds.to_string()),
        ("x-ratelimit-remaining", "0".to_owned()),
    ];
    let mut response = (StatusCode::TOO_MANY_REQUESTS, VIA, headers, Json(body)).into_response();
    if is_global {
        let value = HeaderValue::from_static("true");
        response.headers_mut().insert("x-ratelimit-global", value);
    }
    response
}

/// A response as a fault describes it. The content type follows from the first character of the body.
pub(super) fn raw(status: u16, retry_after: Option<f64>, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    let content_type = match body.chars().next() {
        Some('{' | '[') => "application/json",
        Some('<') => "text/html",
        _ => "text/plain",
    };
    let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
    if let Some(seconds) = retry_after.and_then(|seconds| seconds.to_string().parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// A response whose body ends after half of its characters.
pub(super) fn truncated(result: RouteResult) -> Response {
    let status = status_code(status_of(&result));
    let body = match result {
        Ok(body) => body.unwrap_or_default(),
        Err(error) => error.body(),
    };
    let text = body.to_string();
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    (status, [(header::CONTENT_TYPE, "application/json")], half).into_response()
}

/// A response whose body cannot be read, which makes the server close the connection.
pub(super) fn reset() -> Response {
    let broken = stream::once(async { Err::<String, _>(io::Error::other("reset")) });
    Body::from_stream(broken).into_response()
}
