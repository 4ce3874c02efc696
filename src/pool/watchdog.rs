//! Finds workers whose model does not come back, and puts new ones in their place.
//!
//! A thread cannot be ended from outside. One whose call takes too long is left to itself: its questions are asked again,
//! another worker takes its place, and should it ever come back, it finds itself replaced and ends.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::state::Taken;
use super::{Shared, worker};

/// So many workers are replaced; each one that hangs holds a model's memory.
const MOST_HUNG: u64 = 16;

const HUNG: &str = "the model did not answer in time on this text; try again, or change the prompt";
const TOO_MANY: &str =
    "the model hangs again and again; whoever runs this bot has to look after it";

/// Looks after the workers until the pool closes.
pub(super) fn run(shared: &Arc<Shared>) {
    let tick = (shared.limits.call / 4).clamp(Duration::from_millis(5), Duration::from_secs(1));
    loop {
        let lost: Vec<Arc<[Taken]>> = {
            let state = shared.lock();
            let (mut state, _) = shared
                .closing
                .wait_timeout_while(state, tick, |state| !state.closed)
                .unwrap_or_else(PoisonError::into_inner);
            if state.closed {
                return;
            }
            state.give_up_on_workers(shared.limits.call)
        };
        for batch in lost {
            tracing::error!(
                rows = batch.len(),
                limit = ?shared.limits.call,
                "a call of the model does not come back; its worker is replaced"
            );
            replace(shared, &batch);
        }
    }
}

fn replace(shared: &Arc<Shared>, batch: &[Taken]) {
    let hung = {
        let mut state = shared.lock();
        state.ask_again(batch, HUNG);
        state.hung
    };
    shared.work.notify_all();
    if hung > MOST_HUNG || worker::start(shared, None).is_err() {
        shared.lock().lose_worker(TOO_MANY);
        shared.work.notify_all();
    }
}
