//! Discord's gateway: a WebSocket over which a bot identifies, resumes, keeps the connection alive and is told things.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::faults::{Disconnect, Trouble};
use super::{Logins, Sandbox, Shared, lock, reachable};

/// As Discord has it, in milliseconds.
const HEARTBEAT_INTERVAL: u64 = 41_250;
/// Events a session remembers for a bot that resumes.
const REMEMBERED: usize = 10_000;
/// The intent to hear of servers.
const GUILDS: u64 = 1;

const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;

#[derive(Debug)]
enum Frame {
    Text(String),
    Break(Disconnect),
    Deafen,
    Silence,
}

/// All sessions of bots.
#[derive(Debug, Default)]
pub(super) struct Gateway(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions {
    known: HashMap<String, Session>,
    logins: Logins,
    /// How long the next connection waits for its greeting.
    late: Duration,
    /// What happens to the next event.
    twist: Option<Trouble>,
}

/// One bot's session; it outlives its connections.
#[derive(Debug)]
struct Session {
    sequence: u64,
    remembered: VecDeque<(u64, String)>,
    connection: Option<UnboundedSender<Frame>>,
    /// An event that comes after the next one.
    held: Option<String>,
}

impl Session {
    fn dispatch(&mut self, event: &str, data: &Value, twist: Option<Trouble>) {
        self.sequence += 1;
        let mut frame = json!({"op": 0, "t": event, "s": self.sequence, "d": data});
        if twist == Some(Trouble::UnknownFields) {
            frame["new_field"] = json!({"of": ["another", "day"]});
            frame["d"]["new_field"] = json!(1);
        }
        let text = frame.to_string();
        if self.remembered.len() == REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((self.sequence, text.clone()));
        if twist == Some(Trouble::OutOfOrder) {
            self.held = Some(text);
            return;
        }
        if twist == Some(Trouble::Twice) {
            self.send(Frame::Text(text.clone()));
        }
        self.send(Frame::Text(text));
        if let Some(held) = self.held.take() {
            self.send(Frame::Text(held));
        }
    }

    fn send(&self, frame: Frame) {
        if let Some(connection) = &self.connection {
            // A connection that is just ending hears of it when it resumes.
            let _ = connection.send(frame);
        }
    }
}

impl Gateway {
    /// Tells every bot.
    pub(super) fn dispatch(&self, event: &str, data: &Value) {
        let mut all = lock(&self.0);
        let heard = !all.known.is_empty();
        let twist = all.twist.take().filter(|_| heard);
        for session in all.known.values_mut() {
            session.dispatch(event, data, twist);
        }
    }

    pub(super) fn disconnect(&self, how: Disconnect) {
        for session in lock(&self.0).known.values() {
            session.send(Frame::Break(how));
        }
    }

    pub(super) fn trouble(&self, trouble: Trouble) {
        let mut all = lock(&self.0);
        let op = |op: u8, d: Value| {
            Frame::Text(json!({"op": op, "t": null, "s": null, "d": d}).to_string())
        };
        match trouble {
            Trouble::LateHello(late) => all.late = late,
            Trouble::Twice | Trouble::OutOfOrder | Trouble::UnknownFields => {
                all.twist = Some(trouble);
            }
            _ => {}
        }
        for session in all.known.values_mut() {
            match trouble {
                Trouble::Reconnect => session.send(op(7, Value::Null)),
                Trouble::Resumable => session.send(op(9, json!(true))),
                Trouble::Invalid => session.send(op(9, json!(false))),
                Trouble::Deaf => session.send(Frame::Deafen),
                Trouble::Zombie => session.send(Frame::Silence),
                Trouble::UnknownEvent => {
                    session.dispatch("SOMETHING_NEW", &json!({"of": "another day"}), None);
                }
                _ => {}
            }
        }
        if trouble == Trouble::Invalid {
            all.known.clear();
        }
    }

    pub(super) fn logins(&self) -> Logins {
        lock(&self.0).logins
    }

    fn identify(&self, connection: UnboundedSender<Frame>) -> String {
        let mut all = lock(&self.0);
        all.logins.identified += 1;
        let id = format!("session-{}", all.logins.identified);
        // A new session of a bot ends its old one: there is one bot here.
        all.known.clear();
        all.known.insert(
            id.clone(),
            Session {
                sequence: 0,
                remembered: VecDeque::new(),
                connection: Some(connection),
                held: None,
            },
        );
        id
    }

    /// Takes up a session after the event numbered `sequence`, and repeats what came later. `false` if that cannot be.
    fn resume(&self, id: &str, sequence: u64, connection: UnboundedSender<Frame>) -> bool {
        let mut all = lock(&self.0);
        let Some(session) = all.known.get_mut(id) else {
            return false;
        };
        let known = sequence <= session.sequence
            && session
                .remembered
                .front()
                .is_none_or(|(first, _)| sequence + 1 >= *first);
        if !known {
            return false;
        }
        session.connection = Some(connection);
        let missed: Vec<String> = session
            .remembered
            .iter()
            .filter(|(number, _)| *number > sequence)
            .map(|(_, text)| text.clone())
            .collect();
        for text in missed {
            session.send(Frame::Text(text));
        }
        session.held = None;
        session.dispatch("RESUMED", &json!({"_trace": []}), None);
        all.logins.resumed += 1;
        true
    }

    fn tell(&self, id: &str, event: &str, data: &Value) {
        if let Some(session) = lock(&self.0).known.get_mut(id) {
            session.dispatch(event, data, None);
        }
    }

    /// A connection has ended. Whether its session has none left.
    fn leave(&self, id: &str, connection: &UnboundedSender<Frame>) -> bool {
        let mut all = lock(&self.0);
        let Some(session) = all.known.get_mut(id) else {
            return false;
        };
        let own = session
            .connection
            .as_ref()
            .is_some_and(|current| current.same_channel(connection));
        if own {
            session.connection = None;
        }
        own
    }
}

impl Shared {
    pub(super) fn gateway_url(&self) -> String {
        format!("ws://{}/gateway", reachable(self.address))
    }
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/gateway", get(connect))
        .route("/gateway/", get(connect))
}

async fn connect(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        let (sender, receiver) = unbounded_channel();
        let mut connection = Connection::new(shared, sender);
        connection.serve(socket, receiver).await;
        connection.leave();
    })
}

