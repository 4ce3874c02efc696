//! Discord's REST routes, as far as a bot of this kind needs them.

pub(super) mod request;
mod routes;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::Value;

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
    let planned = lock(&shared.faults).take(method.as_str(), &path);
    let lost = planned == Some(Fault::LoseAnswer);
    if let Some(fault) = planned.filter(|_| !lost) {
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
    if lost {
        return StatusCode::BAD_GATEWAY.into_response();
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
    match fault {
        Fault::Answer {
            status,
            retry_after,
            body,
        } => {
            shared.record(|| ((), record(status)));
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
            let mut response = (status, body).into_response();
            if let Some(seconds) = retry_after.and_then(|seconds| seconds.to_string().parse().ok())
            {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
        Fault::Hang | Fault::LoseAnswer => {
            shared.record(|| ((), record(0)));
            std::future::pending().await
        }
    }
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
