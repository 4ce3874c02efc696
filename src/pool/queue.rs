//! The queue of pending queries: fair between owners. Pure: the same queries in the same order give the same batches.

use std::collections::{BTreeSet, HashMap, VecDeque};

/// The user that a job belongs to. Owners get equal shares of the workers (fair queueing by tokens served).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(pub u64);

/// A query that waits for a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    /// The job.
    pub(super) job: u64,
    /// Index among the queries of the job's turn.
    pub(super) question: usize,
    /// Cost in tokens: the length, and one for every queried position, because the projection onto the vocabulary costs about
    /// as much as the encoder does for one token.
    pub(super) cost: usize,
    /// How it is batched.
    pub(super) batching: Batching,
}

/// How a query is batched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Batching {
    /// With other queries.
    Shared,
    /// In a batch of its own, because a batch with it failed.
    Alone,
}

/// Maximum size of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Maximum number of sequences. More than 16 gain nothing on a CPU.
    pub rows: usize,
    /// Maximum cost in tokens, queried positions included; a single query may exceed it.
    pub tokens: usize,
}

/// The queries of all owners. The owner that was served least is next; every operation takes O(log owners).
#[derive(Debug, Default)]
pub(super) struct Queue {
    owners: HashMap<Owner, Account>,
    /// Owners with waiting queries, by tokens served and then by arrival of the first query.
    turns: BTreeSet<(u64, u64, Owner)>,
    arrivals: u64,
    length: usize,
}

/// Tokens served and waiting queries of an owner.
#[derive(Debug, Default)]
struct Account {
    /// In tokens.
    served: u64,
    /// Each with its arrival number.
    waiting: VecDeque<(u64, Waiting)>,
}

impl Account {
    fn turn(&self, owner: Owner) -> Option<(u64, u64, Owner)> {
        let (arrived, _) = self.waiting.front()?;
        Some((self.served, *arrived, owner))
    }
}

impl Queue {
    /// Number of waiting queries.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Number of owners and own jobs served before `job`; `None` if none of its queries waits.
    pub(super) fn before(&self, owner: Owner, job: u64) -> Option<usize> {
        let account = self.owners.get(&owner)?;
        let mut own: Vec<u64> = Vec::new();
        for (_, question) in &account.waiting {
            if question.job == job {
                let others = self.turns.range(..account.turn(owner)?).count();
                return Some(others + own.len());
            }
            if own.last() != Some(&question.job) {
                own.push(question.job);
            }
        }
        None
    }

    /// Opens an account. A new owner starts at the least number of tokens served, so that it gets no credit for the time
    /// before.
    pub(super) fn enter(&mut self, owner: Owner) {
        let least = self.owners.values().map(|account| account.served).min();
        self.owners.entry(owner).or_insert_with(|| Account {
            served: least.unwrap_or(0),
            waiting: VecDeque::new(),
        });
    }

    /// Closes an account and drops its queries.
    pub(super) fn leave(&mut self, owner: Owner) {
        if let Some(account) = self.owners.remove(&owner) {
            self.length -= account.waiting.len();
            if let Some(turn) = account.turn(owner) {
                self.turns.remove(&turn);
            }
        }
    }

    /// Appends a query to the account of its owner, which must be open.
    pub(super) fn push(&mut self, owner: Owner, question: Waiting) {
        let arrived = self.arrivals;
        self.arrivals += 1;
        self.length += 1;
        self.change(owner, |account| {
            account.waiting.push_back((arrived, question));
        });
    }

    /// Drops the queries of one job.
    pub(super) fn forget(&mut self, owner: Owner, job: u64) {
        let before = self
            .owners
            .get(&owner)
            .map_or(0, |account| account.waiting.len());
        self.change(owner, |account| {
            account.waiting.retain(|(_, question)| question.job != job);
        });
        let after = self
            .owners
            .get(&owner)
            .map_or(0, |account| account.waiting.len());
        self.length -= before - after;
    }

    /// Takes the next batch; empty if no query waits.
    ///
    /// The oldest query of the owner that was served least comes first, and so on until the batch is full or the next query
    /// does not fit. A batch is at most one worker's share of the waiting queries, so that the other workers do not idle.
    pub(super) fn take(&mut self, workers: usize, limits: BatchLimits) -> Vec<Waiting> {
        let share = self.length.div_ceil(workers.max(1)).min(limits.rows).max(1);
        let mut batch: Vec<Waiting> = Vec::with_capacity(share);
        let mut tokens = 0;
        while batch.len() < share {
            let Some(&(_, _, owner)) = self.turns.first() else {
                break;
            };
            let Some(&(_, next)) = self
                .owners
                .get(&owner)
                .and_then(|account| account.waiting.front())
            else {
                break;
            };
            let fits = next.batching == Batching::Shared && tokens + next.cost <= limits.tokens;
            if !batch.is_empty() && (!fits || batch[0].batching == Batching::Alone) {
                break;
            }
            self.change(owner, |account| {
                account.waiting.pop_front();
                account.served += next.cost as u64;
            });
            self.length -= 1;
            tokens += next.cost;
            batch.push(next);
        }
        batch
    }

