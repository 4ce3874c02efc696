//! The generations in a pool and their open questions: everything that workers share, under one lock.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::queue::{BatchLimits, Queue, Waiting};
use super::{Outcome, Owner, Snapshot};
use generation::{Generation, Query, Scores};

/// How often batches with questions of one turn may fail before the generation does.
const MOST_FAILURES: u8 = 2;

/// A generation that was taken.
pub(super) struct Job {
    owner: Owner,
    /// `None` while a worker hands it its answers.
    generation: Option<Box<dyn Generation>>,
    reader: watch::Sender<Snapshot>,
    questions: Vec<Query>,
    answers: Vec<Option<Scores>>,
    failures: u8,
    passes: u64,
}

impl Job {
    pub(super) fn new(
        owner: Owner,
        generation: Box<dyn Generation>,
        reader: watch::Sender<Snapshot>,
    ) -> Self {
        Self {
            owner,
            generation: Some(generation),
            reader,
            questions: Vec::new(),
            answers: Vec::new(),
            failures: 0,
            passes: 0,
        }
    }

    fn is_cancelled(&self) -> bool {
        self.reader.is_closed()
    }

    fn fail(&self, reason: &str) {
        self.reader
            .send_modify(|snapshot| snapshot.outcome = Outcome::Failed(reason.to_owned()));
    }
}

/// A question on its way to a model.
pub(super) struct Taken {
    pub(super) job: u64,
    pub(super) question: usize,
    pub(super) query: Query,
}

/// A generation whose turn is answered, taken out of the state to go on without the lock.
pub(super) struct Answered {
    pub(super) job: u64,
    pub(super) generation: Box<dyn Generation>,
    pub(super) answers: Vec<Scores>,
    pub(super) passes: u64,
}

/// All generations and questions of a pool.
pub(super) struct State {
    pub(super) jobs: HashMap<u64, Job>,
    pub(super) waiting: Queue,
    /// New generations are refused.
    pub(super) refusing: bool,
    /// The workers are to end.
    pub(super) closed: bool,
    workers: usize,
    next_job: u64,
    next_worker: u64,
    /// Threads that are to be waited for when the pool ends.
    pub(super) at_work: usize,
    /// Calls of the model that have not come back, by worker.
    calls: HashMap<u64, Call>,
    /// Calls that came back with an error, or panicked.
    pub(super) failed: u64,
    /// Workers that never came back.
    pub(super) hung: u64,
}

/// A call of the model.
struct Call {
    began: Instant,
    batch: Arc<[Taken]>,
}

