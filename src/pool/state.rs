//! The jobs of a pool and their pending queries: everything that workers share, under one lock.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::queue::{BatchLimits, Batching, Queue, Waiting};
use super::{Outcome, Owner, Snapshot};
use generation::{Generation, Query, Scores};

/// Failed batches with queries of one turn after which the job fails.
const MAX_FAILURES: u8 = 2;

/// A generation that runs in the pool.
pub(super) struct Job {
    owner: Owner,
    /// `None` while a worker passes the answers of a turn to it.
    generation: Option<Box<dyn Generation>>,
    snapshots: watch::Sender<Snapshot>,
    questions: Vec<Query>,
    answers: Vec<Option<Scores>>,
    failures: u8,
    passes: u64,
}

impl Job {
    pub(super) fn new(
        owner: Owner,
        generation: Box<dyn Generation>,
        snapshots: watch::Sender<Snapshot>,
    ) -> Self {
        Self {
            owner,
            generation: Some(generation),
            snapshots,
            questions: Vec::new(),
            answers: Vec::new(),
            failures: 0,
            passes: 0,
        }
    }

    fn is_cancelled(&self) -> bool {
        self.snapshots.is_closed()
    }

    fn fail(&self, reason: &str) {
        self.snapshots
            .send_modify(|snapshot| snapshot.outcome = Outcome::Failed(reason.to_owned()));
    }
}

/// A query in the batch of a worker.
pub(super) struct PendingQuery {
    pub(super) job: u64,
    /// Index among the queries of the job's turn.
    pub(super) index: usize,
    pub(super) query: Query,
}

/// A job all of whose queries of a turn are answered; its generation is taken out of the state, to continue without the
/// lock.
pub(super) struct AnsweredTurn {
    pub(super) job: u64,
    pub(super) generation: Box<dyn Generation>,
    pub(super) answers: Vec<Scores>,
    pub(super) passes: u64,
}

/// All jobs and queries of a pool.
pub(super) struct State {
    pub(super) jobs: HashMap<u64, Job>,
    pub(super) waiting: Queue,
    /// Whether new generations are refused.
    pub(super) refusing: bool,
    /// Whether the workers are to end.
    pub(super) closed: bool,
    /// Number of workers that the pool should have.
    workers: usize,
    /// Number of workers that are missing: abandoned, or without a model.
    pub(super) lost: usize,
    /// Number of workers that own a model.
    pub(super) ready: usize,
    next_job: u64,
    next_worker: u64,
    /// Number of threads to wait for when the pool is dropped; abandoned ones do not count.
    pub(super) threads: usize,
    /// Calls of the model in progress, by worker.
    calls: HashMap<u64, Call>,
    /// Calls that returned an error or panicked, since the start.
    pub(super) failed: u64,
    /// Workers that were abandoned, since the start.
    pub(super) hung: u64,
}

/// A call of the model.
struct Call {
    began: Instant,
    batch: Arc<[PendingQuery]>,
}

