//! Shows a text while it is written: the newest draft whenever the pace allows an edit, the last one always.

use std::time::Instant;

use super::super::Bot;
use super::super::http::error::RequestError;
use super::context::CommandError;
use super::pace::Pace;
use super::reply::Reply;
use crate::discord::view::message::Message;
use crate::discord::view::text::{self, Caption};
use crate::service::{GenerationHandle, GenerationOutcome, Span};

/// Why a text ended that nobody stopped.
const STOPPED: &str = "the bot was stopped";

/// Shows `utterance` under `note` until it has ended, and keeps it.
pub(in crate::discord) async fn run(
    bot: &Bot,
    mut utterance: GenerationHandle,
    note: &str,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    let caption = Caption::new(utterance.id(), utterance.request()).noting(note);
    let slowest = utterance.edit_interval().unwrap_or_default();
    let mut pace = Pace::new(bot.edit_interval.max(slowest));
    // "Thinking…" is there already, so the first frame waits for the first words, but not for ever:
    // whoever waits in the queue is to see what was understood.
    let waited = tokio::time::sleep(bot.edit_interval);
    tokio::pin!(waited);
    let mut fresh = false;
    let mut begun = false;
    let (mut queued, mut before): (Option<usize>, Option<Vec<Span>>) = (None, None);
    let interrupted = loop {
        tokio::select! {
            more = utterance.changed() => {
                if !more {
                    break None;
                }
                fresh = true;
            }
            () = &mut waited, if !begun => (fresh, begun) = (true, true),
            () = tokio::time::sleep(pace.wait(Instant::now())), if fresh => {
                begun = true;
                let view = utterance.view();
                // Whoever waits sees the queue move, but no edit is spent on nothing.
                fresh = view.ahead.is_some();
                if fresh && view.ahead == queued {
                    pace.edited(Instant::now());
                    continue;
                }
                let frame = text::frame(&view, &caption, before.as_deref());
                tokio::select! {
                    shown = show(&frame, reply, &mut pace) => if !shown? {
                        return Ok(());
                    },
                    () = bot.ending.cancelled() => break Some(STOPPED),
                }
                (queued, before) = (view.ahead, Some(view.spans));
            }
            () = tokio::time::sleep_until(reply.expires_at().into()) => break Some("Discord gives a reply 15 minutes, and they are over"),
            () = bot.ending.cancelled() => break Some(STOPPED),
        }
    };
    let caption = match bot.services.writing.save(&utterance).await {
        Ok(()) => caption.kept(),
        Err(error) => {
            tracing::error!(%error, "a text could not be kept");
            caption
        }
    };
    let mut view = utterance.view();
    // Gives the seat back before the last frame is seen, so that whoever sees it can go on at once.
    drop(utterance);
    if let Some(reason) = interrupted {
        view.outcome = Some(GenerationOutcome::Failed(reason.to_owned()));
    }
    tokio::select! {
        () = tokio::time::sleep(pace.wait_for_last(Instant::now())) => {}
        // There is no time left to be polite.
        () = tokio::time::sleep_until(reply.expires_at().into()) => {}
        () = bot.ending.cancelled() => {}
    }
    Ok(reply.answer(&text::text(&view, &caption)).await?)
}

/// Shows a frame. `false` if there is nothing left to show it on.
async fn show(frame: &Message, reply: &mut Reply, pace: &mut Pace) -> Result<bool, CommandError> {
    let shown = reply.stream_edit(frame).await;
    let now = Instant::now();
    match shown {
        Ok(()) => pace.edited(now),
        Err(RequestError::RateLimited(pause)) => pace.pause(now, pause),
        Err(RequestError::Postponed(wait)) => pace.postpone(now, wait),
        Err(error) if error.is_gone() => {
            tracing::info!(%error, "the message is gone, so the text is not finished");
            return Ok(false);
        }
        Err(error) => {
            tracing::warn!(%error, "a frame was lost");
            pace.edited(now);
        }
    }
    Ok(true)
}
