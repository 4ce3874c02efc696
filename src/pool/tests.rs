//! How the pool behaves, with scripted models.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use super::*;
use generation::strategy::{self, Strategy};
use generation::testing::{ids, params_for, row, token_table};
use generation::{Query, Scores, Segment};
use model::{ModelError, ScriptedModel};

const LIMITS: PoolLimits = PoolLimits {
    workers: 2,
    generations: 100,
    batch: BatchLimits {
        rows: 16,
        tokens: 1024,
    },
    call: Duration::from_mins(1),
    recovery: RecoveryLimits {
        restarts: 4,
        window: Duration::from_mins(10),
        load_attempts: 3,
        first_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
    },
};

fn pool(
    limits: PoolLimits,
    rule: impl Fn(&Query) -> Result<Scores, ModelError> + Send + Sync + 'static,
) -> Pool {
    let rule = Arc::new(rule);
    let load = move || {
        let rule = Arc::clone(&rule);
        Ok(Box::new(ScriptedModel::new(move |query: &Query| rule(query))) as Box<dyn MaskedModel>)
    };
    Pool::start(Box::new(load), limits).unwrap()
}

/// Answers by the words around, so that a text depends on its own history.
#[expect(clippy::unnecessary_wraps, reason = "as a model's rule is")]
fn by_neighbours(query: &Query) -> Result<Scores, ModelError> {
    const ORDERS: [&str; 4] = [
        "cat dog bird fish . the and",
        "fish the cat . bird and dog",
        "bird and fish dog the . cat",
        "the bird . and dog cat fish",
    ];
    let sum: u32 = query.tokens.iter().map(|token| token.0).sum();
    Ok(Scores {
        rows: query
            .asked
            .iter()
            .map(|&place| row(ORDERS[(sum as usize + place) % 4]))
            .collect(),
    })
}

fn generation(strategy: &dyn Strategy, seed: u32, words: usize) -> Box<dyn Generation> {
    let draft = Draft::new(
        token_table(),
        &[Segment::Given(ids("the cat and")), Segment::Region(words)],
    );
    strategy::begin(
        strategy,
        draft,
        &params_for(strategy, options(strategy), seed),
    )
}

/// One question a turn, where a strategy can do that.
fn options(strategy: &dyn Strategy) -> &'static str {
    if strategy.name() == "lookahead" {
        "tries=1"
    } else {
        ""
    }
}

fn lookahead(seed: u32, words: usize) -> Box<dyn Generation> {
    generation(strategy::ALL[0], seed, words)
}

fn tokens(snapshot: &Snapshot) -> Vec<u32> {
    snapshot
        .draft
        .positions()
        .iter()
        .map(|slot| slot.token.0)
        .collect()
}

#[tokio::test]
async fn a_text_is_the_same_alone_and_among_a_hundred() {
    let crowd = pool(
        PoolLimits {
            generations: 1000,
            ..LIMITS
        },
        by_neighbours,
    );
    let taken: Vec<_> = (0..100)
        .map(|n| {
            let strategy = strategy::ALL[n as usize % strategy::ALL.len()];
            (
                n,
                strategy,
                crowd
                    .submit(
                        Owner(u64::from(n % 7)),
                        generation(strategy, n, 5 + n as usize % 20),
                    )
                    .unwrap(),
            )
        })
        .collect();
    for (n, strategy, mut running) in taken {
        let alone = pool(
            PoolLimits {
                workers: 1,
                ..LIMITS
            },
            by_neighbours,
        );
        let mut lonely = alone
            .submit(Owner(1), generation(strategy, n, 5 + n as usize % 20))
            .unwrap();
        assert_eq!(
            tokens(&running.finished().await),
            tokens(&lonely.finished().await),
            "{} {n}",
            strategy.name()
        );
    }
    assert_eq!(
        crowd.status(),
        PoolStatus {
            generations: 0,
            waiting: 0,
            failed: 0,
            hung: 0
        }
    );
}

