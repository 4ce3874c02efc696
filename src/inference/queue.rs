//! Who is in the next batch. Pure: the same waiting questions give the same batch.

use std::collections::HashMap;

/// Whose work a generation is; fairness is between owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(pub u64);

/// A question that waits for a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// The generation that asked.
    pub(super) job: u64,
    /// Which question of its turn.
    pub(super) question: usize,
    /// Whose generation it is.
    pub(super) owner: Owner,
    /// Grows with every question that was ever queued.
    pub(super) arrived: u64,
    /// What the question costs, in tokens: its length and one for every asked position, since the projection onto the
    /// vocabulary costs about as much as the encoder does for one token.
    pub(super) cost: usize,
    /// Whether it must not share a batch, because a batch with it failed.
    pub(super) alone: bool,
}

/// How large a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// At most so many sequences. More than 16 gain nothing on a CPU.
    pub rows: usize,
    /// At most so many tokens, asked positions counted; one question is always taken.
    pub tokens: usize,
}

/// Indices into `waiting` of the questions to score next, none if none wait.
///
/// First comes the owner who was served least (in tokens, `served`), and of his questions the oldest, and so on until
/// the batch is full. A worker takes no more than its share of what waits, so that the others do not stand idle.
pub(super) fn next_batch(
    waiting: &[Waiting],
    served: &HashMap<Owner, u64>,
    workers: usize,
    limits: BatchLimits,
) -> Vec<usize> {
    let share = waiting
        .len()
        .div_ceil(workers.max(1))
        .min(limits.rows)
        .max(1);
    let mut taken: HashMap<Owner, u64> = HashMap::new();
    let mut batch: Vec<usize> = Vec::with_capacity(share);
    let mut tokens = 0;
    while batch.len() < share {
        let first = batch.first().map(|&first: &usize| &waiting[first]);
        let fits = |question: &Waiting| {
            first.is_none_or(|first| {
                !question.alone && !first.alone && tokens + question.cost <= limits.tokens
            })
        };
        let turn = |question: &Waiting| {
            let had =
                |tokens: &HashMap<Owner, u64>| tokens.get(&question.owner).copied().unwrap_or(0);
            (
                served.get(&question.owner).copied().unwrap_or(0) + had(&taken),
                question.arrived,
            )
        };
        let free =
            (0..waiting.len()).filter(|index| !batch.contains(index) && fits(&waiting[*index]));
        let Some(next) = free.min_by_key(|&index| turn(&waiting[index])) else {
            break;
        };
        tokens += waiting[next].cost;
        *taken.entry(waiting[next].owner).or_default() += waiting[next].cost as u64;
        batch.push(next);
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: BatchLimits = BatchLimits {
        rows: 4,
        tokens: 1000,
    };

    fn question(arrived: u64, owner: u64, length: usize) -> Waiting {
        Waiting {
            job: arrived,
            question: 0,
            owner: Owner(owner),
            arrived,
            cost: length + 1,
            alone: false,
        }
    }

    fn batch(waiting: &[Waiting], served: &[(u64, u64)], workers: usize) -> Vec<usize> {
        next_batch(
            waiting,
            &served
                .iter()
                .map(|&(owner, tokens)| (Owner(owner), tokens))
                .collect(),
            workers,
            LIMITS,
        )
    }

    #[test]
    fn nobody_waiting_makes_no_batch() {
        assert!(batch(&[], &[], 2).is_empty());
    }

    #[test]
    fn a_worker_leaves_the_others_their_share() {
        let waiting: Vec<_> = (0..6).map(|n| question(n, n, 16)).collect();
        assert_eq!(batch(&waiting, &[], 2).len(), 3);
        assert_eq!(batch(&waiting, &[], 1).len(), LIMITS.rows);
    }

    #[test]
    fn who_was_served_least_comes_first_even_if_others_came_before() {
        let waiting = [question(1, 1, 16), question(2, 1, 16), question(3, 2, 32)];
        assert_eq!(batch(&waiting, &[(1, 500), (2, 100)], 1), [2, 0, 1]);
    }

    #[test]
    fn one_owner_with_many_questions_does_not_push_the_others_out() {
        let mut waiting: Vec<_> = (0..50).map(|n| question(n, 1, 16)).collect();
        waiting.extend([question(50, 2, 16), question(51, 3, 16)]);
        assert_eq!(batch(&waiting, &[], 1), [0, 50, 51, 1]);
    }

    #[test]
    fn tokens_are_limited_but_one_question_is_always_taken() {
        let waiting = [
            question(1, 1, 600),
            question(2, 2, 600),
            question(3, 3, 600),
        ];
        assert_eq!(batch(&waiting, &[], 1), [0]);
        assert_eq!(batch(&[question(1, 1, 5000)], &[], 1), [0]);
    }

    #[test]
    fn a_question_that_broke_a_batch_goes_alone() {
        let mut waiting = [question(1, 1, 16), question(2, 2, 16), question(3, 3, 16)];
        waiting[1].alone = true;
        assert_eq!(batch(&waiting, &[], 1), [0, 2]);
        waiting[0].alone = true;
        assert_eq!(batch(&waiting, &[], 1), [0]);
    }

    proptest! {
        #[test]
        fn a_batch_keeps_all_limits(owners in prop::collection::vec((0u64..5, 1usize..6, 1usize..40), 1..60), workers in 1usize..4) {
            let waiting: Vec<_> = (0..).zip(&owners).map(|(n, &(owner, length, asked))| Waiting {
                cost: length * 8 + asked, ..question(n, owner, length * 8)
            }).collect();
            let picked = batch(&waiting, &[(1, 300)], workers);
            let unique: std::collections::HashSet<_> = picked.iter().collect();
            prop_assert!(!picked.is_empty() && unique.len() == picked.len());
            prop_assert!(picked.len() <= LIMITS.rows.min(waiting.len().div_ceil(workers)));
            prop_assert!(picked.len() == 1 || picked.iter().map(|&i| waiting[i].cost).sum::<usize>() <= LIMITS.tokens);
        }
    }
}