    /// Changes an account and updates the order of the owners.
    fn change(&mut self, owner: Owner, change: impl FnOnce(&mut Account)) {
        let Some(account) = self.owners.get_mut(&owner) else {
            return;
        };
        if let Some(turn) = account.turn(owner) {
            self.turns.remove(&turn);
        }
        change(account);
        if let Some(turn) = account.turn(owner) {
            self.turns.insert(turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: BatchLimits = BatchLimits {
        rows: 4,
        tokens: 1000,
    };

    fn question(job: u64, length: usize) -> Waiting {
        Waiting {
            job,
            question: 0,
            cost: length + 1,
            batching: Batching::Shared,
        }
    }

    /// A queue with one query for each owner and length, as jobs numbered from 0.
    fn queue(questions: &[(u64, usize)]) -> Queue {
        let mut queue = Queue::default();
        for (n, &(owner, length)) in (0..).zip(questions) {
            queue.enter(Owner(owner));
            queue.push(Owner(owner), question(n, length));
        }
        queue
    }

    fn take(queue: &mut Queue, workers: usize) -> Vec<u64> {
        let batch = queue.take(workers, LIMITS);
        batch.iter().map(|question| question.job).collect()
    }

    #[test]
    fn nobody_waiting_makes_no_batch() {
        assert!(take(&mut Queue::default(), 2).is_empty());
    }

    #[test]
    fn a_worker_leaves_the_others_their_share() {
        let six: Vec<_> = (0..6).map(|owner| (owner, 16)).collect();
        assert_eq!(take(&mut queue(&six), 2).len(), 3);
        assert_eq!(take(&mut queue(&six), 1).len(), LIMITS.rows);
    }

    #[test]
    fn who_was_served_least_comes_first_even_if_others_came_before() {
        let mut queue = queue(&[(1, 500), (2, 100)]);
        assert_eq!(take(&mut queue, 1), [0, 1]);
        for (job, owner) in [(2, 1), (3, 1), (4, 2)] {
            queue.push(Owner(owner), question(job, 16));
        }
        assert_eq!(take(&mut queue, 1), [4, 2, 3]);
    }

    #[test]
    fn a_newcomer_starts_level_with_whoever_was_served_least() {
        let mut queue = queue(&[(1, 300), (2, 100)]);
        take(&mut queue, 1);
        queue.enter(Owner(3));
        for (job, owner) in [(2, 3), (3, 2), (4, 3), (5, 2)] {
            queue.push(Owner(owner), question(job, 16));
        }
        assert_eq!(take(&mut queue, 1), [2, 3, 4, 5]);
    }

    #[test]
    fn one_owner_with_many_questions_does_not_push_the_others_out() {
        let many: Vec<_> = (0..50).map(|_| (1, 16)).chain([(2, 16), (3, 16)]).collect();
        assert_eq!(take(&mut queue(&many), 1), [0, 50, 51, 1]);
    }

    #[test]
    fn tokens_are_limited_but_one_question_is_always_taken() {
        assert_eq!(take(&mut queue(&[(1, 600), (2, 600), (3, 600)]), 1), [0]);
        assert_eq!(take(&mut queue(&[(1, 5000)]), 1), [0]);
    }

    #[test]
    fn a_question_that_broke_a_batch_goes_alone() {
        let mut queue = Queue::default();
        queue.enter(Owner(1));
        for job in 0..4 {
            let mut question = question(job, 16);
            if job == 1 {
                question.batching = Batching::Alone;
            }
            queue.push(Owner(1), question);
        }
        let batches: Vec<_> = (0..3).map(|_| take(&mut queue, 1)).collect();
        assert_eq!(batches, [vec![0], vec![1], vec![2, 3]]);
    }

    #[test]
    fn what_is_forgotten_is_not_taken() {
        let mut queue = queue(&[(1, 16), (2, 16), (1, 16), (3, 16)]);
        queue.forget(Owner(1), 0);
        queue.leave(Owner(3));
        assert_eq!((queue.len(), take(&mut queue, 1)), (2, vec![1, 2]));
        assert_eq!((queue.len(), take(&mut queue, 1)), (0, vec![]));
    }

    #[test]
    fn a_place_in_the_queue_counts_who_is_served_before() {
        let mut queue = queue(&[(1, 16), (2, 16), (1, 16), (1, 16), (3, 16)]);
        let places = |queue: &Queue| {
            let jobs = [(1, 0), (2, 1), (1, 2), (1, 3), (3, 4)];
            jobs.map(|(owner, job)| queue.before(Owner(owner), job))
        };
        assert_eq!(
            places(&queue),
            [Some(0), Some(1), Some(1), Some(2), Some(2)]
        );
        assert_eq!(take(&mut queue, 2), [0, 1, 4]);
        assert_eq!(places(&queue), [None, None, Some(0), Some(1), None]);
        assert_eq!(queue.before(Owner(9), 9), None);
    }

    proptest! {
        #[test]
        fn every_question_is_taken_once_and_every_batch_keeps_the_limits(
            questions in prop::collection::vec((0u64..5, 1usize..400), 1..60), workers in 1usize..4,
        ) {
            let mut queue = queue(&questions);
            let mut seen = Vec::new();
            while queue.len() > 0 {
                let share = LIMITS.rows.min(queue.len().div_ceil(workers));
                let batch = queue.take(workers, LIMITS);
                prop_assert!(!batch.is_empty() && batch.len() <= share);
                prop_assert!(batch.len() == 1 || batch.iter().map(|question| question.cost).sum::<usize>() <= LIMITS.tokens);
                seen.extend(batch.iter().map(|question| question.job));
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..questions.len() as u64).collect::<Vec<_>>());
        }
    }
}