#[tokio::test]
async fn drafts_arrive_while_they_grow() {
    let gate = Arc::new((Mutex::new(0), Condvar::new()));
    let steps = Arc::clone(&gate);
    let pool = pool(LIMITS, move |query| {
        let (allowed, changed) = &*steps;
        let mut allowed = changed
            .wait_while(allowed.lock().unwrap(), |allowed| *allowed == 0)
            .unwrap();
        *allowed -= 1;
        by_neighbours(query)
    });
    let mut running = pool.submit(Owner(1), lookahead(1, 3)).unwrap();
    assert_eq!(running.snapshot().draft.open().len(), 3);
    for open in [2, 1, 0] {
        *gate.0.lock().unwrap() += 1;
        gate.1.notify_all();
        assert!(running.changed().await);
        assert_eq!(running.snapshot().draft.open().len(), open);
    }
    assert_eq!(running.finished().await.outcome, Outcome::Done);
    assert_eq!(running.snapshot().passes, 3);
}

#[tokio::test]
async fn a_full_pool_refuses_at_once() {
    let (entered, release) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (inside, outside) = (Arc::clone(&entered), Arc::clone(&release));
    let first = AtomicBool::new(true);
    let limits = PoolLimits {
        workers: 1,
        generations: 2,
        ..LIMITS
    };
    let pool = pool(limits, move |query| {
        if first.swap(false, Ordering::SeqCst) {
            inside.wait();
            outside.wait();
        }
        by_neighbours(query)
    });
    let _one = pool.submit(Owner(1), lookahead(1, 3)).unwrap();
    entered.wait();
    let two = pool.submit(Owner(2), lookahead(2, 3)).unwrap();
    assert_eq!(
        pool.submit(Owner(3), lookahead(3, 3)).unwrap_err(),
        SubmitError::Full(2)
    );
    drop(two);
    let three = pool.submit(Owner(3), lookahead(3, 3));
    assert!(three.is_ok(), "a cancelled generation makes room");
    release.wait();
}

#[tokio::test]
async fn when_a_worker_is_lost_the_others_take_over_at_once() {
    let (calls, loads) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let load = move || {
        if loads.fetch_add(1, Ordering::SeqCst) >= LIMITS.workers {
            return Err(ModelError::Run("out of memory".to_owned()));
        }
        let calls = Arc::clone(&calls);
        Ok(Box::new(ScriptedModel::new(move |query: &Query| {
            if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                return Err(ModelError::Run("a bad moment".to_owned()));
            }
            by_neighbours(query)
        })) as Box<dyn MaskedModel>)
    };
    let pool = Pool::start(Box::new(load), LIMITS).unwrap();
    let mut running = pool.submit(Owner(1), lookahead(1, 10)).unwrap();
    let finished = tokio::time::timeout(Duration::from_secs(30), running.finished()).await;
    assert_eq!(finished.expect("nobody took over").outcome, Outcome::Done);
}

#[tokio::test]
async fn dropping_the_reader_cancels() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (entered, gone) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (count, inside, hold) = (Arc::clone(&asked), Arc::clone(&entered), Arc::clone(&gone));
    let one_worker = PoolLimits {
        workers: 1,
        ..LIMITS
    };
    let pool = pool(one_worker, move |query| {
        if count.fetch_add(1, Ordering::SeqCst) == 1 {
            inside.wait();
            hold.wait();
        }
        by_neighbours(query)
    });
    let running = pool.submit(Owner(1), lookahead(1, 100)).unwrap();
    entered.wait();
    drop(running);
    gone.wait();
    // The next generation runs through the same queue, which lets go of the other one first.
    pool.submit(Owner(1), lookahead(2, 5))
        .unwrap()
        .finished()
        .await;
    assert_eq!(asked.load(Ordering::SeqCst), 2 + 5);
}

