//! The last hop to Discord's gateway: serenity connects here, and this connects to Discord.
//!
//! serenity 0.12.5 spins when a connection closes without a code, resumes at the wrong address, and is slow to notice a
//! dead connection. Here every end becomes a close with a code that serenity resumes after, a session is resumed where
//! Discord wants it, a connection that says nothing or does not answer heartbeats is closed, and new sessions are counted.

mod connection;
pub(super) mod payload;
mod session_limit;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_hdr_async, connect_async};

use connection::Connection;
pub(in crate::discord) use session_limit::SessionStartLimit;
use session_limit::SessionStartLimiter;

/// The code that serenity takes for "resume", whatever really happened.
const CLOSE_RESUME: u16 = 4000;

/// The code after which serenity ends. After 4010 and 4011 it would read from the closed connection for ever, without a pause
/// in which anything else could run.
const CLOSE_FATAL: u16 = 4004;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
struct Timeouts {
    /// A bot that wants to resume says so at once; one that wants a new session waits to be greeted.
    first_payload: Duration,
    /// Connecting, with all handshakes.
    connect: Duration,
    /// Until Discord greets.
    hello: Duration,
    /// Until Discord answers a heartbeat.
    heartbeat_ack: Duration,
    /// The unit of the pauses between connections that do not hold.
    backoff: Duration,
    /// The longest pause.
    max_backoff: Duration,
    /// A connection that held for this long was a good one.
    stable_after: Duration,
}

/// As it is with Discord.
const TIMEOUTS: Timeouts = Timeouts {
    first_payload: Duration::from_millis(250),
    connect: Duration::from_secs(20),
    hello: Duration::from_secs(20),
    heartbeat_ack: Duration::from_secs(20),
    backoff: Duration::from_secs(1),
    max_backoff: Duration::from_mins(1),
    stable_after: Duration::from_secs(10),
};

type Upstream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Downstream = WebSocketStream<TcpStream>;

/// A listening relay. It ends when dropped.
pub(in crate::discord) struct GatewayProxy {
    url: String,
    refused: watch::Receiver<Option<String>>,
    listening: JoinHandle<()>,
}

struct Shared {
    gateway: String,
    path: String,
    /// Where sessions want to be resumed, by session.
    resume_urls: Mutex<HashMap<String, String>>,
    refused: watch::Sender<Option<String>>,
    /// Connections in a row that did not hold.
    failures: Mutex<u32>,
    session_starts: Mutex<SessionStartLimiter>,
    timeouts: Timeouts,
}

impl GatewayProxy {
    /// A relay to the gateway at `gateway`, where a bot may begin so many sessions.
    pub(in crate::discord) async fn start(
        gateway: &str,
        limit: SessionStartLimit,
    ) -> io::Result<Self> {
        Self::start_with(gateway, limit, TIMEOUTS).await
    }

    async fn start_with(
        gateway: &str,
        limit: SessionStartLimit,
        timeouts: Timeouts,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        // Other programs on this machine cannot guess the path.
        let path = format!(
            "/{:016x}{:016x}",
            rand::random::<u64>(),
            rand::random::<u64>()
        );
        let url = format!("ws://{}{path}", listener.local_addr()?);
        let (sender, refused) = watch::channel(None);
        let shared = Arc::new(Shared {
            gateway: gateway.to_owned(),
            path,
            resume_urls: Mutex::default(),
            refused: sender,
            failures: Mutex::default(),
            session_starts: Mutex::new(SessionStartLimiter::new(Instant::now(), limit)),
            timeouts,
        });
        let listening = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => drop(tokio::spawn(serve(Arc::clone(&shared), stream))),
                    Err(error) => {
                        tracing::warn!(%error, "the gateway relay cannot accept");
                        tokio::time::sleep(timeouts.first_payload).await;
                    }
                }
            }
        });
        Ok(Self {
            url,
            refused,
            listening,
        })
    }

    /// Where serenity has to connect.
    pub(in crate::discord) fn url(&self) -> String {
        self.url.clone()
    }

    /// Waits until Discord refuses the bot for good, and says why.
    pub(in crate::discord) async fn refused(&self) -> String {
        let mut refused = self.refused.clone();
        if refused.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
        refused.borrow().clone().unwrap_or_default()
    }
}

