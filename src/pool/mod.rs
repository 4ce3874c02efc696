//! The pool of workers: generations are submitted, snapshots of their drafts are published.
//!
//! A worker takes a batch of pending queries, scores it on the model that it owns, and passes the answers to the
//! generations (continuous batching). Jobs join, leave, are cancelled and are shut down between two turns. Dropping a
//! [`JobHandle`] cancels its job.

mod queue;
mod recovery;
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
pub use recovery::RecoveryLimits;
use state::{Job, State};
pub use trace::{Frame, Trace};

/// Loads a model for a worker; called again when a worker or its model is replaced.
pub type Loader = dyn Fn() -> Result<Box<dyn MaskedModel>, ModelError> + Send + Sync;

/// Size and timeouts of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// Number of worker threads, each with a model of its own.
    pub workers: usize,
    /// Maximum number of concurrent generations; further ones are refused.
    pub generations: usize,
    /// Maximum size of a batch.
    pub batch: BatchLimits,
    /// Timeout of one call of the model, after which its worker is abandoned.
    pub call: Duration,
    /// How hung and failed models are replaced.
    pub recovery: RecoveryLimits,
}

/// Why a generation was not accepted. Displays as a sentence for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The maximum number of concurrent generations is reached.
    #[error("the bot is writing as many texts as it can right now ({0}); try again in a minute")]
    Full(usize),
    /// The pool is shutting down, or has failed.
    #[error("the bot is shutting down; try again when it is back")]
    Stopping,
}

/// The pool has no worker left and none can be started. Displays as a sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no worker of the model is left: {0}")]
pub struct PoolFailed(String);

/// Observes whether a pool has failed; outlives the pool.
#[derive(Debug, Clone)]
pub struct PoolHealth(watch::Receiver<Option<PoolFailed>>);

impl PoolHealth {
    /// Waits until the pool fails. Never returns if the pool is dropped without a failure.
    pub async fn failed(&mut self) -> PoolFailed {
        let failure = self.0.wait_for(Option::is_some).await;
        let failure = failure.ok().and_then(|failure| failure.clone());
        match failure {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// # Errors
    /// When the pool has failed.
    pub fn check(&self) -> Result<(), PoolFailed> {
        self.0.borrow().clone().map_or(Ok(()), Err)
    }
}

/// The status of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It waits or runs.
    Running,
    /// The draft is finished.
    Done,
    /// It was ended for this reason, a sentence for people; the draft is incomplete.
    Failed(String),
}

/// The state of a job after its newest turn.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The current text.
    pub draft: Draft,
    /// The progress of the generation.
    pub progress: Progress,
    /// Sequences scored for the job so far.
    pub passes: u64,
    /// The status.
    pub outcome: Outcome,
}

/// The handle of a submitted generation. Dropping it cancels the job.
pub struct JobHandle {
    snapshots: watch::Receiver<Snapshot>,
    /// Pool and id; `None` for a generation that had no query.
    job: Option<(Arc<Shared>, u64)>,
}

impl fmt::Debug for JobHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobHandle").field(&self.snapshot()).finish()
    }
}

impl JobHandle {
    /// The newest snapshot.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshots.borrow().clone()
    }

    /// Number of jobs served before this one; `None` once its first query is answered.
    pub fn ahead(&self) -> Option<usize> {
        let (shared, id) = self.job.as_ref()?;
        shared.lock().ahead(*id)
    }

    /// Waits for a newer snapshot. Returns `false` once the job has ended and its last snapshot was seen.
    pub async fn changed(&mut self) -> bool {
        self.snapshots.changed().await.is_ok()
    }

    /// Waits for the last snapshot.
    pub async fn finished(&mut self) -> Snapshot {
        while self.changed().await {}
        self.snapshot()
    }
}

/// Load and failures of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Number of jobs.
    pub generations: usize,
    /// Number of queries that wait for a worker.
    pub waiting: usize,
    /// Model calls that failed since the start; their queries were retried, or their jobs failed.
    pub failed: u64,
    /// Workers abandoned since the start because a call exceeded its timeout.
    pub hung: u64,
}

