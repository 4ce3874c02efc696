//! The last hop to Discord's gateway: serenity connects here, and this connects to Discord.
//!
//! serenity 0.12.5 spins when a connection closes without a code, resumes at the wrong address, and is slow to notice a
//! dead connection. Here every end becomes a close with a code that serenity resumes after, a session is resumed where
//! Discord wants it, and a connection without heartbeat answers is closed.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_hdr_async, connect_async};

/// The code that serenity takes for "resume", whatever really happened.
const RESUME: u16 = 4000;
/// A bot that wants to resume says so at once; one that wants a new session waits to be greeted.
const FIRST_WORD: Duration = Duration::from_millis(250);
/// How long Discord may take to answer a heartbeat.
const HEARTBEAT_ANSWER: Duration = Duration::from_secs(20);
/// Connecting is tried at most so often in a row without a pause that grows.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A connection that held for this long was a good one.
const GOOD: Duration = Duration::from_mins(1);

type Upstream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Downstream = WebSocketStream<TcpStream>;

/// A listening relay. It ends when dropped.
pub(super) struct Relay {
    url: String,
    refused: watch::Receiver<Option<String>>,
    listening: JoinHandle<()>,
}

struct Shared {
    gateway: String,
    path: String,
    /// Where sessions want to be resumed, by session.
    resume_at: Mutex<HashMap<String, String>>,
    refused: watch::Sender<Option<String>>,
    /// Connections in a row that did not hold.
    failures: Mutex<u32>,
}

impl Relay {
    /// A relay to the gateway at `gateway`.
    pub(super) async fn start(gateway: &str) -> io::Result<Self> {
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
            resume_at: Mutex::default(),
            refused: sender,
            failures: Mutex::default(),
        });
        let listening = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => drop(tokio::spawn(serve(Arc::clone(&shared), stream))),
                    Err(error) => {
                        tracing::warn!(%error, "the gateway relay cannot accept");
                        tokio::time::sleep(FIRST_WORD).await;
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
    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    /// Waits until Discord refuses the bot for good, and says why.
    pub(super) async fn refused(&self) -> String {
        let mut refused = self.refused.clone();
        if refused.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
        refused.borrow().clone().unwrap_or_default()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Close codes after which connecting again is of no use, and what a person has to do.
fn final_reason(code: u16) -> Option<&'static str> {
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
            Some(RESUME)
        }
    };
    shared.pause(began.elapsed()).await;
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
    let first = tokio::time::timeout(FIRST_WORD, down.next())
        .await
        .ok()
        .flatten()
        .and_then(Result::ok);
    let said: Value = first
        .as_ref()
        .and_then(|first| serde_json::from_str(first.to_text().ok()?).ok())
        .unwrap_or_default();
    let place = said["d"]["session_id"]
        .as_str()
        .and_then(|session| shared.resume_place(session));
    let place = place.unwrap_or_else(|| shared.gateway.clone());
    let query = [("v", "10"), ("encoding", "json")];
    let url = reqwest::Url::parse_with_params(&place, query).map_err(|error| error.to_string())?;
    let (up, _) = connect_async(url.as_str())
        .await
        .map_err(|error| error.to_string())?;
    Ok((up, first))
}

impl Shared {
    fn resume_place(&self, session: &str) -> Option<String> {
        self.resume_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(session)
            .cloned()
    }

    /// Waits before serenity is let try again: longer the more connections in a row did not hold.
    async fn pause(&self, held: Duration) {
        let failures = {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            *failures = if held >= GOOD { 0 } else { *failures + 1 };
            *failures
        };
        // The first one in a row is for free, so that a session is resumed at once.
        let pause = Duration::from_secs((1u64 << failures.min(7)) - 2).min(LONGEST_PAUSE);
        tokio::time::sleep(pause).await;
    }
}

struct Connection<'a> {
    shared: &'a Shared,
    up: Upstream,
    /// When a heartbeat was sent that is not answered yet.
    asked: Option<Instant>,
}

impl<'a> Connection<'a> {
    fn new(shared: &'a Shared, up: Upstream) -> Self {
        Self {
            shared,
            up,
            asked: None,
        }
    }

    /// Carries messages both ways. Returns the code to close serenity's side with, if it is to be closed.
    async fn run(mut self, down: &mut Downstream, first: Option<Message>) -> Option<u16> {
        if let Some(first) = first {
            let first = self.outgoing(first);
            self.up.send(first).await.ok()?;
        }
        loop {
            let dead = self.asked.map_or(Duration::MAX, |asked| {
                HEARTBEAT_ANSWER.saturating_sub(asked.elapsed())
            });
            tokio::select! {
                message = self.up.next() => match message {
                    Some(Ok(Message::Close(frame))) => return Some(self.ended(frame.map(|frame| frame.code.into()))),
                    Some(Ok(message)) => {
                        self.look_at(&message);
                        if down.send(message).await.is_err() {
                            break;
                        }
                    }
                    Some(Err(_)) | None => return Some(self.ended(None)),
                },
                message = down.next() => match message {
                    Some(Ok(message)) => {
                        let message = self.outgoing(message);
                        let closing = message.is_close();
                        if self.up.send(message).await.is_err() {
                            return Some(self.ended(None));
                        }
                        if closing {
                            break;
                        }
                    }
                    Some(Err(_)) | None => break,
                },
                () = tokio::time::sleep(dead) => {
                    tracing::warn!("the gateway does not answer heartbeats; connecting anew");
                    return Some(RESUME);
                }
            }
        }
        // serenity is gone; Discord keeps the session if the connection ends without a proper close.
        None
    }

    /// What serenity says, as Discord is to hear it: without compression, so that answers can be read here.
    fn outgoing(&mut self, message: Message) -> Message {
        let Message::Text(text) = &message else {
            return message;
        };
        let Ok(mut said) = serde_json::from_str::<Value>(text) else {
            return message;
        };
        match said["op"].as_u64() {
            Some(1) => {
                self.asked.get_or_insert_with(Instant::now);
            }
            Some(2) => {
                tracing::info!("identifying at the gateway");
                said["d"]["compress"] = false.into();
                return Message::Text(said.to_string());
            }
            Some(6) => tracing::info!("resuming at the gateway"),
            _ => {}
        }
        message
    }

    fn look_at(&mut self, message: &Message) {
        let Message::Text(text) = message else { return };
        if text.contains("\"op\":11") {
            self.asked = None;
        }
        if !text.contains("\"READY\"") {
            return;
        }
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let (session, place) = (
            event["d"]["session_id"].as_str(),
            event["d"]["resume_gateway_url"].as_str(),
        );
        if let (Some("READY"), Some(session), Some(place)) = (event["t"].as_str(), session, place) {
            let mut places = self
                .shared
                .resume_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Sessions of this process are few; old ones are of no use.
            if places.len() > 1000 {
                places.clear();
            }
            places.insert(session.to_owned(), place.to_owned());
        }
    }

    /// Discord's side has ended, with a code or without. Returns what serenity is told.
    fn ended(&self, code: Option<u16>) -> u16 {
        if let Some(reason) = code.and_then(final_reason) {
            self.shared.refused.send_replace(Some(reason.to_owned()));
        }
        tracing::info!(code, "the gateway connection ended");
        code.unwrap_or(RESUME)
    }
}
