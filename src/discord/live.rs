//! Shows a text while it is written: the newest draft whenever the pace allows an edit, the last one always.

use std::time::Instant;

use super::Bot;
use super::call::Fault;
use super::pace::Pace;
use super::render::{self, Caption};
use super::reply::Reply;
use super::send_error::SendError;
use crate::session::{Ending, Utterance, View};

/// Why a text ended that nobody stopped.
const STOPPED: &str = "the bot was stopped";

/// Shows `utterance` until it has ended, and keeps it.
pub(super) async fn perform(
    bot: &Bot,
    mut utterance: Utterance,
    reply: &mut Reply,
) -> Result<(), Fault> {
    let caption = Caption::new(utterance.id(), utterance.order());
    let mut pace = Pace::new(bot.edit_interval);
    // "Thinking…" is there already, so the first frame waits for the first words, but not for ever:
    // whoever waits in the queue is to see what was understood.
    let waited = tokio::time::sleep(bot.edit_interval);
    tokio::pin!(waited);
    let mut fresh = false;
    let mut begun = false;
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
                fresh = false;
                begun = true;
                let view = utterance.view();
                tokio::select! {
                    shown = show(&view, &caption, reply, &mut pace) => if !shown? {
                        return Ok(());
                    },
                    () = bot.ending.cancelled() => break Some(STOPPED),
                }
            }
            () = tokio::time::sleep_until(reply.ends().into()) => break Some("Discord gives a reply 15 minutes, and they are over"),
            () = bot.ending.cancelled() => break Some(STOPPED),
        }
    };
    if let Err(error) = bot.sessions.keep(&utterance).await {
        tracing::error!(%error, "a text could not be kept");
    }
    let mut view = utterance.view();
    // Gives the seat back before the last frame is seen, so that whoever sees it can go on at once.
    drop(utterance);
    if let Some(reason) = interrupted {
        view.ending = Some(Ending::Failed(reason.to_owned()));
    }
    tokio::select! {
        () = tokio::time::sleep(pace.wait(Instant::now())) => {}
        // There is no time left to be polite.
        () = tokio::time::sleep_until(reply.ends().into()) => {}
        () = bot.ending.cancelled() => {}
    }
    Ok(reply.answer(&render::text(&view, &caption)).await?)
}

/// Shows a frame. `false` if there is nothing left to show it on.
async fn show(
    view: &View,
    caption: &Caption,
    reply: &mut Reply,
    pace: &mut Pace,
) -> Result<bool, Fault> {
    let shown = reply.show(&render::text(view, caption)).await;
    let now = Instant::now();
    match shown {
        Ok(()) => pace.edited(now),
        Err(SendError::Limited(pause)) => pace.pause(now, pause),
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
