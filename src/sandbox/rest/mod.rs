//! Discord's REST routes, as far as a bot of this kind needs them.

pub(super) mod request;
mod routes;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};

use super::faults::{Limited, Scope};
use super::{Fault, Recorded, Shared, lock};
use request::Call;
use routes::Answer;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/{*path}", any(api))
}

async fn api(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let at = Instant::now();
    let method = request.method().clone();
    let path = route(request.uri().path());
    let call = Call::read(&shared, request, &path).await;
    let mut fault = lock(&shared.faults).take(method.as_str(), &path);
    if let Some(Fault::Late(time)) = fault {
        tokio::time::sleep(time).await;
        fault = None;
    }
    let limited = || lock(&shared.rates).count(at, &path).map(Fault::Limited);
    let fault = fault.or_else(limited);
    let served = matches!(fault, None | Some(Fault::LoseAnswer | Fault::Truncated));
    if let Some(fault) = fault.clone().filter(|_| !served) {
        return fail(&shared, fault, |status| Recorded {
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
            .and_then(|call| routes::answer(&shared, call));
        let recorded = Recorded {
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
        Some(Fault::LoseAnswer) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(Fault::Truncated) => return half(&answer),
        _ => {}
    }
    let status = StatusCode::from_u16(status_of(&answer)).unwrap_or(StatusCode::BAD_REQUEST);
    match answer {
        Ok(Some(body)) => (status, Json(body)).into_response(),
        Ok(None) => status.into_response(),
        Err(error) => (status, Json(error.body())).into_response(),
    }
}

/// Goes wrong as planned.
async fn fail(shared: &Shared, fault: Fault, record: impl FnOnce(u16) -> Recorded) -> Response {
    let recorded = record(match &fault {
        Fault::Answer { status, .. } => *status,
        Fault::Limited(_) => 429,
        _ => 0,
    });
    lock(&shared.rates).count_answer(recorded.at, recorded.status, &recorded.path);
    shared.record(|| ((), recorded));
    match fault {
        Fault::Answer {
            status,
            retry_after,
            body,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
            let mut response = (status, body).into_response();
            if let Some(seconds) = retry_after.and_then(|seconds| seconds.to_string().parse().ok())
            {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
        Fault::Limited(limited) => too_many(&limited),
        Fault::Reset => {
            // A body that cannot be read makes the server close the connection.
            let broken = stream::once(async { Err::<String, _>(io::Error::other("reset")) });
            Body::from_stream(broken).into_response()
        }
        Fault::Hang | Fault::Late(_) | Fault::LoseAnswer | Fault::Truncated => {
            std::future::pending().await
        }
    }
}

/// That there were too many requests, as Discord says it.
fn too_many(limited: &Limited) -> Response {
    let global = limited.scope == Scope::Global;
    let seconds = (limited.retry_after * 1000.0).ceil() / 1000.0;
    let body =
        json!({"message": "You are being rate limited.", "retry_after": seconds, "global": global});
    let headers = [
        ("retry-after", seconds.ceil().to_string()),
        ("x-ratelimit-scope", limited.scope.name().to_owned()),
        ("x-ratelimit-reset-after", seconds.to_string()),
        ("x-ratelimit-remaining", "0".to_owned()),
    ];
    let mut response = (StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response();
    if global {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert("x-ratelimit-global", yes);
    }
    response
}

/// An answer of which only the first half comes.
fn half(answer: &Answer) -> Response {
    let body = match answer {
        Ok(body) => body.clone().unwrap_or_default(),
        Err(error) => error.body(),
    };
    let status = StatusCode::from_u16(status_of(answer)).unwrap_or(StatusCode::BAD_REQUEST);
    let text = body.to_string();
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    (status, [(header::CONTENT_TYPE, "application/json")], half).into_response()
}

fn status_of(answer: &Answer) -> u16 {
    match answer {
        Ok(Some(_)) => 200,
        Ok(None) => 204,
        Err(error) => error.status,
    }
}

/// The path without `/api` and the version.
fn route(path: &str) -> String {
    let rest = path.trim_start_matches("/api");
    let version = rest
        .strip_prefix("/v")
        .and_then(|rest| rest.split_once('/'))
        .filter(|(version, _)| version.parse::<u8>().is_ok());
    version.map_or_else(|| rest.to_owned(), |(_, rest)| format!("/{rest}"))
}
