//! One WebSocket connection of a bot: hello, heartbeats, identify and resume.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::super::faults::Disconnect;
use super::super::state::SandboxState;
use super::super::world::message_events::GUILDS;
use super::sessions::ConnectionCommand;

/// Discord's close codes.
const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;
const ALREADY_AUTHENTICATED: u16 = 4005;

/// A connection of a bot.
pub(super) struct BotConnection {
    state: Arc<SandboxState>,
    sender: UnboundedSender<ConnectionCommand>,
    /// Id of the session, once the bot identified or resumed.
    session: Option<String>,
    /// Fault: heartbeats are not acknowledged.
    ignores_heartbeats: bool,
    /// Fault: nothing is sent.
    is_silent: bool,
}

/// Whether a connection goes on.
enum Flow {
    Continue,
    End,
}

impl BotConnection {
    pub(super) fn new(
        state: Arc<SandboxState>,
        sender: UnboundedSender<ConnectionCommand>,
    ) -> Self {
        Self {
            state,
            sender,
            session: None,
            ignores_heartbeats: false,
            is_silent: false,
        }
    }

    /// Detaches the connection from its session. `close_code` is the code of the bot's close frame, if it sent one.
    pub(super) fn close(&mut self, close_code: Option<u16>) {
        let gateway = &self.state.gateway;
        let session = self.session.take();
        if session.is_some_and(|session| gateway.detach(&session, &self.sender, close_code)) {
            tracing::debug!("the bot disconnected from the gateway");
            self.state.with_world(|world| world.set_online(false));
        }
    }

    /// Serves the connection until it ends. Returns the code of the bot's close frame, if it sent one.
    pub(super) async fn serve(
        &mut self,
        mut socket: WebSocket,
        mut commands: UnboundedReceiver<ConnectionCommand>,
    ) -> Option<u16> {
        tokio::time::sleep(self.state.gateway.take_hello_delay()).await;
        let interval = self.state.gateway.heartbeat_interval();
        let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": interval, "_trace": []}});
        let sent = socket.send(Message::Text(hello.to_string().into())).await;
        if sent.is_err() {
            return None;
        }
        loop {
            let command = tokio::select! {
                command = commands.recv() => command,
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        self.handle(&text).err().map(Disconnect::Close).map(ConnectionCommand::Close)
                    }
                    Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                    Some(Err(_)) | None => return None,
                    Some(Ok(_)) => None,
                },
            };
            if let Some(command) = command
                && matches!(self.perform(command, &mut socket).await, Flow::End)
            {
                return None;
            }
        }
    }

    async fn perform(&mut self, command: ConnectionCommand, socket: &mut WebSocket) -> Flow {
        match command {
            ConnectionCommand::Send(_) if self.is_silent => {}
            ConnectionCommand::Send(text) => {
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return Flow::End;
                }
            }
            ConnectionCommand::IgnoreHeartbeats => self.ignores_heartbeats = true,
            ConnectionCommand::Silence => self.is_silent = true,
            ConnectionCommand::Close(Disconnect::Abort) => return Flow::End,
            ConnectionCommand::Close(how) => {
                let frame = match how {
                    Disconnect::Close(code) => Some(CloseFrame {
                        code,
                        reason: "".into(),
                    }),
                    _ => None,
                };
                // The connection ends whether or not the frame arrives.
                let _ = socket.send(Message::Close(frame)).await;
                return Flow::End;
            }
        }
        Flow::Continue
    }

    /// Handles a payload of the bot.
    ///
    /// # Errors
    /// The code with which the gateway closes the connection.
    pub(super) fn handle(&mut self, text: &str) -> Result<(), u16> {
        let payload: Value = serde_json::from_str(text).map_err(|_| DECODE_ERROR)?;
        let data = &payload["d"];
        let has_token = data["token"]
            .as_str()
            .is_some_and(|token| !token.trim_start_matches("Bot ").is_empty());
        match payload["op"].as_u64() {
            Some(1) if self.ignores_heartbeats => {}
            Some(1) => self.reply(&json!({"op": 11, "t": null, "s": null, "d": null})),
            Some(2 | 6) if !has_token => return Err(AUTHENTICATION_FAILED),
            Some(2) if self.has_session() => return Err(ALREADY_AUTHENTICATED),
            Some(2) => self.identify(data),
            Some(6) => self.resume(data),
            Some(3 | 4 | 8) if self.session.is_some() => {}
            Some(3 | 4 | 8) => return Err(NOT_AUTHENTICATED),
            _ => return Err(UNKNOWN_OPCODE),
        }
        Ok(())
    }

    /// Whether the connection has a session that is not over.
    fn has_session(&self) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|session| self.state.gateway.is_active(session))
    }

    fn identify(&mut self, data: &Value) {
        let session = self.state.gateway.identify(self.sender.clone());
        let intents = data["intents"].as_u64().unwrap_or(0);
        let url = self.state.gateway_url();
        let (ready, guild) = self.state.with_world(|world| {
            world.set_online(true);
            world.set_intents(intents);
            let ready = world.ready_json(&session, &url, &data["shard"]);
            (ready, world.guild_json())
        });
        self.state.gateway.dispatch_to(&session, "READY", &ready);
        if intents & GUILDS != 0 {
            let gateway = &self.state.gateway;
            gateway.dispatch_to(&session, "GUILD_CREATE", &guild);
        }
        tracing::debug!(session, "the bot identified");
        self.session = Some(session);
    }

    fn resume(&mut self, data: &Value) {
        let id = data["session_id"].as_str().unwrap_or_default();
        let sequence = data["seq"].as_u64().unwrap_or(0);
        let gateway = &self.state.gateway;
        if gateway.resume(id, sequence, self.sender.clone()) {
            tracing::debug!(session = id, "the bot resumed its session");
            self.state.with_world(|world| world.set_online(true));
            self.session = Some(id.to_owned());
        } else {
            self.reply(&json!({"op": 9, "t": null, "s": null, "d": false}));
        }
    }

    fn reply(&self, payload: &Value) {
        // The receiver is this connection's own task, so sending cannot fail while it runs.
        let _ = self
            .sender
            .send(ConnectionCommand::Send(payload.to_string()));
    }
}
