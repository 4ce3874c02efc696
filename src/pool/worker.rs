//! One worker: a thread that owns a model and scores batch after batch.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::state::{Answered, Taken};
use super::{Outcome, Shared, Snapshot};
use generation::{Query, Scores, Turn};
use model::MaskedModel;

/// How often a lost model is loaded again before the worker gives up, and how long it waits in between.
const LOADS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

const BROKEN: &str = "the model failed twice on this text; try again, or change the prompt";

/// Starts a worker with `model`, or with one that it loads itself.
pub(super) fn start(shared: &Arc<Shared>, model: Option<Box<dyn MaskedModel>>) -> io::Result<()> {
    let number = shared.lock().new_worker();
    let working = Arc::clone(shared);
    let started = std::thread::Builder::new()
        .name(format!("worker-{number}"))
        .spawn(move || {
            let model = model.or_else(|| replacement(&working));
            let left_alone = model.is_some_and(|model| run(&working, number, model));
            if !left_alone {
                working.lock().at_work -= 1;
                working.closing.notify_all();
            }
        });
    if started.is_err() {
        shared.lock().at_work -= 1;
    }
    started.map(drop)
}

/// Works until the pool closes. A model that fails or panics is replaced; its questions are asked again. Returns whether
/// somebody else does this worker's work by now, because a call took too long.
fn run(shared: &Shared, number: u64, mut model: Box<dyn MaskedModel>) -> bool {
    while let Some(batch) = next(shared, number) {
        let span = tracing::debug_span!(
            "batch",
            rows = batch.len(),
            tokens = batch.first().map_or(0, |taken| taken.query.tokens.len())
        );
        let _entered = span.enter();
        let answers = score(&mut *model, &batch);
        if !shared.lock().came_back(number) {
            tracing::warn!("a call of the model came back after its worker was replaced");
            return true;
        }
        match answers {
            Ok(scores) => answer(shared, &batch, scores),
            Err(reason) => {
                tracing::error!(%reason, "a batch failed; the worker's model is replaced");
                let mut state = shared.lock();
                state.failed += 1;
                state.ask_again(&batch, BROKEN);
                drop(state);
                // Others need not wait until this worker has its model back.
                shared.work.notify_all();
                let Some(fresh) = replacement(shared) else {
                    return false;
                };
                model = fresh;
            }
        }
    }
    false
}

/// Waits for questions. `None` once the pool is closed.
fn next(shared: &Shared, number: u64) -> Option<Arc<[Taken]>> {
    let mut state = shared.lock();
    loop {
        if state.closed {
            return None;
        }
        let batch = state.take(shared.limits.batch);
        if !batch.is_empty() {
            let batch: Arc<[Taken]> = batch.into();
            state.begin_call(number, Arc::clone(&batch));
            return Some(batch);
        }
        state = shared
            .work
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

fn score(model: &mut dyn MaskedModel, batch: &[Taken]) -> Result<Vec<Scores>, String> {
    let questions: Vec<Query> = batch.iter().map(|taken| taken.query.clone()).collect();
    match catch_unwind(AssertUnwindSafe(|| model.score(&questions))) {
        Ok(Ok(scores)) if scores.len() == batch.len() => Ok(scores),
        Ok(Ok(scores)) => Err(format!(
            "{} answers to {} questions",
            scores.len(),
            batch.len()
        )),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(format!("panic: {}", message(&*panic))),
    }
}

fn answer(shared: &Shared, batch: &[Taken], scores: Vec<Scores>) {
    let answered: Vec<Answered> = {
        let mut state = shared.lock();
        batch
            .iter()
            .zip(scores)
            .filter_map(|(taken, scores)| state.answer(taken, scores))
            .collect()
    };
    for turn in answered {
        let job = turn.job;
        // A strategy that panics takes its own generation down and nothing else.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| go_on(shared, turn))) {
            tracing::error!(reason = message(&*panic), "a strategy panicked");
            shared
                .lock()
                .fail(job, "the strategy failed on this text; try another one");
        }
        shared.work.notify_all();
    }
}

fn go_on(shared: &Shared, turn: Answered) {
    let Answered {
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
    shared.lock().go_on(job, generation, snapshot, questions);
}

/// A new model in place of one that failed.
fn replacement(shared: &Shared) -> Option<Box<dyn MaskedModel>> {
    for attempt in 1..=LOADS {
        match catch_unwind(AssertUnwindSafe(|| (shared.load)())) {
            Ok(Ok(model)) => return Some(model),
            Ok(Err(error)) => tracing::error!(%error, attempt, "the model cannot be loaded again"),
            Err(panic) => tracing::error!(
                reason = message(&*panic),
                attempt,
                "loading the model panicked"
            ),
        }
        // New questions wake this worker, too, but only the end of the pool cuts the pause short.
        let state = shared.lock();
        let (state, _) = shared
            .work
            .wait_timeout_while(state, PAUSE, |state| !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
    }
    shared.lock().lose_worker(
        "the model cannot be loaded any more; whoever runs this bot has to look after it",
    );
    shared.work.notify_all();
    None
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
