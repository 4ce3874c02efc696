//! The page for people: its static files, and the routes below `/sandbox/` that it and the tests use.

mod action;
mod assets;
mod faults;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::request_log::RecordedRequest;
use super::rest::multipart;
use super::state::{PageEvent, SandboxState, now};
use super::sync::lock;
use super::world::ApiError;
use action::{LocaleChange, PageAction, PageMessage, RoleChange, parse_id};

/// The routes of the page.
pub(super) fn routes() -> Router<Arc<SandboxState>> {
    assets::routes()
        .route("/sandbox/state", get(state))
        .route("/sandbox/events", get(events))
        .route("/sandbox/act", post(act))
        .route("/sandbox/message", post(message))
        .route("/sandbox/locale", post(locale))
        .route("/sandbox/role", post(role))
        .route("/sandbox/upload", post(upload))
        .route("/sandbox/faults", post(faults::plan))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/refused", get(refused))
        .route("/sandbox/files/{id}/{name}", get(file))
}

/// The user who looks at the page.
#[derive(Deserialize)]
struct Viewer {
    user: Option<String>,
}

impl Viewer {
    /// Id of the viewer; by default the first user of the world.
    fn id(&self, state: &SandboxState) -> u64 {
        let id = self.user.as_ref().and_then(|user| user.parse().ok());
        id.unwrap_or_else(|| {
            state.with_world(|world| world.users().next().map_or(0, |user| user.id))
        })
    }
}

/// `GET /sandbox/state`: everything that the viewer may see.
async fn state(State(state): State<Arc<SandboxState>>, Query(viewer): Query<Viewer>) -> Response {
    let user = viewer.id(&state);
    respond(state.with_world(|world| world.page_state(user)).map(Some))
}

/// `GET /sandbox/events`: server-sent events for the viewer.
async fn events(
    State(state): State<Arc<SandboxState>>,
    Query(viewer): Query<Viewer>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let user = viewer.id(&state);
    let stream = stream::unfold(
        state.page_events.subscribe(),
        move |mut receiver| async move {
            let event = next_event(&mut receiver, user).await?;
            Some((Ok(event), receiver))
        },
    );
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// The next event that `user` may see. A page that lagged behind is told to reload.
async fn next_event(receiver: &mut Receiver<PageEvent>, user: u64) -> Option<Event> {
    loop {
        match receiver.recv().await {
            Ok(event) if event.only.is_none_or(|only| only == user) => {
                return Some(Event::default().data(event.text));
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => {
                return Some(Event::default().data("{\"type\":\"reload\"}"));
            }
            Err(RecvError::Closed) => return None,
        }
    }
}

/// `POST /sandbox/act`: performs an action. Responds with the interaction's token, which later events refer to.
async fn act(State(state): State<Arc<SandboxState>>, Json(action): Json<PageAction>) -> Response {
    let (user, channel) = (parse_id(&action.user), parse_id(&action.channel));
    let token = state.invoke(user, channel, &action.kind.into());
    respond(token.map(|token| Some(json!({"token": token}))))
}

/// `POST /sandbox/message`: posts a message of a user.
async fn message(
    State(state): State<Arc<SandboxState>>,
    Json(message): Json<PageMessage>,
) -> Response {
    let (user, channel) = (parse_id(&message.user), parse_id(&message.channel));
    let posted = state.with_world(|world| world.post_as_user(now(), user, channel, &message.text));
    respond(posted.map(|_| None))
}

/// `POST /sandbox/locale`: sets a user's language.
async fn locale(
    State(state): State<Arc<SandboxState>>,
    Json(change): Json<LocaleChange>,
) -> Response {
    let user = parse_id(&change.user);
    let set = state.with_world(|world| world.set_locale(user, &change.locale));
    respond(set.map(|()| None))
}

/// `POST /sandbox/role`: adds or removes a role.
async fn role(State(state): State<Arc<SandboxState>>, Json(change): Json<RoleChange>) -> Response {
    let user = parse_id(&change.user);
    let changed = state.with_world(|world| {
        if change.given {
            world.add_role(user, &change.role)
        } else {
            world.remove_role(user, &change.role)
        }
    });
    respond(changed.map(|()| None))
}

/// `GET /sandbox/refused`: the recorded requests whose status is 400 or more, or whose message may mention somebody,
/// oldest first. The list stays empty as long as a bot makes no such request.
async fn refused(State(state): State<Arc<SandboxState>>) -> Response {
    requests_json(
        state
            .requests
            .select(|request| request.status >= 400 || request.may_mention()),
    )
}

/// `GET /sandbox/requests`: all recorded requests, oldest first.
async fn requests(State(state): State<Arc<SandboxState>>) -> Response {
    requests_json(state.requests.select(|_| true))
}

fn requests_json(requests: Vec<RecordedRequest>) -> Response {
    let json = requests.into_iter().map(|request| {
        json!({"method": request.method, "path": request.path, "status": request.status, "body": request.body})
    });
    Json(json.collect::<Vec<Value>>()).into_response()
}

/// `POST /sandbox/upload`: stores a file of a user, which an attachment option of a command can then refer to.
async fn upload(State(state): State<Arc<SandboxState>>, request: Request) -> Response {
    let upload = multipart::read_upload(&state, request).await;
    respond(upload.map(|file| Some(json!({"id": file.id.to_string(), "filename": file.name}))))
}

/// `GET /sandbox/files/{id}/{name}`: the content of an attachment.
async fn file(
    State(state): State<Arc<SandboxState>>,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    let Some(bytes) = lock(&state.files).get(parse_id(&id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, multipart::content_type(&name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}

fn respond(result: Result<Option<Value>, ApiError>) -> Response {
    match result {
        Ok(Some(body)) => Json(body).into_response(),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            let body = json!({"code": error.code, "message": error.message});
            (status, Json(body)).into_response()
        }
    }
}
