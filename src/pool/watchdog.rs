//! Abandons workers whose model does not return, and starts workers in place of lost ones.
//!
//! A thread cannot be ended from outside. A worker whose call exceeds its timeout is abandoned: its queries are retried,
//! another worker is started, and if the call ever returns, the abandoned worker finds itself replaced and ends.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::recovery::RestartWindow;
use super::state::PendingQuery;
use super::{Shared, worker};

const HUNG: &str = "the model did not answer in time on this text; try again, or change the prompt";
const TOO_MANY: &str =
    "the model hangs again and again; whoever runs this bot has to look after it";

/// Looks after the workers until the pool closes.
pub(super) fn run(shared: &Arc<Shared>) {
    let tick = (shared.limits.call / 4).clamp(Duration::from_millis(5), Duration::from_secs(1));
    let mut window = RestartWindow::default();
    loop {
        let overdue: Vec<Arc<[PendingQuery]>> = {
            let state = shared.lock();
            let (mut state, _) = shared
                .closing
                .wait_timeout_while(state, tick, |state| !state.closed)
                .unwrap_or_else(PoisonError::into_inner);
            if state.closed {
                return;
            }
            state.abandon_overdue(shared.limits.call)
        };
        for batch in overdue {
            tracing::error!(
                rows = batch.len(),
                limit = ?shared.limits.call,
                "a call of the model exceeded its timeout; its worker is abandoned"
            );
            shared.lock().retry(&batch, HUNG);
            shared.work.notify_all();
        }
        restart_lost(shared, &mut window);
    }
}

/// Starts workers in place of lost ones as far as the window allows. If it allows none and none is left, the pool fails.
fn restart_lost(shared: &Arc<Shared>, window: &mut RestartWindow) {
    loop {
        {
            let mut state = shared.lock();
            if state.lost == 0 || state.closed {
                return;
            }
            if !window.try_record(Instant::now(), &shared.limits.recovery) {
                if state.has_no_worker() {
                    drop(state);
                    shared.fail(TOO_MANY);
                }
                return;
            }
            state.lost -= 1;
        }
        if let Err(error) = worker::start(shared, None) {
            tracing::error!(%error, "no thread for a worker; it is started later");
            shared.lock().lost += 1;
            return;
        }
    }
}