impl Drop for GatewayProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Close codes after which connecting again is of no use, and what a person has to do.
fn fatal_reason(code: u16) -> Option<&'static str> {
    Some(match code {
        4004 => "the token is wrong; copy it anew from https://discord.com/developers/applications",
        4010 | 4011 => "the number of shards does not fit; restart the bot",
        4012 => "the API version is no longer supported; update the program",
        4013 | 4014 => {
            "an intent is not allowed for this bot; look at its settings on https://discord.com/developers/applications"
        }
        _ => return None,
    })
}

impl Timeouts {
    /// The pause after so many connections in a row that did not hold. The first one is followed at once, so that a session
    /// is resumed without a gap.
    fn backoff_after(&self, failures: u32) -> Duration {
        let units = (1u32 << failures.min(16)).saturating_sub(2);
        (self.backoff * units).min(self.max_backoff)
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream) {
    let expected = shared.path.clone();
    // The error type is the library's.
    #[expect(
        clippy::result_large_err,
        reason = "the signature is given by the library"
    )]
    let check = move |request: &Request, response: Response| {
        if request.uri().path() == expected {
            Ok(response)
        } else {
            Err(ErrorResponse::new(None))
        }
    };
    let Ok(mut down) = accept_hdr_async(stream, check).await else {
        return;
    };
    let began = Instant::now();
    let code = match connect(&shared, &mut down).await {
        Ok((up, first)) => Connection::new(&shared, up).run(&mut down, first).await,
        Err(reason) => {
            tracing::warn!(reason, "the gateway cannot be reached");
            Some(CLOSE_RESUME)
        }
    };
    shared.backoff(began.elapsed()).await;
    if let Some(code) = code {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        // serenity may have gone already.
        let _ = down.close(Some(frame)).await;
        while let Some(Ok(_)) = down.next().await {}
    }
}

/// Connects to Discord: where the session of a bot that resumes wants it, else where the gateway is. Returns what the
/// bot has said by then.
async fn connect(
    shared: &Shared,
    down: &mut Downstream,
) -> Result<(Upstream, Option<Message>), String> {
    let first = tokio::time::timeout(shared.timeouts.first_payload, down.next())
        .await
        .ok()
        .flatten()
        .and_then(Result::ok);
    let said: Value = first
        .as_ref()
        .and_then(|first| serde_json::from_str(first.to_text().ok()?).ok())
        .unwrap_or_default();
    let resume_url = said["d"]["session_id"]
        .as_str()
        .and_then(|session| shared.resume_url(session));
    let resume_url = resume_url.unwrap_or_else(|| shared.gateway.clone());
    let query = [("v", "10"), ("encoding", "json")];
    let url =
        reqwest::Url::parse_with_params(&resume_url, query).map_err(|error| error.to_string())?;
    let connect = tokio::time::timeout(shared.timeouts.connect, connect_async(url.as_str()));
    let late = |_| "connecting took too long".to_owned();
    let (up, _) = connect
        .await
        .map_err(late)?
        .map_err(|error| error.to_string())?;
    Ok((up, first))
}

impl Shared {
    fn resume_url(&self, session: &str) -> Option<String> {
        self.resume_urls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(session)
            .cloned()
    }

    fn store_resume_url(&self, session: &str, resume_url: &str) {
        let mut resume_urls = self
            .resume_urls
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Sessions of this process are few; old ones are of no use.
        if resume_urls.len() > 1000 {
            resume_urls.clear();
        }
        resume_urls.insert(session.to_owned(), resume_url.to_owned());
    }

    /// Waits before serenity is let try again: longer the more connections in a row did not hold.
    async fn backoff(&self, held: Duration) {
        let failures = {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            *failures = if held >= self.timeouts.stable_after {
                0
            } else {
                *failures + 1
            };
            *failures
        };
        tokio::time::sleep(self.timeouts.backoff_after(failures)).await;
    }
}
