//! The page that shows this small Discord to a person, and what the page asks for.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{ApiError, Invocation, PageEvent, Shared, lock};

const PAGE: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/app.js");
const COMPOSER: &str = include_str!("page/composer.js");
const MARKDOWN: &str = include_str!("page/markdown.js");

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/sandbox/style.css", file_of("text/css", STYLE))
        .route("/sandbox/app.js", file_of("text/javascript", SCRIPT))
        .route("/sandbox/composer.js", file_of("text/javascript", COMPOSER))
        .route("/sandbox/markdown.js", file_of("text/javascript", MARKDOWN))
        .route("/sandbox/state", get(state))
        .route("/sandbox/events", get(events))
        .route("/sandbox/command", post(command))
        .route("/sandbox/component", post(component))
        .route("/sandbox/files/{id}/{name}", get(file))
}

/// A part of the page.
fn file_of(kind: &'static str, content: &'static str) -> MethodRouter<Arc<Shared>> {
    get(move || async move { ([(header::CONTENT_TYPE, kind)], content) })
}

#[derive(Deserialize)]
struct Viewer {
    user: Option<String>,
}

impl Viewer {
    /// The person looking; the first one there is if nobody is named.
    fn id(&self, shared: &Shared) -> u64 {
        let named = self.user.as_ref().and_then(|user| user.parse().ok());
        named.unwrap_or_else(|| shared.with(|world| world.users().next().map_or(0, |user| user.id)))
    }
}

async fn state(State(shared): State<Arc<Shared>>, Query(viewer): Query<Viewer>) -> Response {
    let user = viewer.id(&shared);
    answer(shared.with(|world| world.as_seen_by(user)).map(Some))
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Query(viewer): Query<Viewer>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let user = viewer.id(&shared);
    let stream = stream::unfold(shared.pages.subscribe(), move |mut pages| async move {
        let event = next(&mut pages, user).await?;
        Some((Ok(event), pages))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn next(pages: &mut Receiver<PageEvent>, user: u64) -> Option<Event> {
    loop {
        match pages.recv().await {
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

#[derive(Deserialize)]
struct RunCommand {
    user: String,
    channel: String,
    name: String,
    #[serde(default)]
    options: Vec<Value>,
}

async fn command(State(shared): State<Arc<Shared>>, Json(run): Json<RunCommand>) -> Response {
    act(
        &shared,
        &run.user,
        &run.channel,
        &Invocation::Command {
            name: run.name,
            options: run.options,
        },
    )
}

#[derive(Deserialize)]
struct UseComponent {
    user: String,
    channel: String,
    message: String,
    custom_id: String,
    #[serde(default)]
    values: Vec<String>,
}

async fn component(State(shared): State<Arc<Shared>>, Json(used): Json<UseComponent>) -> Response {
    let message = used.message.parse().unwrap_or(0);
    act(
        &shared,
        &used.user,
        &used.channel,
        &Invocation::Component {
            message,
            custom_id: used.custom_id,
            values: used.values,
        },
    )
}

fn act(shared: &Arc<Shared>, user: &str, channel: &str, invocation: &Invocation) -> Response {
    let id = |text: &str| text.parse::<u64>().unwrap_or(0);
    answer(
        shared
            .invoke(id(user), id(channel), invocation)
            .map(|_| None),
    )
}

async fn file(
    State(shared): State<Arc<Shared>>,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    let Some(bytes) = lock(&shared.files).get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        bytes,
    )
        .into_response()
}

fn answer(result: Result<Option<Value>, ApiError>) -> Response {
    match result {
        Ok(Some(body)) => Json(body).into_response(),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST),
            Json(error.body()),
        )
            .into_response(),
    }
}
