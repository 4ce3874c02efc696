//! Lets only this machine's own pages and programs in.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::Shared;

/// Refuses requests that a foreign web page could have caused: a name that was made to point here (`Host`), or a page
/// from elsewhere (`Origin`).
pub(super) fn protect(router: Router<Arc<Shared>>, shared: Arc<Shared>) -> Router<Arc<Shared>> {
    router.layer(from_fn_with_state(shared, check))
}

async fn check(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if is_local(request.headers(), shared.address.port()) {
        next.run(request).await
    } else {
        let why = "The sandbox only answers this machine's own pages and programs.\n";
        (StatusCode::FORBIDDEN, why).into_response()
    }
}

fn is_local(headers: &HeaderMap, port: u16) -> bool {
    let own =
        |host: &str| host == format!("127.0.0.1:{port}") || host == format!("localhost:{port}");
    let named = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = named(header::HOST).is_some_and(own);
    host && named(header::ORIGIN)
        .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(own))
}
