//! Protection against requests that a foreign web page causes: checks of `Host` and `Origin`.
//!
//! The sandbox has no authentication, and browsers let any page send requests to local ports. The `Host` check defeats
//! DNS rebinding, the `Origin` check defeats cross-site requests.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::state::SandboxState;

/// Rejects with 403 all requests whose `Host` is not this sandbox or whose `Origin` is another site.
pub(super) fn protect(
    router: Router<Arc<SandboxState>>,
    state: Arc<SandboxState>,
) -> Router<Arc<SandboxState>> {
    router.layer(from_fn_with_state(state, check))
}

async fn check(State(state): State<Arc<SandboxState>>, request: Request, next: Next) -> Response {
    if is_same_origin(request.headers(), state.address) {
        next.run(request).await
    } else {
        let reason =
            "The sandbox only answers its own pages, and programs that name it by its address.\n";
        (StatusCode::FORBIDDEN, reason).into_response()
    }
}

/// Whether `Host` names the sandbox and `Origin` is absent or equal to it.
fn is_same_origin(headers: &HeaderMap, address: SocketAddr) -> bool {
    let value_of = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(host) = value_of(header::HOST).filter(|host| accepts_host(address, host)) else {
        return false;
    };
    value_of(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host))
}

/// Whether a server that listens on `address` accepts the `Host` header `host`: an IP address with the port, or
/// `localhost` on loopback. Other names are rejected, since DNS rebinding can point any name at this machine.
fn accepts_host(address: SocketAddr, host: &str) -> bool {
    if host == format!("localhost:{}", address.port()) {
        return address.ip().is_loopback() || address.ip().is_unspecified();
    }
    host.parse::<SocketAddr>().is_ok_and(|named| {
        let any = address.ip().is_unspecified() && named.port() == address.port();
        any || named == address
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_origin(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        is_same_origin(&headers, "127.0.0.1:80".parse().unwrap())
    }

    #[test]
    fn foreign_origins_and_foreign_hosts_are_rejected() {
        assert!(same_origin(Some("127.0.0.1:80"), None));
        assert!(same_origin(
            Some("127.0.0.1:80"),
            Some("http://127.0.0.1:80")
        ));
        assert!(same_origin(
            Some("localhost:80"),
            Some("http://localhost:80")
        ));
        for origin in [
            "http://evil.example",
            "https://127.0.0.1:80",
            "http://127.0.0.1:81",
            "null",
            "",
        ] {
            assert!(!same_origin(Some("127.0.0.1:80"), Some(origin)), "{origin}");
        }
        for host in [None, Some("evil.example:80"), Some("")] {
            assert!(!same_origin(host, None), "{host:?}");
        }
    }

    #[test]
    fn only_names_of_the_sandbox_are_accepted_as_host() {
        let accepted = |at: &str, host: &str| accepts_host(at.parse().unwrap(), host);
        for host in ["127.0.0.1:80", "localhost:80"] {
            assert!(accepted("127.0.0.1:80", host), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:81",
            "localhost",
            "evil.example:80",
            "192.168.1.5:80",
            "127.0.0.1:80:80",
            "[::1]:80",
        ] {
            assert!(!accepted("127.0.0.1:80", host), "{host}");
        }
        assert!(accepted("[::1]:80", "[::1]:80"));
        assert!(accepted("192.168.1.5:80", "192.168.1.5:80"));
        for host in ["localhost:80", "127.0.0.1:80", "evil.example:80"] {
            assert!(!accepted("192.168.1.5:80", host), "{host}");
        }
        for host in ["10.0.0.9:80", "localhost:80", "[2001:db8::1]:80"] {
            assert!(accepted("0.0.0.0:80", host), "{host}");
        }
        for host in [
            "10.0.0.9:81",
            "evil.example:80",
            "localhost.evil.example:80",
        ] {
            assert!(!accepted("0.0.0.0:80", host), "{host}");
        }
    }
}
