//! One connection between serenity and Discord's gateway, from both sockets being open to one being closed.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::close_code::{FATAL, RESUME, fatal_reason};
use super::payload::{IncomingPayload, OutgoingPayload};
use super::session_limit::SessionStart;
use super::state::ProxyState;

/// The WebSocket to Discord.
pub(super) type Upstream = WebSocketStream<MaybeTlsStream<TcpStream>>;
/// The WebSocket to serenity.
pub(super) type Downstream = WebSocketStream<TcpStream>;

/// Forwards messages between serenity and Discord.
pub(super) struct Connection<'a> {
    state: &'a ProxyState,
    up: Upstream,
    began: Instant,
    hello_received: bool,
    /// When the oldest unacknowledged heartbeat was sent.
    heartbeat_sent: Option<Instant>,
    /// The timeout of a heartbeat's acknowledgement. Shorter than the heartbeat interval: at its next heartbeat, serenity would
    /// give the session up.
    ack_timeout: Duration,
}

/// Why forwarding ended.
enum Ended {
    /// Close serenity's side with this code.
    Close(u16),
    /// serenity has closed its side.
    ByClient,
}

impl<'a> Connection<'a> {
    /// A connection over `up`.
    pub(super) fn new(state: &'a ProxyState, up: Upstream) -> Self {
        Self {
            state,
            up,
            began: Instant::now(),
            hello_received: false,
            heartbeat_sent: None,
            ack_timeout: state.timeouts.heartbeat_ack,
        }
    }

    /// Forwards messages both ways, beginning with `first` from serenity. Returns the code to close serenity's side with, `None`
    /// if serenity has closed it.
    pub(super) async fn run(
        mut self,
        down: &mut Downstream,
        first: Option<Message>,
    ) -> Option<u16> {
        match self.forward(down, first).await {
            Ended::Close(code) => Some(code),
            // Dropping the connection without a close frame makes Discord keep the session.
            Ended::ByClient => None,
        }
    }

    async fn forward(&mut self, down: &mut Downstream, first: Option<Message>) -> Ended {
        if let Some(first) = first
            && let Err(code) = self.send_up(first).await
        {
            return Ended::Close(code);
        }
        loop {
            let timeout = self.timeout();
            let step = tokio::select! {
                message = self.up.next() => self.on_discord_message(message.and_then(Result::ok), down).await,
                message = down.next() => self.on_client_message(message.and_then(Result::ok), down).await,
                () = tokio::time::sleep(timeout) => {
                    let hello_received = self.hello_received;
                    tracing::warn!(hello_received, "the gateway timed out; reconnecting");
                    Err(Ended::Close(RESUME))
                }
            };
            if let Err(ended) = step {
                return ended;
            }
        }
    }

    /// Handles a message of Discord's, `None` at the end of its stream.
    async fn on_discord_message(
        &mut self,
        message: Option<Message>,
        down: &mut Downstream,
    ) -> Result<(), Ended> {
        match message {
            Some(Message::Close(frame)) => {
                let code = frame.map(|frame| frame.code.into());
                Err(Ended::Close(self.closed_by_discord(code)))
            }
            Some(message) => {
                self.observe(&message);
                down.send(message).await.map_err(|_| Ended::ByClient)
            }
            None => Err(Ended::Close(self.closed_by_discord(None))),
        }
    }

    /// Handles a message of serenity's, `None` at the end of its stream.
    async fn on_client_message(
        &mut self,
        message: Option<Message>,
        down: &mut Downstream,
    ) -> Result<(), Ended> {
        let message = message.ok_or(Ended::ByClient)?;
        let closing = message.is_close();
        self.send_up(message).await.map_err(Ended::Close)?;
        if closing {
            // serenity waits for the answer to its close frame, which the library has queued.
            let _ = down.flush().await;
            return Err(Ended::ByClient);
        }
        Ok(())
    }

    /// The time that is left for Discord's next message.
    fn timeout(&self) -> Duration {
        match self.heartbeat_sent {
            _ if !self.hello_received => {
                let hello = self.state.timeouts.hello;
                hello.saturating_sub(self.began.elapsed())
            }
            Some(sent) => self.ack_timeout.saturating_sub(sent.elapsed()),
            None => Duration::MAX,
        }
    }

    /// Sends a message of serenity's to Discord. The error is the code to close serenity's side with.
    async fn send_up(&mut self, message: Message) -> Result<(), u16> {
        let message = self.outgoing(message).await?;
        let sent = self.up.send(message).await;
        sent.map_err(|_| self.closed_by_discord(None))
    }

    /// Rewrites a message of serenity's for Discord. The error is the code to close serenity's side with.
    async fn outgoing(&mut self, message: Message) -> Result<Message, u16> {
        let Message::Text(text) = &message else {
            return Ok(message);
        };
        match OutgoingPayload::parse(text) {
            OutgoingPayload::Heartbeat => {
                self.heartbeat_sent.get_or_insert_with(Instant::now);
            }
            OutgoingPayload::Identify(text) => {
                self.wait_for_session_start().await?;
                tracing::info!("identifying at the gateway");
                return Ok(Message::Text(text));
            }
            OutgoingPayload::Resume => tracing::info!("resuming at the gateway"),
            OutgoingPayload::Other => {}
        }
        Ok(message)
    }

    /// Waits until a session may be started. The error is the code to close serenity's side with.
    async fn wait_for_session_start(&self) -> Result<(), u16> {
        loop {
            match self.state.start_session() {
                SessionStart::Allowed => return Ok(()),
                SessionStart::Wait(wait) => tokio::time::sleep(wait).await,
                SessionStart::Exhausted(wait) => {
                    tracing::error!(
                        ?wait,
                        "the daily session start limit is nearly exhausted; Discord would reset the token, so the bot does not connect"
                    );
                    tokio::time::sleep(wait.min(self.state.timeouts.max_backoff)).await;
                    return Err(RESUME);
                }
            }
        }
    }

    /// Updates the state of the connection from a message of Discord's.
    fn observe(&mut self, message: &Message) {
        let Message::Text(text) = message else { return };
        self.hello_received = true;
        match IncomingPayload::parse(text) {
            IncomingPayload::HeartbeatAck => self.heartbeat_sent = None,
            IncomingPayload::Hello(interval) => {
                self.ack_timeout = self.ack_timeout.min(interval / 2);
            }
            IncomingPayload::Ready {
                session,
                resume_url,
            } => self.state.store_resume_url(&session, &resume_url),
            IncomingPayload::Other => {}
        }
    }

    /// The code to close serenity's side with after Discord has closed its own, with or without a code.
    fn closed_by_discord(&self, code: Option<u16>) -> u16 {
        tracing::info!(code, "the gateway connection ended");
        if let Some(reason) = code.and_then(fatal_reason) {
            self.state.set_fatal(reason);
            return FATAL;
        }
        code.unwrap_or(RESUME)
    }
}