/// The workers and their queue.
///
/// ```
/// use std::time::Duration;
///
/// use generation::testing::{ids, row, token_table};
/// use generation::{Draft, Query, Scores, Segment, Want};
/// use model::{MaskedModel, ModelError, ScriptedModel};
/// use mouthpiece::pool::{BatchLimits, Owner, Pool, PoolLimits, RecoveryLimits};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let load = || {
///     let rule = |_: &Query| Ok(Scores { rows: vec![row("cat dog")] });
///     Ok(Box::new(ScriptedModel::new(rule)) as Box<dyn MaskedModel>)
/// };
/// let limits = PoolLimits {
///     workers: 1,
///     generations: 8,
///     batch: BatchLimits { rows: 4, tokens: 256 },
///     call: Duration::from_secs(60),
///     recovery: RecoveryLimits::default(),
/// };
/// let pool = Pool::start(Box::new(load), limits)?;
/// let draft = Draft::new(token_table(), &[Segment::Given(ids("the")), Segment::Blank(1)]);
/// let query = draft.query(&[1], Want::Top(1));
/// let answers = pool.ask(Owner(1), draft, vec![query]).await.unwrap().unwrap();
/// assert_eq!(answers[0].rows[0].guesses[0].token, ids("cat")[0]);
/// # Ok::<(), ModelError>(())
/// # }).unwrap();
/// ```
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes workers when queries arrive or the pool closes.
    work: Condvar,
    /// Wakes threads that wait for the pool to close or for workers to end.
    closing: Condvar,
    failure: watch::Sender<Option<PoolFailed>>,
    load: Box<Loader>,
    limits: PoolLimits,
}

impl Shared {
    /// Ignores poisoning: strategies and models never run under the lock, and every method of the state keeps it
    /// consistent.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends everything because no worker is left and none can be started.
    fn fail(&self, reason: &str) {
        tracing::error!(reason, "no worker of the model is left");
        self.lock().close(reason);
        self.failure
            .send_replace(Some(PoolFailed(reason.to_owned())));
        self.work.notify_all();
        self.closing.notify_all();
    }
}

impl Pool {
    /// Loads one model for each worker, and starts the workers.
    ///
    /// # Errors
    /// When a model cannot be loaded, or a thread cannot be started.
    pub fn start(load: Box<Loader>, limits: PoolLimits) -> Result<Self, ModelError> {
        let models = (0..limits.workers.max(1))
            .map(|_| load())
            .collect::<Result<Vec<_>, _>>()?;
        let state = Mutex::new(State::new(models.len()));
        let shared = Arc::new(Shared {
            state,
            work: Condvar::new(),
            closing: Condvar::new(),
            failure: watch::Sender::new(None),
            load,
            limits,
        });
        // On an error the pool is dropped, which ends the workers that have started.
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

    /// Submits a generation. Never blocks.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    pub fn submit(
        &self,
        owner: Owner,
        mut generation: Box<dyn Generation>,
    ) -> Result<JobHandle, SubmitError> {
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
                return Err(SubmitError::Stopping);
            }
            state.remove_cancelled();
            if state.jobs.len() >= self.shared.limits.generations {
                return Err(SubmitError::Full(state.jobs.len()));
            }
            let id = state.admit(Job::new(owner, generation, sender), questions);
            drop(state);
            job = Some((Arc::clone(&self.shared), id));
            self.shared.work.notify_all();
        }
        Ok(JobHandle {
            snapshots: receiver,
            job,
        })
    }

    /// Current load, and failures since the start.
    pub fn status(&self) -> PoolStatus {
        let state = self.shared.lock();
        PoolStatus {
            generations: state.jobs.len(),
            waiting: state.waiting.len(),
            failed: state.failed,
            hung: state.hung,
        }
    }

    /// Smallest [`JobHandle::ahead`] of the owner's jobs; `None` if the owner has none, or one of them has begun.
    pub fn ahead(&self, owner: Owner) -> Option<usize> {
        self.shared.lock().ahead_of(owner)
    }

    /// Refuses new generations from now on; running jobs continue.
    pub fn refuse_more(&self) {
        self.shared.lock().refusing = true;
    }

    /// Ends all running jobs as failed.
    pub fn close(&self) {
        self.shared.lock().close("the bot was stopped");
        self.shared.work.notify_all();
        self.shared.closing.notify_all();
    }

    /// Observes whether the pool fails.
    pub fn health(&self) -> PoolHealth {
        PoolHealth(self.shared.failure.subscribe())
    }

    /// Number of worker threads.
    pub fn workers(&self) -> usize {
        self.shared.limits.workers.max(1)
    }
}

impl Drop for Pool {
    /// Ends all running jobs as failed and waits for the workers to finish their batches, at most as long as the timeout of
    /// one call.
    fn drop(&mut self) {
        self.close();
        let state = self.shared.lock();
        let waited =
            self.shared
                .closing
                .wait_timeout_while(state, self.shared.limits.call, |state| state.threads > 0);
        drop(waited);
    }
}
