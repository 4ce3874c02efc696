//! Streams a generation into its reply: the newest draft whenever the pace allows an edit, and the final text always.

use std::time::Instant;

use super::bot::Bot;
use super::http::RequestError;
use super::interaction::{CommandError, Pace, Reply};
use super::view::message::Message;
use super::view::text::{self, Caption};
use crate::service::{GenerationHandle, GenerationOutcome, Span};

/// Why a generation ended when the bot shut down.
const STOPPED: &str = "the bot was stopped";
/// Why a generation ended when its interaction expired.
const EXPIRED: &str = "Discord gives a reply 15 minutes, and they are over";

/// Whether a message can still be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Reachable,
    Gone,
}

/// Why intermediate edits end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StreamEnd {
    /// The generation has ended.
    Complete,
    /// The generation is cut short, for a reason that people are told.
    Interrupted(&'static str),
    /// The message was deleted.
    Gone,
}

/// A reply that follows a generation.
struct Stream<'a> {
    bot: &'a Bot,
    generation: GenerationHandle,
    caption: Caption,
    reply: &'a mut Reply,
    pace: Pace,
    /// The position in the queue and the text that people see; `None` before the first edit, and out of the queue.
    queued: Option<usize>,
    shown: Option<Vec<Span>>,
}

/// Streams `generation` under `note` until it has ended, then stores the text.
///
/// # Errors
/// When the final text cannot be sent.
pub(super) async fn run(
    bot: &Bot,
    generation: GenerationHandle,
    note: &str,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    let slowest = generation.edit_interval().unwrap_or_default();
    let mut stream = Stream {
        caption: Caption::new(generation.id(), generation.request()).noting(note),
        pace: Pace::new(bot.edit_interval.max(slowest)),
        bot,
        generation,
        reply,
        queued: None,
        shown: None,
    };
    match stream.follow().await {
        StreamEnd::Complete => stream.finish(None).await,
        StreamEnd::Interrupted(reason) => stream.finish(Some(reason)).await,
        StreamEnd::Gone => Ok(()),
    }
}

impl Stream<'_> {
    /// Edits the reply whenever the pace allows it, until the generation has ended or cannot be followed any longer.
    async fn follow(&mut self) -> StreamEnd {
        // People see "thinking…" already, so the first edit waits for the first tokens. In the queue there are none, so it
        // waits at most one interval.
        let first_edit = tokio::time::sleep(self.bot.edit_interval);
        tokio::pin!(first_edit);
        let (mut changed, mut begun) = (false, false);
        loop {
            tokio::select! {
                more = self.generation.changed() => {
                    if !more {
                        return StreamEnd::Complete;
                    }
                    changed = true;
                }
                () = &mut first_edit, if !begun => (changed, begun) = (true, true),
                () = tokio::time::sleep(self.pace.wait(Instant::now())), if changed => {
                    begun = true;
                    let bot = self.bot;
                    tokio::select! {
                        reach = self.edit() => if reach == Reach::Gone {
                            return StreamEnd::Gone;
                        },
                        () = bot.ending.cancelled() => return StreamEnd::Interrupted(STOPPED),
                    }
                    // In the queue, time alone changes what people should see.
                    changed = self.queued.is_some();
                }
                () = tokio::time::sleep_until(self.reply.expires_at().into()) => {
                    return StreamEnd::Interrupted(EXPIRED);
                }
                () = self.bot.ending.cancelled() => return StreamEnd::Interrupted(STOPPED),
            }
        }
    }

    /// Shows the newest draft. In the queue, only a change of the position is worth an edit.
    async fn edit(&mut self) -> Reach {
        let view = self.generation.view();
        if view.ahead.is_some() && view.ahead == self.queued {
            self.pace.edited(Instant::now());
            return Reach::Reachable;
        }
        let frame = text::frame(&view, &self.caption, self.shown.as_deref());
        let reach = show(&frame, self.reply, &mut self.pace).await;
        (self.queued, self.shown) = (view.ahead, Some(view.spans));
        reach
    }

    /// Stores the text and shows it; `interrupted` says why the generation was cut short.
    async fn finish(mut self, interrupted: Option<&str>) -> Result<(), CommandError> {
        match self.bot.services.writing.save(&self.generation).await {
            Ok(()) => self.caption = self.caption.kept(),
            Err(error) => tracing::error!(%error, "a text could not be stored"),
        }
        let mut view = self.generation.view();
        // Releases the permit before the final edit, so that a user who sees the text can start the next one at once.
        drop(self.generation);
        if let Some(reason) = interrupted {
            view.outcome = Some(GenerationOutcome::Failed(reason.to_owned()));
        }
        tokio::select! {
            () = tokio::time::sleep(self.pace.wait_for_last(Instant::now())) => {}
            // The interaction expires, so the final edit does not wait for the interval.
            () = tokio::time::sleep_until(self.reply.expires_at().into()) => {}
            () = self.bot.ending.cancelled() => {}
        }
        let answer = text::text(&view, &self.caption);
        Ok(self.reply.answer(&answer).await?)
    }
}

/// Sends an intermediate edit. All errors but a missing message are tolerated, because a newer edit follows.
async fn show(frame: &Message, reply: &mut Reply, pace: &mut Pace) -> Reach {
    let shown = reply.stream_edit(frame).await;
    let now = Instant::now();
    match shown {
        Ok(()) => pace.edited(now),
        Err(RequestError::RateLimited(pause)) => pace.pause(now, pause),
        Err(RequestError::Dropped(wait)) => pace.postpone(now, wait),
        Err(error) if error.is_gone() => {
            tracing::info!(%error, "the message is gone; the generation ends");
            return Reach::Gone;
        }
        Err(error) => {
            tracing::warn!(%error, "an intermediate edit was lost");
            pace.edited(now);
        }
    }
    Reach::Reachable
}