#[tokio::test]
async fn a_model_that_fails_once_is_replaced_and_the_text_is_the_same() {
    let reference = pool(LIMITS, by_neighbours)
        .submit(Owner(1), lookahead(1, 10))
        .unwrap()
        .finished()
        .await;
    for panics in [true, false] {
        let calls = AtomicUsize::new(0);
        let pool = pool(LIMITS, move |query| {
            match calls.fetch_add(1, Ordering::SeqCst) {
                4 if panics => panic!("on purpose"),
                4 => Err(ModelError::Run("on purpose".into())),
                _ => by_neighbours(query),
            }
        });
        let finished = pool
            .submit(Owner(1), lookahead(1, 10))
            .unwrap()
            .finished()
            .await;
        assert_eq!(
            (finished.outcome.clone(), tokens(&finished)),
            (Outcome::Done, tokens(&reference))
        );
    }
}

#[tokio::test]
async fn a_question_that_kills_every_model_fails_alone() {
    let poison = ids("dog")[0];
    let pool = pool(LIMITS, move |query| {
        if query.tokens[1] == poison {
            panic!("on purpose")
        } else {
            by_neighbours(query)
        }
    });
    let bad = Draft::new(
        token_table(),
        &[Segment::Given(ids("dog and the")), Segment::Region(4)],
    );
    let mut bad = pool
        .submit(
            Owner(1),
            strategy::begin(
                strategy::ALL[0],
                bad,
                &params_for(strategy::ALL[0], "tries=1", 1),
            ),
        )
        .unwrap();
    let others: Vec<_> = (0..20)
        .map(|n| pool.submit(Owner(2 + n), lookahead(1, 4)).unwrap())
        .collect();
    assert!(
        matches!(bad.finished().await.outcome, Outcome::Failed(reason) if reason.contains("failed twice"))
    );
    for mut other in others {
        assert_eq!(other.finished().await.outcome, Outcome::Done);
    }
}

#[tokio::test]
async fn when_no_model_can_be_loaded_any_more_everything_ends_with_a_reason() {
    let loads = Arc::new(AtomicUsize::new(0));
    let load = move || match loads.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(Box::new(ScriptedModel::new(|_: &Query| {
            Err(ModelError::Run("on purpose".into()))
        })) as Box<dyn MaskedModel>),
        _ => Err(ModelError::Run("gone".into())),
    };
    let pool = Pool::start(
        Box::new(load),
        PoolLimits {
            workers: 1,
            ..LIMITS
        },
    )
    .unwrap();
    let mut running = pool.submit(Owner(1), lookahead(1, 4)).unwrap();
    assert!(
        matches!(running.finished().await.outcome, Outcome::Failed(reason) if reason.contains("cannot be loaded"))
    );
    let failure = pool.health().failed().await;
    assert!(
        failure.to_string().contains("cannot be loaded"),
        "{failure}"
    );
    assert_eq!(
        pool.submit(Owner(1), lookahead(1, 4)).unwrap_err(),
        SubmitError::Stopping
    );
}

#[tokio::test]
async fn stopping_tells_those_who_wait() {
    let pool = pool(LIMITS, by_neighbours);
    let mut running: Vec<_> = (0..50)
        .map(|n| pool.submit(Owner(n), lookahead(1, 100)).unwrap())
        .collect();
    pool.refuse_more();
    assert_eq!(
        pool.submit(Owner(9), lookahead(1, 4)).unwrap_err(),
        SubmitError::Stopping
    );
    drop(pool);
    for running in &mut running {
        assert_ne!(running.finished().await.outcome, Outcome::Running);
    }
}

#[tokio::test]
async fn plain_questions_are_answered_through_the_same_queue() {
    let pool = pool(LIMITS, by_neighbours);
    let draft = Draft::new(
        token_table(),
        &[Segment::Given(ids("the")), Segment::Blank(1)],
    );
    let question = draft.query(&[1], generation::Want::Top(3));
    let answers = pool
        .ask(
            Owner(1),
            draft.clone(),
            vec![question.clone(), question.clone()],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answers, vec![by_neighbours(&question).unwrap(); 2]);
    pool.refuse_more();
    assert_eq!(
        pool.ask(Owner(1), draft, vec![question]).await,
        Err(SubmitError::Stopping)
    );
}

