//! One worker: a thread that owns a model and scores batch after batch.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use super::state::{AnsweredTurn, PendingQuery};
use super::{Outcome, Shared, Snapshot};
use generation::{Query, Scores, Turn};
use model::MaskedModel;

const BROKEN: &str = "the model failed twice on this text; try again, or change the prompt";
const NOT_LOADED: &str =
    "the model cannot be loaded any more; whoever runs this bot has to look after it";

/// Starts a worker with `model`, or with one that it loads itself.
///
/// # Errors
/// When no thread can be started.
pub(super) fn start(shared: &Arc<Shared>, model: Option<Box<dyn MaskedModel>>) -> io::Result<()> {
    let number = {
        let mut state = shared.lock();
        state.ready += usize::from(model.is_some());
        state.new_worker()
    };
    let has_model = model.is_some();
    let working = Arc::clone(shared);
    let started = std::thread::Builder::new()
        .name(format!("worker-{number}"))
        .spawn(move || {
            let model = model.or_else(|| load(&working));
            let end = model.map_or(End::NoModel, |model| run(&working, number, model));
            leave(&working, end);
        });
    if started.is_err() {
        let mut state = shared.lock();
        state.threads -= 1;
        state.ready -= usize::from(has_model);
    }
    started.map(drop)
}

/// Why a worker ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The pool closed.
    Closed,
    /// A call exceeded its timeout, and the watchdog has abandoned the worker.
    Abandoned,
    /// No model could be loaded, or the pool closed meanwhile.
    NoModel,
}

/// Deregisters a worker. If it could load no model and no other worker has one, the pool fails; else the watchdog starts
/// it again.
fn leave(shared: &Shared, end: End) {
    if end == End::Abandoned {
        return;
    }
    let mut state = shared.lock();
    state.threads -= 1;
    if end == End::NoModel {
        state.lost += 1;
    }
    let failed = end == End::NoModel && state.ready == 0 && !state.closed;
    drop(state);
    if failed {
        shared.fail(NOT_LOADED);
    }
    shared.closing.notify_all();
}

/// Works until the pool closes. A model that fails or panics is replaced, and its queries are retried.
fn run(shared: &Shared, number: u64, mut model: Box<dyn MaskedModel>) -> End {
    while let Some(batch) = next(shared, number) {
        let span = tracing::debug_span!(
            "batch",
            rows = batch.len(),
            tokens = batch.first().map_or(0, |taken| taken.query.tokens.len())
        );
        let _entered = span.enter();
        let answers = score(&mut *model, &batch);
        if !shared.lock().finish_call(number) {
            tracing::warn!("a call of the model returned after its worker was abandoned");
            return End::Abandoned;
        }
        match answers {
            Ok(scores) => answer(shared, &batch, scores),
            Err(reason) => {
                tracing::error!(%reason, "a batch failed; the worker's model is replaced");
                let mut state = shared.lock();
                state.failed += 1;
                state.ready -= 1;
                state.retry(&batch, BROKEN);
                drop(state);
                // The other workers can take the queries before this one has a model again.
                shared.work.notify_all();
                let Some(fresh) = load(shared) else {
                    return End::NoModel;
                };
                model = fresh;
            }
        }
    }
    End::Closed
}

/// Waits for a batch. `None` once the pool is closed.
fn next(shared: &Shared, number: u64) -> Option<Arc<[PendingQuery]>> {
    let mut state = shared.lock();
    loop {
        if state.closed {
            return None;
        }
        let batch = state.take(shared.limits.batch);
        if !batch.is_empty() {
            let batch: Arc<[PendingQuery]> = batch.into();
            state.begin_call(number, Arc::clone(&batch));
            return Some(batch);
        }
        state = shared
            .work
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// Scores a batch. A panic of the model and a wrong number of answers are errors.
fn score(model: &mut dyn MaskedModel, batch: &[PendingQuery]) -> Result<Vec<Scores>, String> {
    let queries: Vec<Query> = batch.iter().map(|taken| taken.query.clone()).collect();
    match catch_unwind(AssertUnwindSafe(|| model.score(&queries))) {
        Ok(Ok(scores)) if scores.len() == batch.len() => Ok(scores),
        Ok(Ok(scores)) => Err(format!(
            "{} answers to {} queries",
            scores.len(),
            batch.len()
        )),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(format!("panic: {}", message(&*panic))),
    }
}

/// Distributes the answers of a batch, and continues the generations whose turn is complete.
fn answer(shared: &Shared, batch: &[PendingQuery], scores: Vec<Scores>) {
    let answered: Vec<AnsweredTurn> = {
        let mut state = shared.lock();
        batch
            .iter()
            .zip(scores)
            .filter_map(|(taken, scores)| state.answer(taken, scores))
            .collect()
    };
    for turn in answered {
        let job = turn.job;
        // A strategy that panics ends its own job only.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| take_turn(shared, turn))) {
            tracing::error!(reason = message(&*panic), "a strategy panicked");
            shared
                .lock()
                .fail(job, "the strategy failed on this text; try another one");
        }
        shared.work.notify_all();
    }
}

/// Passes the answers to the generation, publishes its draft, and queues its next queries.
fn take_turn(shared: &Shared, turn: AnsweredTurn) {
    let AnsweredTurn {
        job,
        mut generation,
        answers,
        passes,
    } = turn;
    generation.answer(answers);
    let next = generation.ask();
    let outcome = if next == Turn::Done {
        Outcome::Done
    } else {
        Outcome::Running
    };
    let snapshot = Snapshot {
        draft: generation.draft().clone(),
        progress: generation.progress(),
        passes,
        outcome,
    };
    let questions = if let Turn::Ask(questions) = next {
        Some(questions)
    } else {
        None
    };
    shared.lock().resume(job, generation, snapshot, questions);
}

/// Loads a model, with exponential backoff between attempts. `None` once all attempts have failed, or the pool is closed.
fn load(shared: &Shared) -> Option<Box<dyn MaskedModel>> {
    let recovery = shared.limits.recovery;
    for attempt in 1..=recovery.load_attempts.max(1) {
        match catch_unwind(AssertUnwindSafe(|| (shared.load)())) {
            Ok(Ok(model)) => {
                shared.lock().ready += 1;
                return Some(model);
            }
            Ok(Err(error)) => tracing::error!(%error, attempt, "the model cannot be loaded again"),
            Err(panic) => tracing::error!(
                reason = message(&*panic),
                attempt,
                "loading the model panicked"
            ),
        }
        if attempt == recovery.load_attempts.max(1) {
            break;
        }
        // New queries wake this worker, too, but only the end of the pool cuts the delay short.
        let state = shared.lock();
        let (state, _) = shared
            .work
            .wait_timeout_while(state, recovery.delay(attempt), |state| !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
    }
    None
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
