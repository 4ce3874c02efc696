//! One connection to Discord's gateway, while it lasts.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use super::payload::{IncomingPayload, OutgoingPayload};
use super::session_limit::SessionStart;
use super::{CLOSE_FATAL, CLOSE_RESUME, Downstream, Shared, Upstream, fatal_reason};

/// Carries messages between serenity and Discord.
pub(in crate::discord) struct Connection<'a> {
    shared: &'a Shared,
    up: Upstream,
    began: Instant,
    hello_received: bool,
    /// When a heartbeat was sent that is not answered yet.
    heartbeat_sent: Option<Instant>,
    /// How long its answer is waited for: less than until serenity sends the next one, which would give the session up.
    answer: Duration,
}

impl<'a> Connection<'a> {
    pub(in crate::discord) fn new(shared: &'a Shared, up: Upstream) -> Self {
        Self {
            shared,
            up,
            began: Instant::now(),
            hello_received: false,
            heartbeat_sent: None,
            answer: shared.timeouts.heartbeat_ack,
        }
    }

    /// Carries messages both ways. Returns the code to close serenity's side with, if it is to be closed.
    pub(in crate::discord) async fn run(
        mut self,
        down: &mut Downstream,
        first: Option<Message>,
    ) -> Option<u16> {
        if let Some(first) = first
            && let Err(code) = self.forward(first).await
        {
            return Some(code);
        }
        loop {
            let patience = self.patience();
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
                        let closing = message.is_close();
                        if let Err(code) = self.forward(message).await {
                            return Some(code);
                        }
                        if closing {
                            // serenity waits for its close to be answered; the library has the answer ready.
                            let _ = down.flush().await;
                            break;
                        }
                    }
                    Some(Err(_)) | None => break,
                },
                () = tokio::time::sleep(patience) => {
                    let hello_received = self.hello_received;
                    tracing::warn!(hello_received, "the gateway says nothing; connecting anew");
                    return Some(CLOSE_RESUME);
                }
            }
        }
        // serenity is gone; Discord keeps the session if the connection ends without a proper close.
        None
    }

    /// How long Discord may still be silent.
    fn patience(&self) -> Duration {
        let timeouts = self.shared.timeouts;
        let since = |began: Instant, most: Duration| most.saturating_sub(began.elapsed());
        match self.heartbeat_sent {
            _ if !self.hello_received => since(self.began, timeouts.hello),
            Some(heartbeat_sent) => since(heartbeat_sent, self.answer),
            None => Duration::MAX,
        }
    }

    /// Tells Discord what serenity says. The error is the code to close serenity's side with.
    async fn forward(&mut self, message: Message) -> Result<(), u16> {
        let message = self.outgoing(message).await?;
        self.up.send(message).await.map_err(|_| self.ended(None))
    }

    /// What serenity says, as Discord is to hear it.
    async fn outgoing(&mut self, message: Message) -> Result<Message, u16> {
        let Message::Text(text) = &message else {
            return Ok(message);
        };
        match OutgoingPayload::read(text) {
            OutgoingPayload::Heartbeat => {
                self.heartbeat_sent.get_or_insert_with(Instant::now);
            }
            OutgoingPayload::Identify(text) => {
                self.may_identify().await?;
                tracing::info!("identifying at the gateway");
                return Ok(Message::Text(text));
            }
            OutgoingPayload::Resume => tracing::info!("resuming at the gateway"),
            OutgoingPayload::Other => {}
        }
        Ok(message)
    }

    /// Waits until a session may begin. The error is the code to close serenity's side with.
    async fn may_identify(&self) -> Result<(), u16> {
        loop {
            let decision = {
                let session_starts = self.shared.session_starts.lock();
                let mut session_starts = session_starts.unwrap_or_else(PoisonError::into_inner);
                session_starts.ask(Instant::now())
            };
            match decision {
                SessionStart::Allowed => return Ok(()),
                SessionStart::Wait(wait) => tokio::time::sleep(wait).await,
                SessionStart::Exhausted(wait) => {
                    tracing::error!(
                        ?wait,
                        "too many sessions were begun today; Discord would take the token away, so the bot stays away"
                    );
                    tokio::time::sleep(wait.min(self.shared.timeouts.max_backoff)).await;
                    return Err(CLOSE_RESUME);
                }
            }
        }
    }

    fn look_at(&mut self, message: &Message) {
        let Message::Text(text) = message else { return };
        self.hello_received = true;
        match IncomingPayload::read(text) {
            IncomingPayload::HeartbeatAck => self.heartbeat_sent = None,
            IncomingPayload::Hello(beat) => self.answer = self.answer.min(beat / 2),
            IncomingPayload::Ready {
                session,
                resume_url,
            } => self.shared.store_resume_url(&session, &resume_url),
            IncomingPayload::Other => {}
        }
    }

    /// Discord's side has ended, with a code or without. Returns what serenity is told.
    fn ended(&self, code: Option<u16>) -> u16 {
        tracing::info!(code, "the gateway connection ended");
        if let Some(reason) = code.and_then(fatal_reason) {
            self.shared.refused.send_replace(Some(reason.to_owned()));
            return CLOSE_FATAL;
        }
        code.unwrap_or(CLOSE_RESUME)
    }
}