impl State {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            jobs: HashMap::new(),
            waiting: Queue::default(),
            refusing: false,
            closed: false,
            workers,
            lost: 0,
            ready: 0,
            next_job: 0,
            next_worker: 0,
            threads: 0,
            calls: HashMap::new(),
            failed: 0,
            hung: 0,
        }
    }

    /// Adds a job with the queries of its first turn. Returns its id.
    pub(super) fn admit(&mut self, job: Job, questions: Vec<Query>) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        self.waiting.enter(job.owner);
        self.jobs.insert(id, job);
        self.ask(id, questions);
        id
    }

    /// Number of jobs served before this one; `None` once its first query is answered.
    pub(super) fn ahead(&self, id: u64) -> Option<usize> {
        let job = self.jobs.get(&id).filter(|job| job.passes == 0)?;
        self.waiting.before(job.owner, id)
    }

    /// Smallest [`State::ahead`] of the owner's jobs; `None` if the owner has none, or one of them has begun.
    pub(super) fn ahead_of(&self, owner: Owner) -> Option<usize> {
        let of_owner = self.jobs.iter().filter(|(_, job)| job.owner == owner);
        let ahead: Option<Vec<usize>> = of_owner.map(|(&id, _)| self.ahead(id)).collect();
        ahead?.into_iter().min()
    }

    /// Queues the queries of a job's turn.
    fn ask(&mut self, id: u64, questions: Vec<Query>) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        job.answers = vec![None; questions.len()];
        job.failures = 0;
        job.questions = questions;
        for question in 0..job.questions.len() {
            self.queue(id, question, Batching::Shared);
        }
    }

    /// Queues one query.
    fn queue(&mut self, id: u64, question: usize, batching: Batching) {
        let Some(job) = self.jobs.get(&id) else {
            return;
        };
        let query = &job.questions[question];
        let cost = query.tokens.len() + query.asked.len();
        let waiting = Waiting {
            job: id,
            question,
            cost,
            batching,
        };
        self.waiting.push(job.owner, waiting);
    }

    /// Takes the queries that a worker should score next.
    pub(super) fn take(&mut self, limits: BatchLimits) -> Vec<PendingQuery> {
        self.remove_cancelled();
        let batch = self.waiting.take(self.workers, limits);
        let taken = batch.into_iter().map(|waiting| PendingQuery {
            job: waiting.job,
            index: waiting.question,
            query: self.jobs[&waiting.job].questions[waiting.question].clone(),
        });
        taken.collect()
    }

    /// Stores the answer to one query. Once all queries of its turn are answered, returns the turn.
    pub(super) fn answer(&mut self, taken: &PendingQuery, scores: Scores) -> Option<AnsweredTurn> {
        let job = self.jobs.get_mut(&taken.job)?;
        job.answers[taken.index] = Some(scores);
        job.passes += 1;
        if job.answers.iter().any(Option::is_none) {
            return None;
        }
        let answers = job.answers.drain(..).flatten().collect();
        Some(AnsweredTurn {
            job: taken.job,
            generation: job.generation.take()?,
            answers,
            passes: job.passes,
        })
    }

    /// Takes a generation back after a turn and publishes its snapshot. Without further queries the job ends.
    pub(super) fn resume(
        &mut self,
        id: u64,
        generation: Box<dyn Generation>,
        snapshot: Snapshot,
        questions: Option<Vec<Query>>,
    ) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.generation = Some(generation);
            job.snapshots.send_replace(snapshot);
        }
        match questions {
            Some(questions) => self.ask(id, questions),
            None => self.remove(id),
        }
    }

    /// Retries the queries of a failed batch, each in a batch of its own. A job whose turn failed before fails with `reason`.
    pub(super) fn retry(&mut self, batch: &[PendingQuery], reason: &str) {
        let concerned: HashSet<u64> = batch.iter().map(|taken| taken.job).collect();
        for id in concerned {
            let Some(job) = self.jobs.get_mut(&id) else {
                continue;
            };
            job.failures += 1;
            if job.failures >= MAX_FAILURES {
                self.fail(id, reason);
            }
        }
        for taken in batch {
            self.queue(taken.job, taken.index, Batching::Alone);
        }
    }

    /// Ends a job as failed; the reason is published to its handle.
    pub(super) fn fail(&mut self, id: u64, reason: &str) {
        if let Some(job) = self.jobs.get(&id) {
            job.fail(reason);
        }
        self.remove(id);
    }

    /// Removes jobs whose handle was dropped.
    pub(super) fn remove_cancelled(&mut self) {
        let cancelled: Vec<u64> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.is_cancelled())
            .map(|(&id, _)| id)
            .collect();
        for id in cancelled {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: u64) {
        let Some(job) = self.jobs.remove(&id) else {
            return;
        };
        self.waiting.forget(job.owner, id);
        if !self.jobs.values().any(|other| other.owner == job.owner) {
            self.waiting.leave(job.owner);
        }
    }

    /// Registers a worker thread that is about to start. Returns its id.
    pub(super) fn new_worker(&mut self) -> u64 {
        self.threads += 1;
        self.next_worker += 1;
        self.next_worker
    }

    /// Records that a worker calls its model.
    pub(super) fn begin_call(&mut self, worker: u64, batch: Arc<[PendingQuery]>) {
        let began = Instant::now();
        self.calls.insert(worker, Call { began, batch });
    }

    /// Records that a worker's call returned. Returns `false` if the worker was abandoned before.
    pub(super) fn finish_call(&mut self, worker: u64) -> bool {
        self.calls.remove(&worker).is_some()
    }

    /// Abandons workers whose call takes longer than `timeout`. Returns their batches.
    pub(super) fn abandon_overdue(&mut self, timeout: Duration) -> Vec<Arc<[PendingQuery]>> {
        let overdue = |call: &Call| call.began.elapsed() > timeout;
        let abandoned: Vec<u64> = self
            .calls
            .iter()
            .filter(|(_, call)| overdue(call))
            .map(|(&worker, _)| worker)
            .collect();
        self.hung += abandoned.len() as u64;
        self.threads -= abandoned.len();
        self.lost += abandoned.len();
        self.ready -= abandoned.len();
        let batches = abandoned
            .iter()
            .filter_map(|worker| self.calls.remove(worker));
        batches.map(|call| call.batch).collect()
    }

    /// Whether every worker is lost, so that none loads a model either.
    pub(super) fn has_no_worker(&self) -> bool {
        self.lost >= self.workers
    }

    /// Fails every job with `reason` and refuses further ones.
    pub(super) fn close(&mut self, reason: &str) {
        (self.refusing, self.closed) = (true, true);
        let all: Vec<u64> = self.jobs.keys().copied().collect();
        for id in all {
            self.fail(id, reason);
        }
    }
}
