//! Discord's REST routes, as far as a bot of this kind needs them.

use std::sync::Arc;
use std::time::Instant;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{ApiError, Fault, Recorded, Shared, World, lock, now};

/// Files that are kept at once.
const MOST_FILES: usize = 500;
/// Discord takes requests up to this size.
const MOST_BYTES: usize = 25 << 20;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/{*path}", any(api))
}

/// A request reduced to what the routes look at.
struct Call {
    method: Method,
    segments: Vec<String>,
    body: Value,
    authorised: bool,
}

/// What a route answers: nothing, or JSON.
type Answer = Result<Option<Value>, ApiError>;

async fn api(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let at = Instant::now();
    let method = request.method().clone();
    let path = route(request.uri().path());
    let call = read(&shared, request, &path).await;
    let planned = lock(&shared.faults).take(method.as_str(), &path);
    let lost = planned == Some(Fault::LoseAnswer);
    if let Some(fault) = planned.filter(|_| !lost) {
        return fail(&shared, fault, |status| Recorded {
            at,
            method: method.to_string(),
            path,
            body: call.map_or(Value::Null, |call| call.body),
            status,
        })
        .await;
    }
    let answer = shared.record(|| {
        let answer = call
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|call| answer(&shared, call));
        let recorded = Recorded {
            at,
            method: method.to_string(),
            path: path.clone(),
            body: call.as_ref().map_or(Value::Null, |call| call.body.clone()),
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

async fn read(shared: &Shared, request: Request, path: &str) -> Result<Call, ApiError> {
    let authorised = header_of(&request, header::AUTHORIZATION)
        .strip_prefix("Bot ")
        .is_some_and(|token| !token.is_empty());
    let with_files = header_of(&request, header::CONTENT_TYPE).starts_with("multipart/form-data");
    let method = request.method().clone();
    let segments = path.split('/').skip(1).map(str::to_owned).collect();
    let body = if with_files {
        form(shared, request).await?
    } else {
        json_body(request).await?
    };
    Ok(Call {
        method,
        segments,
        body,
        authorised,
    })
}

fn header_of(request: &Request, name: HeaderName) -> &str {
    let value = request.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn json_body(request: Request) -> Result<Value, ApiError> {
    let bytes = to_bytes(request.into_body(), MOST_BYTES)
        .await
        .map_err(|_| ApiError::new(413, 40_005, "Request entity too large"))?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        ApiError::new(
            400,
            50_109,
            format!("The request body contains invalid JSON: {error}"),
        )
    })
}

/// A body with files: the files are kept, and `payload_json` names them as attachments.
async fn form(shared: &Shared, request: Request) -> Result<Value, ApiError> {
    let broken = |error: String| ApiError::new(400, 50_035, format!("Invalid form: {error}"));
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(error.body_text()))?;
    let (mut body, mut attachments) = (json!({}), Vec::new());
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| broken(error.body_text()))?
    {
        let (name, file) = (
            field.name().unwrap_or_default().to_owned(),
            field.file_name().map(str::to_owned),
        );
        let bytes = field
            .bytes()
            .await
            .map_err(|error| broken(error.body_text()))?;
        if name == "payload_json" {
            body = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        } else if let Some(file) = file {
            let mut files = lock(&shared.files);
            let id = shared.with(|world| world.new_id(now())).to_string();
            let url = format!("/sandbox/files/{id}/{file}");
            attachments.push(json!({"id": id, "filename": file, "size": bytes.len(), "url": url, "proxy_url": url}));
            if files.len() >= MOST_FILES {
                files.clear();
            }
            files.insert(id, bytes.to_vec());
        }
    }
    body["attachments"] = Value::Array(attachments);
    Ok(body)
}

fn answer(shared: &Arc<Shared>, call: &Call) -> Answer {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let open = matches!(
        segments[..],
        ["gateway"] | ["interactions" | "webhooks", ..]
    );
    if !open && !call.authorised {
        return Err(ApiError::new(401, 0, "401: Unauthorized"));
    }
    match (call.method.as_str(), &segments[..]) {
        ("GET", ["gateway"]) => Ok(Some(json!({"url": shared.gateway_url()}))),
        ("GET", ["gateway", "bot"]) => Ok(Some(json!({
            "url": shared.gateway_url(), "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1},
        }))),
        ("GET", ["users", "@me"]) => Ok(Some(shared.with(|world| world.bot_json()))),
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
            Ok(Some(application()))
        }
        ("PUT", ["applications", id, "commands"]) if own(id) => {
            let commands = call.body.as_array().cloned().ok_or_else(|| {
                ApiError::new(400, 50_035, "Invalid Form Body: a list of commands")
            })?;
            shared
                .with(|world| world.overwrite_commands(now(), commands))
                .map(|commands| Some(Value::Array(commands)))
        }
        ("GET", ["applications", id, "commands"]) if own(id) => {
            Ok(Some(shared.with(|world| world.commands().to_vec().into())))
        }
        ("POST", ["interactions", id, token, "callback"]) => {
            let id = id
                .parse()
                .map_err(|_| ApiError::new(404, 10_062, "Unknown interaction"))?;
            shared
                .with(|world| world.callback(now(), id, token, &call.body))
                .map(|()| None)
        }
        ("POST", ["webhooks", id, token]) if own(id) => shared
            .with(|world| world.follow_up(now(), token, &call.body))
            .map(Some),
        (method, ["webhooks", id, token, "messages", which]) if own(id) => {
            message(shared, method, token, which, &call.body)
        }
        _ => Err(unknown_route()),
    }
}

fn message(shared: &Shared, method: &str, token: &str, which: &str, body: &Value) -> Answer {
    let id = match which {
        "@original" => None,
        id => Some(
            id.parse()
                .map_err(|_| ApiError::new(404, 10_008, "Unknown Message"))?,
        ),
    };
    match (method, id) {
        ("GET", None) => shared.with(|world| world.original(now(), token)).map(Some),
        ("PATCH", id) => shared
            .with(|world| world.edit_reply(now(), token, id, body))
            .map(Some),
        ("DELETE", id) => shared
            .with(|world| world.delete_reply(now(), token, id))
            .map(|()| None),
        _ => Err(unknown_route()),
    }
}

fn own(application: &str) -> bool {
    application == World::APPLICATION.to_string()
}

fn unknown_route() -> ApiError {
    ApiError::new(404, 0, "404: Not Found")
}

fn application() -> Value {
    json!({
        "id": World::APPLICATION.to_string(), "name": "Mouthpiece", "icon": null, "description": "", "bot_public": true,
        "bot_require_code_grant": false, "verify_key": "0", "flags": 0, "team": null, "summary": "",
        "owner": {"id": "1100000000000000000", "username": "owner", "discriminator": "0", "global_name": null, "avatar": null},
    })
}
