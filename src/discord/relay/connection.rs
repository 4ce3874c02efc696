//! One connection to Discord's gateway, while it lasts.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::identifies::Verdict;
use super::{Downstream, RESUME, Shared, Upstream, final_reason};

/// What only says that a heartbeat was heard is no longer than this.
const SHORT: usize = 256;

/// Carries messages between serenity and Discord.
pub(super) struct Connection<'a> {
    shared: &'a Shared,
    up: Upstream,
    began: Instant,
    greeted: bool,
    /// When a heartbeat was sent that is not answered yet.
    asked: Option<Instant>,
}

impl<'a> Connection<'a> {
    pub(super) fn new(shared: &'a Shared, up: Upstream) -> Self {
        Self {
            shared,
            up,
            began: Instant::now(),
            greeted: false,
            asked: None,
        }
    }

    /// Carries messages both ways. Returns the code to close serenity's side with, if it is to be closed.
    pub(super) async fn run(
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
                    let greeted = self.greeted;
                    tracing::warn!(greeted, "the gateway says nothing; connecting anew");
                    return Some(RESUME);
                }
            }
        }
        // serenity is gone; Discord keeps the session if the connection ends without a proper close.
        None
    }

    /// How long Discord may still be silent.
    fn patience(&self) -> Duration {
        let timing = self.shared.timing;
        let since = |began: Instant, most: Duration| most.saturating_sub(began.elapsed());
        match self.asked {
            _ if !self.greeted => since(self.began, timing.greeting),
            Some(asked) => since(asked, timing.heartbeat_answer),
            None => Duration::MAX,
        }
    }

    /// Tells Discord what serenity says. The error is the code to close serenity's side with.
    async fn forward(&mut self, message: Message) -> Result<(), u16> {
        let message = self.outgoing(message).await?;
        self.up.send(message).await.map_err(|_| self.ended(None))
    }

    /// What serenity says, as Discord is to hear it: without compression, so that answers can be read here.
    async fn outgoing(&mut self, message: Message) -> Result<Message, u16> {
        let Message::Text(text) = &message else {
            return Ok(message);
        };
        let Ok(mut said) = serde_json::from_str::<Value>(text) else {
            return Ok(message);
        };
        match said["op"].as_u64() {
            Some(1) => {
                self.asked.get_or_insert_with(Instant::now);
            }
            Some(2) => {
                self.may_identify().await?;
                tracing::info!("identifying at the gateway");
                said["d"]["compress"] = false.into();
                return Ok(Message::Text(said.to_string()));
            }
            Some(6) => tracing::info!("resuming at the gateway"),
            _ => {}
        }
        Ok(message)
    }

    /// Waits until a session may begin. The error is the code to close serenity's side with.
    async fn may_identify(&self) -> Result<(), u16> {
        loop {
            let verdict = {
                let identifies = self.shared.identifies.lock();
                let mut identifies = identifies.unwrap_or_else(PoisonError::into_inner);
                identifies.ask(Instant::now())
            };
            match verdict {
                Verdict::Go => return Ok(()),
                Verdict::Wait(wait) => tokio::time::sleep(wait).await,
                Verdict::Spent(wait) => {
                    tracing::error!(
                        ?wait,
                        "too many sessions were begun today; Discord would take the token away, so the bot stays away"
                    );
                    tokio::time::sleep(wait.min(self.shared.timing.longest_pause)).await;
                    return Err(RESUME);
                }
            }
        }
    }

    fn look_at(&mut self, message: &Message) {
        let Message::Text(text) = message else { return };
        self.greeted = true;
        let ready = text.contains("\"READY\"");
        if !ready && text.len() > SHORT {
            return;
        }
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            return;
        };
        if event["op"] == 11 {
            self.asked = None;
        }
        let (session, place) = (
            event["d"]["session_id"].as_str(),
            event["d"]["resume_gateway_url"].as_str(),
        );
        if let (Some("READY"), Some(session), Some(place)) = (event["t"].as_str(), session, place) {
            self.shared.remember_place(session, place);
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
