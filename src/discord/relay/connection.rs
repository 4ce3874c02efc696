//! One connection to Discord's gateway, while it lasts.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use super::identifies::Verdict;
use super::words::{Heard, Said};
use super::{Downstream, GIVE_UP, RESUME, Shared, Upstream, final_reason};

/// Carries messages between serenity and Discord.
pub(super) struct Connection<'a> {
    shared: &'a Shared,
    up: Upstream,
    began: Instant,
    greeted: bool,
    /// When a heartbeat was sent that is not answered yet.
    asked: Option<Instant>,
    /// How long its answer is waited for: less than until serenity sends the next one, which would give the session up.
    answer: Duration,
}

impl<'a> Connection<'a> {
    pub(super) fn new(shared: &'a Shared, up: Upstream) -> Self {
        Self {
            shared,
            up,
            began: Instant::now(),
            greeted: false,
            asked: None,
            answer: shared.timing.heartbeat_answer,
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
            Some(asked) => since(asked, self.answer),
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
        match Said::read(text) {
            Said::Heartbeat => {
                self.asked.get_or_insert_with(Instant::now);
            }
            Said::Identify(text) => {
                self.may_identify().await?;
                tracing::info!("identifying at the gateway");
                return Ok(Message::Text(text));
            }
            Said::Resume => tracing::info!("resuming at the gateway"),
            Said::Other => {}
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
        match Heard::read(text) {
            Heard::Acknowledged => self.asked = None,
            Heard::Greeting(beat) => self.answer = self.answer.min(beat / 2),
            Heard::Ready { session, place } => self.shared.remember_place(&session, &place),
            Heard::Other => {}
        }
    }

    /// Discord's side has ended, with a code or without. Returns what serenity is told.
    fn ended(&self, code: Option<u16>) -> u16 {
        tracing::info!(code, "the gateway connection ended");
        if let Some(reason) = code.and_then(final_reason) {
            self.shared.refused.send_replace(Some(reason.to_owned()));
            return GIVE_UP;
        }
        code.unwrap_or(RESUME)
    }
}
