//! Lets only its own pages in, and programs that mean it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::SandboxState;
use super::settings::answers;

/// Refuses requests that a foreign web page could have caused: a name that was made to point here (`Host`), or a page
/// from elsewhere (`Origin`).
pub(super) fn protect(
    router: Router<Arc<SandboxState>>,
    shared: Arc<SandboxState>,
) -> Router<Arc<SandboxState>> {
    router.layer(from_fn_with_state(shared, check))
}

async fn check(State(shared): State<Arc<SandboxState>>, request: Request, next: Next) -> Response {
    if is_own(request.headers(), shared.address) {
        next.run(request).await
    } else {
        let why =
            "The sandbox only answers its own pages, and programs that name it by its address.\n";
        (StatusCode::FORBIDDEN, why).into_response()
    }
}

fn is_own(headers: &HeaderMap, address: SocketAddr) -> bool {
    let named = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(host) = named(header::HOST).filter(|host| answers(address, host)) else {
        return false;
    };
    named(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        is_own(&headers, "127.0.0.1:80".parse().unwrap())
    }

    #[test]
    fn a_page_from_elsewhere_and_a_name_from_elsewhere_are_refused() {
        assert!(own(Some("127.0.0.1:80"), None));
        assert!(own(Some("127.0.0.1:80"), Some("http://127.0.0.1:80")));
        assert!(own(Some("localhost:80"), Some("http://localhost:80")));
        for origin in [
            "http://evil.example",
            "https://127.0.0.1:80",
            "http://127.0.0.1:81",
            "null",
            "",
        ] {
            assert!(!own(Some("127.0.0.1:80"), Some(origin)), "{origin}");
        }
        for host in [None, Some("evil.example:80"), Some("")] {
            assert!(!own(host, None), "{host:?}");
        }
    }
}