impl State {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            jobs: HashMap::new(),
            waiting: Queue::default(),
            refusing: false,
            closed: false,
            workers,
            next_job: 0,
            next_worker: 0,
            at_work: 0,
            calls: HashMap::new(),
            failed: 0,
            hung: 0,
        }
    }

    /// Takes a generation with the questions of its first turn.
    pub(super) fn admit(&mut self, job: Job, questions: Vec<Query>) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        self.waiting.enter(job.owner);
        self.jobs.insert(id, job);
        self.ask(id, questions);
        id
    }

    /// How many come before a generation of which nothing was answered yet; none if it waits no more.
    pub(super) fn ahead(&self, id: u64) -> Option<usize> {
        let job = self.jobs.get(&id).filter(|job| job.passes == 0)?;
        self.waiting.before(job.owner, id)
    }

    /// The same of the owner's generation that comes first; none if nothing of the owner's waits for its first answer.
    pub(super) fn ahead_of(&self, owner: Owner) -> Option<usize> {
        let of_owner = self.jobs.iter().filter(|(_, job)| job.owner == owner);
        let ahead: Option<Vec<usize>> = of_owner.map(|(&id, _)| self.ahead(id)).collect();
        ahead?.into_iter().min()
    }

    /// Puts the questions of a generation's turn into the queue.
    fn ask(&mut self, id: u64, questions: Vec<Query>) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        job.answers = vec![None; questions.len()];
        job.failures = 0;
        job.questions = questions;
        for question in 0..job.questions.len() {
            self.queue(id, question, false);
        }
    }

    fn queue(&mut self, id: u64, question: usize, alone: bool) {
        let Some(job) = self.jobs.get(&id) else {
            return;
        };
        let query = &job.questions[question];
        let cost = query.tokens.len() + query.asked.len();
        let waiting = Waiting {
            job: id,
            question,
            cost,
            alone,
        };
        self.waiting.push(job.owner, waiting);
    }

    /// Takes the questions that a worker should score next.
    pub(super) fn take(&mut self, limits: BatchLimits) -> Vec<Taken> {
        self.forget_cancelled();
        let batch = self.waiting.take(self.workers, limits);
        let taken = batch.into_iter().map(|waiting| Taken {
            job: waiting.job,
            question: waiting.question,
            query: self.jobs[&waiting.job].questions[waiting.question].clone(),
        });
        taken.collect()
    }

    /// Keeps the answer to one question. Once a turn is answered, its generation is handed out to go on.
    pub(super) fn answer(&mut self, taken: &Taken, scores: Scores) -> Option<Answered> {
        let job = self.jobs.get_mut(&taken.job)?;
        job.answers[taken.question] = Some(scores);
        job.passes += 1;
        if job.answers.iter().any(Option::is_none) {
            return None;
        }
        let answers = job.answers.drain(..).flatten().collect();
        Some(Answered {
            job: taken.job,
            generation: job.generation.take()?,
            answers,
            passes: job.passes,
        })
    }

    /// Takes a generation back with what it has to show. Without questions it is done.
    pub(super) fn go_on(
        &mut self,
        id: u64,
        generation: Box<dyn Generation>,
        snapshot: Snapshot,
        questions: Option<Vec<Query>>,
    ) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.generation = Some(generation);
            job.reader.send_replace(snapshot);
        }
        match questions {
            Some(questions) => self.ask(id, questions),
            None => self.remove(id),
        }
    }

    /// The batch of these questions failed. Each is asked once more, on its own; then its generation fails.
    pub(super) fn ask_again(&mut self, batch: &[Taken], reason: &str) {
        let concerned: HashSet<u64> = batch.iter().map(|taken| taken.job).collect();
        for id in concerned {
            let Some(job) = self.jobs.get_mut(&id) else {
                continue;
            };
            job.failures += 1;
            if job.failures >= MOST_FAILURES {
                self.fail(id, reason);
            }
        }
        for taken in batch {
            self.queue(taken.job, taken.question, true);
        }
    }

    /// Ends a generation for a reason that its reader is told.
    pub(super) fn fail(&mut self, id: u64, reason: &str) {
        if let Some(job) = self.jobs.get(&id) {
            job.fail(reason);
        }
        self.remove(id);
    }

    /// Lets go of generations that nobody listens to any more.
    pub(super) fn forget_cancelled(&mut self) {
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

    /// The number of a worker that is about to start.
    pub(super) fn new_worker(&mut self) -> u64 {
        self.at_work += 1;
        self.next_worker += 1;
        self.next_worker
    }

    /// A worker asks its model.
    pub(super) fn begin_call(&mut self, worker: u64, batch: Arc<[Taken]>) {
        let began = Instant::now();
        self.calls.insert(worker, Call { began, batch });
    }

    /// A worker has its answer. `false` if it was given up by then.
    pub(super) fn came_back(&mut self, worker: u64) -> bool {
        self.calls.remove(&worker).is_some()
    }

    /// Gives up on workers whose call takes longer than `limit`, and returns what they were asked.
    pub(super) fn give_up_on_workers(&mut self, limit: Duration) -> Vec<Arc<[Taken]>> {
        let late = |call: &Call| call.began.elapsed() > limit;
        let lost: Vec<u64> = self
            .calls
            .iter()
            .filter(|(_, call)| late(call))
            .map(|(&worker, _)| worker)
            .collect();
        self.hung += lost.len() as u64;
        self.at_work -= lost.len();
        let batches = lost.iter().filter_map(|worker| self.calls.remove(worker));
        batches.map(|call| call.batch).collect()
    }

    /// A worker could not be kept alive. Without any left, everything fails.
    pub(super) fn lose_worker(&mut self, reason: &str) {
        self.workers -= 1;
        if self.workers == 0 {
            self.close(reason);
        }
    }

    /// Fails everything, and lets no more in.
    pub(super) fn close(&mut self, reason: &str) {
        (self.refusing, self.closed) = (true, true);
        let all: Vec<u64> = self.jobs.keys().copied().collect();
        for id in all {
            self.fail(id, reason);
        }
    }
}