impl Sandbox {
    /// What the gateway tells a bot that connects and says these things, without a network in between; and the code with
    /// which it closes the connection, if it does.
    pub fn converse(&self, said: &[&str]) -> (Vec<String>, Option<u16>) {
        let (sender, mut frames) = unbounded_channel();
        let mut connection = Connection::new(Arc::clone(&self.shared), sender);
        let code = said
            .into_iter()
            .find_map(|text| connection.hear(text).err());
        connection.leave();
        let texts = std::iter::from_fn(|| frames.try_recv().ok()).filter_map(|frame| match frame {
            Frame::Text(text) => Some(text),
            _ => None,
        });
        (texts.collect(), code)
    }
}

struct Connection {
    shared: Arc<Shared>,
    sender: UnboundedSender<Frame>,
    session: Option<String>,
    /// Does not acknowledge heartbeats.
    deaf: bool,
    /// Says nothing at all.
    silent: bool,
}

impl Connection {
    fn new(shared: Arc<Shared>, sender: UnboundedSender<Frame>) -> Self {
        Self {
            shared,
            sender,
            session: None,
            deaf: false,
            silent: false,
        }
    }

    /// The connection is over; its session may go on with another one.
    fn leave(&mut self) {
        let session = self.session.take();
        if session.is_some_and(|session| self.shared.gateway.leave(&session, &self.sender)) {
            tracing::debug!("a bot left the gateway");
            self.shared.with(|world| world.set_online(false));
        }
    }

