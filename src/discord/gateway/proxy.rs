//! A local WebSocket proxy: serenity connects to it, and it connects to Discord's gateway.
//!
//! It works around four faults of serenity 0.12.5:
//! - serenity spins when the gateway closes a connection without a close code. The proxy always sends one, after which serenity
//!   resumes;
//! - serenity ignores `resume_gateway_url` and resumes at the URL it identified at. The proxy connects to the right one;
//! - serenity notices a dead connection late. The proxy closes a connection without Hello or heartbeat acknowledgement;
//! - serenity reconnects at once and identifies without a limit. The proxy adds backoff and a session start limit.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, connect_async};

use super::close_code::RESUME;
use super::connection::{Connection, Downstream, Upstream};
use super::session_limit::SessionStartLimit;
use super::state::ProxyState;
use super::timeouts::Timeouts;

/// A listening proxy. Dropping it stops it.
pub(in crate::discord) struct GatewayProxy {
    url: String,
    fatal: watch::Receiver<Option<String>>,
    listening: JoinHandle<()>,
}

impl GatewayProxy {
    /// Starts a proxy to the gateway at `gateway_url`.
    ///
    /// # Errors
    /// When no local port can be bound.
    pub(in crate::discord) async fn start(
        gateway_url: &str,
        limit: SessionStartLimit,
    ) -> io::Result<Self> {
        Self::start_with(gateway_url, limit, Timeouts::DISCORD).await
    }

    /// Like [`GatewayProxy::start`], with given timeouts.
    pub(super) async fn start_with(
        gateway_url: &str,
        limit: SessionStartLimit,
        timeouts: Timeouts,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        // A random path, so that other local processes cannot connect.
        let (high, low) = (rand::random::<u64>(), rand::random::<u64>());
        let path = format!("/{high:016x}{low:016x}");
        let url = format!("ws://{}{path}", listener.local_addr()?);
        let state = Arc::new(ProxyState::new(gateway_url, path, limit, timeouts));
        Ok(Self {
            url,
            fatal: state.fatal(),
            listening: tokio::spawn(listen(listener, state)),
        })
    }

    /// The URL that serenity has to connect to.
    pub(in crate::discord) fn url(&self) -> String {
        self.url.clone()
    }

    /// Why Discord refuses the bot for good; `None` while it does not.
    pub(super) fn fatal_reason(&self) -> Option<String> {
        self.fatal.borrow().clone()
    }

    /// Waits until Discord refuses the bot for good, and returns the reason.
    pub(in crate::discord) async fn fatal(&self) -> String {
        let mut fatal = self.fatal.clone();
        if fatal.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
        self.fatal_reason().unwrap_or_default()
    }
}

impl Drop for GatewayProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, state: Arc<ProxyState>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(Arc::clone(&state), stream))),
            Err(error) => {
                tracing::warn!(%error, "the gateway proxy cannot accept a connection");
                tokio::time::sleep(state.timeouts.first_payload).await;
            }
        }
    }
}

/// Serves one connection of serenity's until either side closes it.
async fn serve(state: Arc<ProxyState>, stream: TcpStream) {
    let Some(mut down) = accept(stream, state.path.clone()).await else {
        return;
    };
    let began = Instant::now();
    let code = match connect(&state, &mut down).await {
        Ok((up, first)) => Connection::new(&state, up).run(&mut down, first).await,
        Err(reason) => {
            tracing::warn!(reason, "the gateway cannot be reached");
            Some(RESUME)
        }
    };
    state.back_off(began.elapsed()).await;
    if let Some(code) = code {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        // Fails if serenity has closed the connection already.
        let _ = down.close(Some(frame)).await;
        while let Some(Ok(_)) = down.next().await {}
    }
}

/// Accepts a WebSocket at `path`. Other paths are answered with an HTTP error.
async fn accept(stream: TcpStream, path: String) -> Option<WebSocketStream<TcpStream>> {
    #[expect(
        clippy::result_large_err,
        reason = "the signature is given by the library"
    )]
    let check = move |request: &Request, response: Response| {
        if request.uri().path() == path {
            Ok(response)
        } else {
            Err(ErrorResponse::new(None))
        }
    };
    accept_hdr_async(stream, check).await.ok()
}

/// Connects to Discord: at its session's resume URL if serenity resumes, else at the gateway URL. Returns the connection and the
/// payload that serenity has sent by then.
async fn connect(
    state: &ProxyState,
    down: &mut Downstream,
) -> Result<(Upstream, Option<Message>), String> {
    let timeouts = state.timeouts;
    let first = tokio::time::timeout(timeouts.first_payload, down.next()).await;
    let first = first.ok().flatten().and_then(Result::ok);
    let resume_url = first.as_ref().and_then(|first| {
        let payload: Value = serde_json::from_str(first.to_text().ok()?).ok()?;
        state.resume_url(payload["d"]["session_id"].as_str()?)
    });
    let url = resume_url.unwrap_or_else(|| state.gateway_url.clone());
    let query = [("v", "10"), ("encoding", "json")];
    let url = reqwest::Url::parse_with_params(&url, query).map_err(|error| error.to_string())?;
    let connecting = tokio::time::timeout(timeouts.connect, connect_async(url.as_str()));
    let timed_out = |_| "connecting timed out".to_owned();
    let connected = connecting.await.map_err(timed_out)?;
    let (up, _) = connected.map_err(|error| error.to_string())?;
    Ok((up, first))
}