#[tokio::test]
async fn a_call_that_hangs_ends_its_text_and_nobody_elses() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let pool = pool(
        PoolLimits {
            workers: 1,
            // Long beside a scripted call, even on a busy machine.
            call: Duration::from_secs(2),
            ..LIMITS
        },
        move |query| {
            if query.tokens.contains(&ids("mr")[0]) {
                // Until the test is over.
                let _ = held.lock().unwrap().recv();
            }
            by_neighbours(query)
        },
    );
    let stuck = Draft::new(
        token_table(),
        &[Segment::Given(ids("mr")), Segment::Region(3)],
    );
    let strategy = strategy::ALL[0];
    let stuck = strategy::begin(strategy, stuck, &params_for(strategy, "tries=1", 1));
    let mut stuck = pool.submit(Owner(1), stuck).unwrap();
    let mut others: Vec<_> = (0..5)
        .map(|n| pool.submit(Owner(2 + n), lookahead(1, 6)).unwrap())
        .collect();
    for other in &mut others {
        assert_eq!(other.finished().await.outcome, Outcome::Done);
    }
    let Outcome::Failed(reason) = stuck.finished().await.outcome else {
        panic!("it cannot be finished");
    };
    assert!(reason.contains("did not answer in time"), "{reason}");
    assert_eq!(pool.status().hung, 2, "asked once more, alone");
    let mut after = pool.submit(Owner(1), lookahead(2, 6)).unwrap();
    assert_eq!(after.finished().await.outcome, Outcome::Done);
    drop(release);
}

#[tokio::test]
async fn a_pool_whose_model_hangs_can_still_be_closed() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let limits = PoolLimits {
        workers: 1,
        call: Duration::from_millis(300),
        ..LIMITS
    };
    let pool = pool(limits, move |query| {
        let _ = held.lock().unwrap().recv();
        by_neighbours(query)
    });
    let mut stuck = pool.submit(Owner(1), lookahead(1, 6)).unwrap();
    drop(pool);
    assert!(matches!(stuck.finished().await.outcome, Outcome::Failed(_)));
    drop(release);
}

#[tokio::test]
async fn five_hundred_texts_of_one_person_make_another_wait_for_half_of_the_time_only() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    let limits = PoolLimits {
        workers: 1,
        generations: 600,
        batch: BatchLimits {
            rows: 1,
            tokens: 64,
        },
        ..LIMITS
    };
    let pool = pool(limits, move |query| {
        let hers = query.tokens.contains(&ids("mr")[0]);
        let cost = query.tokens.len() + query.asked.len();
        seen.lock().unwrap().push((hers, cost));
        by_neighbours(query)
    });
    let his: Vec<_> = (0..500)
        .map(|n| pool.submit(Owner(1), lookahead(n, 20)).unwrap())
        .collect();
    let draft = Draft::new(
        token_table(),
        &[Segment::Given(ids("mr cat and")), Segment::Region(20)],
    );
    let strategy = strategy::ALL[0];
    let hers = strategy::begin(strategy, draft, &params_for(strategy, "tries=1", 1));
    let mut hers = pool.submit(Owner(2), hers).unwrap();
    hers.finished().await;
    let calls = calls.lock().unwrap().clone();
    let first = calls.iter().position(|&(hers, _)| hers).unwrap();
    let last = calls.iter().rposition(|&(hers, _)| hers).unwrap();
    let work = |whose: bool| -> usize {
        let between = calls[first..=last].iter();
        between
            .filter(|(hers, _)| *hers == whose)
            .map(|(_, cost)| cost)
            .sum()
    };
    let most = calls.iter().map(|(_, cost)| cost).max().unwrap();
    let [his_work, her_work] = [false, true].map(work);
    assert!(
        his_work <= her_work + 2 * most,
        "{his_work} against {her_work}"
    );
    drop(his);
}

