//! The page that shows this small Discord to a person, and what the page asks for.

mod faults;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::rest::request;
use super::{
    ApiError, ContextMenuTarget, Invocation, PageEvent, RecordedRequest, SandboxState, lock, now,
};

const PAGE: &str = include_str!("index.html");
/// The parts of the page, by name.
const PARTS: [(&str, &str, &str); 15] = [
    ("style.css", STYLE, include_str!("style.css")),
    ("message.css", STYLE, include_str!("message.css")),
    ("floating.css", STYLE, include_str!("floating.css")),
    ("app.js", SCRIPT, include_str!("app.js")),
    ("state.js", SCRIPT, include_str!("state.js")),
    ("dom.js", SCRIPT, include_str!("dom.js")),
    ("message.js", SCRIPT, include_str!("message.js")),
    ("embed.js", SCRIPT, include_str!("embed.js")),
    ("markdown.js", SCRIPT, include_str!("markdown.js")),
    ("component.js", SCRIPT, include_str!("component.js")),
    ("select.js", SCRIPT, include_str!("select.js")),
    ("modal.js", SCRIPT, include_str!("modal.js")),
    ("menu.js", SCRIPT, include_str!("menu.js")),
    ("composer.js", SCRIPT, include_str!("composer.js")),
    ("command.js", SCRIPT, include_str!("command.js")),
];
const STYLE: &str = "text/css";
const SCRIPT: &str = "text/javascript";

pub(super) fn routes() -> Router<Arc<SandboxState>> {
    let mut router = Router::new().route("/", get(|| async { Html(PAGE) }));
    for (name, kind, content) in PARTS {
        let part = move || async move { ([(header::CONTENT_TYPE, kind)], content) };
        router = router.route(&format!("/sandbox/{name}"), get(part));
    }
    router
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

#[derive(Deserialize)]
struct Viewer {
    user: Option<String>,
}

impl Viewer {
    /// The person looking; the first one there is if nobody is named.
    fn id(&self, shared: &SandboxState) -> u64 {
        let named = self.user.as_ref().and_then(|user| user.parse().ok());
        named.unwrap_or_else(|| {
            shared.with_world(|world| world.users().next().map_or(0, |user| user.id))
        })
    }
}

async fn state(State(shared): State<Arc<SandboxState>>, Query(viewer): Query<Viewer>) -> Response {
    let user = viewer.id(&shared);
    answer(shared.with_world(|world| world.page_state(user)).map(Some))
}

async fn events(
    State(shared): State<Arc<SandboxState>>,
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

/// Something that somebody does, as the page says it.
#[derive(Deserialize)]
struct PageAction {
    user: String,
    channel: String,
    #[serde(flatten)]
    what: PageActionKind,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
enum PageActionKind {
    Command {
        name: String,
        options: Vec<Value>,
    },
    Autocomplete {
        name: String,
        options: Vec<Value>,
    },
    Menu {
        name: String,
        message: Option<String>,
        person: Option<String>,
    },
    Component {
        message: String,
        custom_id: String,
        values: Vec<String>,
    },
    Modal {
        token: String,
        fields: Vec<(String, String)>,
    },
}

impl From<PageActionKind> for Invocation {
    fn from(what: PageActionKind) -> Self {
        match what {
            PageActionKind::Command { name, options } => Self::Command { name, options },
            PageActionKind::Autocomplete { name, options } => Self::Autocomplete { name, options },
            PageActionKind::Menu {
                name,
                message,
                person,
            } => {
                let target = match (message, person) {
                    (Some(message), _) => ContextMenuTarget::Message(id(&message)),
                    (None, person) => ContextMenuTarget::User(id(&person.unwrap_or_default())),
                };
                Self::ContextMenu { name, target }
            }
            PageActionKind::Component {
                message,
                custom_id,
                values,
            } => Self::Component {
                message: id(&message),
                custom_id,
                values,
            },
            PageActionKind::Modal { token, fields } => Self::Modal { token, fields },
        }
    }
}

/// Discord's numbers are too large for JavaScript and come as text. Nothing has the number 0.
fn id(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

/// Answers with the interaction's token, by which later events name it.
async fn act(State(shared): State<Arc<SandboxState>>, Json(act): Json<PageAction>) -> Response {
    let token = shared.invoke(id(&act.user), id(&act.channel), &act.what.into());
    answer(token.map(|token| Some(json!({"token": token}))))
}

#[derive(Deserialize)]
struct PageMessage {
    user: String,
    channel: String,
    text: String,
}

async fn message(
    State(shared): State<Arc<SandboxState>>,
    Json(said): Json<PageMessage>,
) -> Response {
    let posted = shared.with_world(|world| {
        world.post_as_user(now(), id(&said.user), id(&said.channel), &said.text)
    });
    answer(posted.map(|_| None))
}

#[derive(Deserialize)]
struct LocaleChange {
    user: String,
    locale: String,
}

async fn locale(
    State(shared): State<Arc<SandboxState>>,
    Json(chosen): Json<LocaleChange>,
) -> Response {
    let set = shared.with_world(|world| world.set_locale(id(&chosen.user), &chosen.locale));
    answer(set.map(|()| None))
}

#[derive(Deserialize)]
struct RoleChange {
    user: String,
    role: String,
    given: bool,
}

async fn role(State(shared): State<Arc<SandboxState>>, Json(change): Json<RoleChange>) -> Response {
    let user = id(&change.user);
    let done = shared.with_world(|world| {
        if change.given {
            world.add_role(user, &change.role)
        } else {
            world.remove_role(user, &change.role)
        }
    });
    answer(done.map(|()| None))
}

/// The bot's requests that were refused, or whose message could mention somebody, oldest first. A bot that does all as
/// Discord and people want it has none.
async fn refused(State(shared): State<Arc<SandboxState>>) -> Response {
    listed(&shared, |request| {
        request.status >= 400 || request.may_mention()
    })
}

/// All requests of the bot's that are remembered, oldest first.
async fn requests(State(shared): State<Arc<SandboxState>>) -> Response {
    listed(&shared, |_| true)
}

fn listed(shared: &SandboxState, wanted: impl Fn(&RecordedRequest) -> bool) -> Response {
    let requests = lock(&shared.requests);
    let listed = requests.iter().filter(|request| wanted(request));
    let told = listed.map(|request| {
        json!({"method": request.method, "path": request.path, "status": request.status, "body": request.body})
    });
    Json(told.collect::<Vec<Value>>()).into_response()
}

/// Keeps a file for an option of a command.
async fn upload(State(shared): State<Arc<SandboxState>>, request: Request) -> Response {
    let kept = request::upload(&shared, request).await;
    answer(kept.map(|file| Some(json!({"id": file.id.to_string(), "filename": file.name}))))
}

async fn file(
    State(shared): State<Arc<SandboxState>>,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    let Some(bytes) = lock(&shared.files).get(self::id(&id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    (
        [
            (header::CONTENT_TYPE, request::kind_of(&name)),
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
            Json(json!({"code": error.code, "message": error.message})),
        )
            .into_response(),
    }
}
