//! Discord's gateway: a WebSocket over which a bot identifies, resumes, keeps the connection alive and is told things.

mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::faults::Disconnect;
use super::world::message_events::GUILDS;
use super::{Sandbox, SandboxState, reachable};
use sessions::ConnectionCommand;
pub(super) use sessions::GatewayHub;

const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;
const ALREADY_AUTHENTICATED: u16 = 4005;

impl SandboxState {
    pub(super) fn gateway_url(&self) -> String {
        format!("ws://{}/gateway", reachable(self.address))
    }
}

pub(super) fn routes() -> Router<Arc<SandboxState>> {
    Router::new()
        .route("/gateway", get(connect))
        .route("/gateway/", get(connect))
}

async fn connect(State(shared): State<Arc<SandboxState>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        let (sender, receiver) = unbounded_channel();
        let mut connection = BotConnection::new(shared, sender);
        let said = connection.serve(socket, receiver).await;
        connection.leave(said);
    })
}

impl Sandbox {
    /// What the gateway tells a bot that connects and says these things, without a network in between; and the code with
    /// which it closes the connection, if it does.
    pub fn gateway_exchange(&self, said: &[&str]) -> (Vec<String>, Option<u16>) {
        let (sender, mut frames) = unbounded_channel();
        let mut connection = BotConnection::new(Arc::clone(&self.shared), sender);
        let code = said.iter().find_map(|text| connection.hear(text).err());
        connection.leave(None);
        let texts = std::iter::from_fn(|| frames.try_recv().ok()).filter_map(|frame| match frame {
            ConnectionCommand::Text(text) => Some(text),
            _ => None,
        });
        (texts.collect(), code)
    }
}

struct BotConnection {
    shared: Arc<SandboxState>,
    sender: UnboundedSender<ConnectionCommand>,
    session: Option<String>,
    /// Does not acknowledge heartbeats.
    deaf: bool,
    /// Says nothing at all.
    silent: bool,
}

impl BotConnection {
    fn new(shared: Arc<SandboxState>, sender: UnboundedSender<ConnectionCommand>) -> Self {
        Self {
            shared,
            sender,
            session: None,
            deaf: false,
            silent: false,
        }
    }

    /// The connection is over; its session may go on with another one, unless the bot closed it with a code that says no.
    fn leave(&mut self, said: Option<u16>) {
        let gateway = &self.shared.gateway;
        let session = self.session.take();
        if session.is_some_and(|session| gateway.leave(&session, &self.sender, said)) {
            tracing::debug!("a bot left the gateway");
            self.shared.with_world(|world| world.set_online(false));
        }
    }

    /// Serves until the connection ends; returns the code that the bot closed it with, if it did.
    async fn serve(
        &mut self,
        mut socket: WebSocket,
        mut frames: UnboundedReceiver<ConnectionCommand>,
    ) -> Option<u16> {
        tokio::time::sleep(self.shared.gateway.lateness()).await;
        let interval = self.shared.gateway.heartbeat();
        let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": interval, "_trace": []}});
        if socket
            .send(Message::Text(hello.to_string().into()))
            .await
            .is_err()
        {
            return None;
        }
        loop {
            let frame = tokio::select! {
                frame = frames.recv() => frame,
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => self.hear(&text).err().map(Disconnect::Close).map(ConnectionCommand::Break),
                    Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                    Some(Err(_)) | None => return None,
                    Some(Ok(_)) => None,
                },
            };
            let sent = match frame {
                Some(ConnectionCommand::Text(_)) if self.silent => Ok(()),
                Some(ConnectionCommand::Deafen) => {
                    self.deaf = true;
                    Ok(())
                }
                Some(ConnectionCommand::Silence) => {
                    self.silent = true;
                    Ok(())
                }
                Some(ConnectionCommand::Text(text)) => {
                    socket.send(Message::Text(text.into())).await
                }
                Some(ConnectionCommand::Break(Disconnect::Abort)) => return None,
                Some(ConnectionCommand::Break(how)) => {
                    let code = if let Disconnect::Close(code) = how {
                        Some(CloseFrame {
                            code,
                            reason: "".into(),
                        })
                    } else {
                        None
                    };
                    // Whether it arrives or not, the connection is over.
                    let _ = socket.send(Message::Close(code)).await;
                    return None;
                }
                None => Ok(()),
            };
            if sent.is_err() {
                return None;
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
            Some(2) if self.is_known() => return Err(ALREADY_AUTHENTICATED),
            Some(2) => self.identify(data),
            Some(6) => self.resume(data),
            Some(3 | 4 | 8) if self.session.is_some() => {}
            Some(3 | 4 | 8) => return Err(NOT_AUTHENTICATED),
            _ => return Err(UNKNOWN_OPCODE),
        }
        Ok(())
    }

    /// Whether the bot has a session here that is not over.
    fn is_known(&self) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|session| self.shared.gateway.knows(session))
    }

    fn identify(&mut self, data: &Value) {
        let session = self.shared.gateway.identify(self.sender.clone());
        let intents = data["intents"].as_u64().unwrap_or(0);
        let (ready, guild) = self.shared.with_world(|world| {
            world.set_online(true);
            world.set_intents(intents);
            (
                world.ready_json(&session, &self.shared.gateway_url(), &data["shard"]),
                world.guild_json(),
            )
        });
        self.shared.gateway.tell(&session, "READY", &ready);
        if intents & GUILDS != 0 {
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
            self.shared.with_world(|world| world.set_online(true));
            self.session = Some(id.to_owned());
        } else {
            self.reply(&json!({"op": 9, "t": null, "s": null, "d": false}));
        }
    }

    fn reply(&self, said: &Value) {
        // The other end of the channel is this connection's own loop.
        let _ = self.sender.send(ConnectionCommand::Text(said.to_string()));
    }
}
