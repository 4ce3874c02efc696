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

/// Streams `generation` under `note` until it has ended, then stores the text.
///
/// # Errors
/// When the final text cannot be sent.
pub(super) async fn run(
    bot: &Bot,
    mut generation: GenerationHandle,
    note: &str,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    let caption = Caption::new(generation.id(), generation.request()).noting(note);
    let slowest = generation.edit_interval().unwrap_or_default();
    let mut pace = Pace::new(bot.edit_interval.max(slowest));
    // People see "thinking…" already, so the first edit waits for the first tokens. In the queue there are none, so it waits at
    // most one interval.
    let first_edit = tokio::time::sleep(bot.edit_interval);
    tokio::pin!(first_edit);
    let mut fresh = false;
    let mut begun = false;
    let (mut queued, mut before): (Option<usize>, Option<Vec<Span>>) = (None, None);
    let interrupted = loop {
        tokio::select! {
            more = generation.changed() => {
                if !more {
                    break None;
                }
                fresh = true;
            }
            () = &mut first_edit, if !begun => (fresh, begun) = (true, true),
            () = tokio::time::sleep(pace.wait(Instant::now())), if fresh => {
                begun = true;
                let view = generation.view();
                // In the queue, only a change of the position is worth an edit.
                fresh = view.ahead.is_some();
                if fresh && view.ahead == queued {
                    pace.edited(Instant::now());
                    continue;
                }
                let frame = text::frame(&view, &caption, before.as_deref());
                tokio::select! {
                    reach = show(&frame, reply, &mut pace) => if reach == Reach::Gone {
                        return Ok(());
                    },
                    () = bot.ending.cancelled() => break Some(STOPPED),
                }
                (queued, before) = (view.ahead, Some(view.spans));
            }
            () = tokio::time::sleep_until(reply.expires_at().into()) => break Some(EXPIRED),
            () = bot.ending.cancelled() => break Some(STOPPED),
        }
    };
    let caption = match bot.services.writing.save(&generation).await {
        Ok(()) => caption.kept(),
        Err(error) => {
            tracing::error!(%error, "a text could not be stored");
            caption
        }
    };
    let mut view = generation.view();
    // Releases the permit before the final edit, so that a user who sees the text can start the next one at once.
    drop(generation);
    if let Some(reason) = interrupted {
        view.outcome = Some(GenerationOutcome::Failed(reason.to_owned()));
    }
    tokio::select! {
        () = tokio::time::sleep(pace.wait_for_last(Instant::now())) => {}
        // The interaction expires, so the final edit does not wait for the interval.
        () = tokio::time::sleep_until(reply.expires_at().into()) => {}
        () = bot.ending.cancelled() => {}
    }
    Ok(reply.answer(&text::text(&view, &caption)).await?)
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