#[tokio::test]
async fn ten_thousand_texts_at_once_take_the_room_of_those_that_are_taken() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let pool = pool(LIMITS, move |query| {
        let _ = held.lock().unwrap().recv();
        by_neighbours(query)
    });
    let taken: Vec<_> = (0..10_000)
        .filter_map(|n| pool.submit(Owner(n), lookahead(1, 5)).ok())
        .collect();
    assert_eq!(taken.len(), LIMITS.generations);
    let load = pool.status();
    assert!(
        load.generations <= LIMITS.generations && load.waiting <= LIMITS.generations,
        "{load:?}"
    );
    drop(release);
}

/// A model that answers `answers` calls by its neighbours, and whose further calls hang until `held` is closed.
fn hanging_after(
    answers: usize,
    held: std::sync::mpsc::Receiver<()>,
) -> impl Fn(&Query) -> Result<Scores, ModelError> + Send + Sync {
    let (calls, held) = (AtomicUsize::new(0), Mutex::new(held));
    move |query| {
        if calls.fetch_add(1, Ordering::SeqCst) >= answers {
            // Every hung call returns once the sender is dropped.
            let _ = held.lock().unwrap().recv();
        }
        by_neighbours(query)
    }
}

#[tokio::test]
async fn a_pool_whose_model_hangs_more_often_than_it_may_be_replaced_fails_with_a_reason() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let limits = PoolLimits {
        workers: 1,
        call: Duration::from_millis(20),
        recovery: RecoveryLimits {
            restarts: 1,
            ..LIMITS.recovery
        },
        ..LIMITS
    };
    let pool = pool(limits, hanging_after(0, held));
    let mut health = pool.health();
    assert_eq!(health.check(), Ok(()));
    let mut jobs: Vec<_> = (0..3)
        .map(|n| pool.submit(Owner(n), lookahead(1, 4)).unwrap())
        .collect();
    let failure = health.failed().await;
    assert!(
        failure.to_string().contains("hangs again and again"),
        "{failure}"
    );
    assert_eq!(health.check(), Err(failure));
    for job in &mut jobs {
        assert!(matches!(job.finished().await.outcome, Outcome::Failed(_)));
    }
    assert_eq!(
        pool.submit(Owner(9), lookahead(1, 4)).unwrap_err(),
        SubmitError::Stopping
    );
    drop(release);
}

#[tokio::test]
async fn a_worker_that_could_load_no_model_is_started_again_while_others_work() {
    let loads = Arc::new(AtomicUsize::new(0));
    let (counted, calls) = (Arc::clone(&loads), Arc::new(AtomicUsize::new(0)));
    let (loaded, reloads) = std::sync::mpsc::channel();
    let attempts = LIMITS.recovery.load_attempts as usize;
    let load = move || {
        // One worker loses its model and then exhausts all its attempts.
        let load = counted.fetch_add(1, Ordering::SeqCst);
        if (LIMITS.workers..LIMITS.workers + attempts).contains(&load) {
            return Err(ModelError::Run("out of memory".to_owned()));
        }
        let _ = loaded.send(load);
        let calls = Arc::clone(&calls);
        Ok(Box::new(ScriptedModel::new(move |query: &Query| {
            if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                return Err(ModelError::Run("a bad moment".to_owned()));
            }
            by_neighbours(query)
        })) as Box<dyn MaskedModel>)
    };
    let pool = Pool::start(Box::new(load), LIMITS).unwrap();
    let mut job = pool.submit(Owner(1), lookahead(1, 10)).unwrap();
    assert_eq!(job.finished().await.outcome, Outcome::Done);
    let all = tokio::task::spawn_blocking(move || reloads.iter().take(3).collect::<Vec<_>>());
    assert_eq!(all.await.unwrap(), [0, 1, LIMITS.workers + attempts]);
    assert_eq!(pool.health().check(), Ok(()));
}
