//! The pool of workers: generations go in, newer and newer drafts come out.
//!
//! A worker takes waiting questions, scores them together on the model it owns, answers the generations and puts them
//! back. Each turn is a chance to join, leave, be cancelled or shut down. Dropping the [`Running`] is cancelling: the
//! pool finds nobody listening and lets the generation go.

mod queue;
mod scoring;
mod state;
#[cfg(test)]
mod tests;
mod trace;
mod watchdog;
mod worker;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use generation::{Draft, Generation, Progress, Turn};
use model::{MaskedModel, ModelError};

pub use queue::{BatchLimits, Owner};
use state::{Job, State};
pub use trace::{Frame, Trace};

/// Makes a model for a worker; called again when a worker has to be replaced.
pub type Loader = dyn Fn() -> Result<Box<dyn MaskedModel>, ModelError> + Send + Sync;

/// How large a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// How many threads, each with a model of its own.
    pub workers: usize,
    /// At most so many generations at once; more are refused.
    pub generations: usize,
    /// How large a batch may be.
    pub batch: BatchLimits,
    /// How long one call of the model may take before its worker is given up.
    pub call: Duration,
}

/// Why a generation was not taken. Displays as a sentence for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too much is running.
    #[error("the bot is writing as many texts as it can right now ({0}); try again in a minute")]
    Full(usize),
    /// The pool is shutting down, or none of its workers could be kept alive.
    #[error("the bot is shutting down; try again when it is back")]
    Stopping,
}

/// How a generation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It waits or is being worked on.
    Running,
    /// The draft is finished.
    Done,
    /// It cannot go on, for this reason; the draft is as far as it came.
    Failed(String),
}

/// The newest of a generation.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The text as it stands.
    pub draft: Draft,
    /// How far it is.
    pub progress: Progress,
    /// Sequences scored for it so far.
    pub passes: u64,
    /// How it stands.
    pub outcome: Outcome,
}

/// A generation that was taken. Dropping it cancels the generation.
pub struct Running {
    newest: watch::Receiver<Snapshot>,
    /// Its place in the pool; none if there was nothing to ask.
    job: Option<(Arc<Shared>, u64)>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&self.snapshot()).finish()
    }
}

impl Running {
    /// The newest snapshot.
    pub fn snapshot(&self) -> Snapshot {
        self.newest.borrow().clone()
    }

    /// How many others come before it, as long as it waits for its first answer.
    pub fn ahead(&self) -> Option<usize> {
        let (shared, id) = self.job.as_ref()?;
        shared.lock().ahead(*id)
    }

    /// Waits for a newer snapshot. `false` once the generation has ended and its last snapshot was seen.
    pub async fn changed(&mut self) -> bool {
        self.newest.changed().await.is_ok()
    }

    /// The last snapshot, however long it takes.
    pub async fn finished(&mut self) -> Snapshot {
        while self.changed().await {}
        self.snapshot()
    }
}

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Generations that were taken and have not ended.
    pub generations: usize,
    /// Questions that wait for a worker.
    pub waiting: usize,
    /// Calls of the model that failed since the start; each was asked again, or its text ended with an error.
    pub failed: u64,
    /// Workers that were given up because the model did not come back.
    pub hung: u64,
}

/// The workers and what waits for them.
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes workers when questions arrive or the pool closes.
    work: Condvar,
    /// Wakes who waits for the pool to close or for workers to end.
    closing: Condvar,
    load: Box<Loader>,
    limits: PoolLimits,
}

impl Shared {
    /// A panic while the state is locked would be a bug in the bookkeeping itself; every step leaves it whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// Starts the workers, each with a model that `load` makes.
    ///
    /// # Errors
    /// When a model cannot be loaded.
    pub fn start(load: Box<Loader>, limits: PoolLimits) -> Result<Self, ModelError> {
        let models = (0..limits.workers.max(1))
            .map(|_| load())
            .collect::<Result<Vec<_>, _>>()?;
        let state = Mutex::new(State::new(models.len()));
        let shared = Arc::new(Shared {
            state,
            work: Condvar::new(),
            closing: Condvar::new(),
            load,
            limits,
        });
        // Dropped on the way out, the pool ends the workers that have started.
        let pool = Self { shared };
        let no_thread = |error| ModelError::Run(format!("no thread for it: {error}"));
        for model in models {
            worker::start(&pool.shared, Some(model)).map_err(no_thread)?;
        }
        let watching = Arc::clone(&pool.shared);
        std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || watchdog::run(&watching))
            .map_err(no_thread)?;
        Ok(pool)
    }

    /// Takes a generation. Never blocks.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    pub fn submit(
        &self,
        owner: Owner,
        mut generation: Box<dyn Generation>,
    ) -> Result<Running, Refused> {
        let turn = generation.ask();
        let (sender, receiver) = watch::channel(Snapshot {
            draft: generation.draft().clone(),
            progress: generation.progress(),
            passes: 0,
            outcome: if turn == Turn::Done {
                Outcome::Done
            } else {
                Outcome::Running
            },
        });
        let mut job = None;
        if let Turn::Ask(questions) = turn {
            let mut state = self.shared.lock();
            if state.refusing {
                return Err(Refused::Stopping);
            }
            state.forget_cancelled();
            if state.jobs.len() >= self.shared.limits.generations {
                return Err(Refused::Full(state.jobs.len()));
            }
            let id = state.admit(Job::new(owner, generation, sender), questions);
            drop(state);
            job = Some((Arc::clone(&self.shared), id));
            self.shared.work.notify_all();
        }
        Ok(Running {
            newest: receiver,
            job,
        })
    }

    /// How busy the pool is.
    pub fn load(&self) -> Load {
        let state = self.shared.lock();
        Load {
            generations: state.jobs.len(),
            waiting: state.waiting.len(),
            failed: state.failed,
            hung: state.hung,
        }
    }

    /// How many others come before the owner's generations, as long as all of those wait for their first answer.
    pub fn ahead(&self, owner: Owner) -> Option<usize> {
        self.shared.lock().ahead_of(owner)
    }

    /// Refuses new generations from now on; those that run go on.
    pub fn refuse_more(&self) {
        self.shared.lock().refusing = true;
    }

    /// Ends what still runs as failed.
    pub fn close(&self) {
        self.shared.lock().close("the bot was stopped");
        self.shared.work.notify_all();
        self.shared.closing.notify_all();
    }

    /// How many threads work.
    pub fn workers(&self) -> usize {
        self.shared.limits.workers.max(1)
    }
}

impl Drop for Pool {
    /// Ends what still runs as failed and waits for the workers, each of which finishes its batch.
    fn drop(&mut self) {
        self.close();
        // One that hangs is not waited for longer than any call may take.
        let state = self.shared.lock();
        let waited =
            self.shared
                .closing
                .wait_timeout_while(state, self.shared.limits.call, |state| state.at_work > 0);
        drop(waited);
    }
}
