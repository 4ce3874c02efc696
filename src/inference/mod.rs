//! The pool of workers: generations go in, newer and newer drafts come out.
//!
//! A worker takes waiting questions, scores them together on the model it owns, answers the generations and puts them
//! back. Each turn is a chance to join, leave, be cancelled or shut down. Dropping the [`Running`] is cancelling: the
//! pool finds nobody listening and lets the generation go.

mod asking;
mod job;
mod queue;
mod recording;
#[cfg(test)]
mod tests;
mod worker;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::generation::{Draft, Generation, Progress, Turn};
use crate::model::{MaskedModel, ModelError};

use job::{Job, State};
pub use queue::{BatchLimits, Owner};
pub use recording::Frame;

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
}

/// The workers and what waits for them.
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes workers when questions arrive or the pool closes.
    work: Condvar,
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
            load,
            limits,
        });
        let start = |(number, model)| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || worker::run(&shared, model))
        };
        let threads = models
            .into_iter()
            .enumerate()
            .map(start)
            .collect::<Result<Vec<_>, _>>();
        let threads =
            threads.map_err(|error| ModelError::Run(format!("no thread for it: {error}")))?;
        Ok(Self { shared, threads })
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
    }

    /// How many threads work.
    pub fn workers(&self) -> usize {
        self.threads.len()
    }
}

impl Drop for Pool {
    /// Ends what still runs as failed and waits for the workers, each of which finishes its batch.
    fn drop(&mut self) {
        self.close();
        for thread in self.threads.drain(..) {
            // A worker that panicked has nothing left to wait for.
            let _ = thread.join();
        }
    }
}
