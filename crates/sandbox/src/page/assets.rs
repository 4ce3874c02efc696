//! The page's static files, compiled into the program.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;

use super::super::state::SandboxState;

const INDEX: &str = include_str!("index.html");
const STYLE: &str = "text/css";
const SCRIPT: &str = "text/javascript";

/// Style sheets and scripts: name, content type, content.
const ASSETS: [(&str, &str, &str); 15] = [
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

/// `GET /` and `GET /sandbox/{asset}`.
pub(super) fn routes() -> Router<Arc<SandboxState>> {
    let mut router = Router::new().route("/", get(|| async { Html(INDEX) }));
    for (name, content_type, content) in ASSETS {
        let asset = move || async move { ([(header::CONTENT_TYPE, content_type)], content) };
        router = router.route(&format!("/sandbox/{name}"), get(asset));
    }
    router
}