    async fn serve(&mut self, mut socket: WebSocket, mut frames: UnboundedReceiver<Frame>) {
        let late = std::mem::take(&mut lock(&self.shared.gateway.0).late);
        tokio::time::sleep(late).await;
        let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": HEARTBEAT_INTERVAL, "_trace": []}});
        if socket
            .send(Message::Text(hello.to_string().into()))
            .await
            .is_err()
        {
            return;
        }
        loop {
            let frame = tokio::select! {
                frame = frames.recv() => frame,
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => self.hear(&text).err().map(Disconnect::Code).map(Frame::Break),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => None,
                },
            };
            let sent = match frame {
                Some(Frame::Text(_)) if self.silent => Ok(()),
                Some(Frame::Deafen) => {
                    self.deaf = true;
                    Ok(())
                }
                Some(Frame::Silence) => {
                    self.silent = true;
                    Ok(())
                }
                Some(Frame::Text(text)) => socket.send(Message::Text(text.into())).await,
                Some(Frame::Break(Disconnect::Cut)) => return,
                Some(Frame::Break(how)) => {
                    let code = if let Disconnect::Code(code) = how {
                        Some(CloseFrame {
                            code,
                            reason: "".into(),
                        })
                    } else {
                        None
                    };
                    // Whether it arrives or not, the connection is over.
                    let _ = socket.send(Message::Close(code)).await;
                    return;
                }
                None => Ok(()),
            };
            if sent.is_err() {
                return;
            }
        }
    }

    /// Answers what the bot says. An error is the code to close with.
    fn hear(&mut self, text: &str) -> Result<(), u16> {
        let said: Value = serde_json::from_str(text).map_err(|_| DECODE_ERROR)?;
        let data = &said["d"];
        let token = data["token"]
            .as_str()
            .is_some_and(|token| !token.trim_start_matches("Bot ").is_empty());
        match said["op"].as_u64() {
            Some(1) if self.deaf => {}
            Some(1) => self.reply(&json!({"op": 11, "t": null, "s": null, "d": null})),
            Some(2 | 6) if !token => return Err(AUTHENTICATION_FAILED),
            Some(2) => self.identify(data),
            Some(6) => self.resume(data),
            Some(3 | 4 | 8) if self.session.is_some() => {}
            Some(3 | 4 | 8) => return Err(NOT_AUTHENTICATED),
            _ => return Err(UNKNOWN_OPCODE),
        }
        Ok(())
    }

    fn identify(&mut self, data: &Value) {
        let session = self.shared.gateway.identify(self.sender.clone());
        let (ready, guild) = self.shared.with(|world| {
            world.set_online(true);
            (
                world.ready_json(&session, &self.shared.gateway_url(), &data["shard"]),
                world.guild_json(),
            )
        });
        self.shared.gateway.tell(&session, "READY", &ready);
        if data["intents"].as_u64().unwrap_or(0) & GUILDS != 0 {
            self.shared.gateway.tell(&session, "GUILD_CREATE", &guild);
        }
        tracing::debug!(session, "a bot identified");
        self.session = Some(session);
    }

    fn resume(&mut self, data: &Value) {
        let (id, sequence) = (
            data["session_id"].as_str().unwrap_or_default(),
            data["seq"].as_u64().unwrap_or(0),
        );
        if self
            .shared
            .gateway
            .resume(id, sequence, self.sender.clone())
        {
            tracing::debug!(session = id, "a bot resumed");
            self.shared.with(|world| world.set_online(true));
            self.session = Some(id.to_owned());
        } else {
            self.reply(&json!({"op": 9, "t": null, "s": null, "d": false}));
        }
    }

    fn reply(&self, said: &Value) {
        // The other end of the channel is this connection's own loop.
        let _ = self.sender.send(Frame::Text(said.to_string()));
    }
}
