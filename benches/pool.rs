//! The pool against the bare model: `cargo bench --bench pool -- [SECONDS]`.
//!
//! Steps a second with 1 to 256 generations of one length at once, each asking one position a turn, on all cores; beside
//! it the time that the workers spend inside the model. The rest is queue, sampling and bookkeeping. Prints a table, and
//! writes one JSON object a line to target/bench/pool.jsonl.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::format_push_string,
    reason = "a program that prints figures"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use generation::{Draft, Generation, Progress, Query, Scores, Segment, TokenId, Turn, Want};
use model::{Card, MaskedModel, ModelError, OnnxModel, Precision, Runtime, Vocabulary};
use mouthpiece::config::{Config, library, telemetry_disabled};
use mouthpiece::pool::{Owner, Pool, PoolLimits};
use serde_json::json;

/// A generation that asks the same question until it is dropped.
struct Endless {
    draft: Draft,
    question: Query,
}

impl Generation for Endless {
    fn ask(&mut self) -> Turn {
        Turn::Ask(vec![self.question.clone()])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        // As a sampler would, the next question depends on the answer.
        let best = scores[0].rows[0].guesses[0].token;
        let last = self.question.tokens.len() - 2;
        self.question.tokens[last - 1] = TokenId(1000 + best.0 % 20_000);
    }

    fn draft(&self) -> &Draft {
        &self.draft
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }
}

/// A model that adds up how long it was at work, and how much it did.
struct Timed {
    model: OnnxModel,
    sums: Arc<Sums>,
}

#[derive(Default)]
struct Sums {
    nanoseconds: AtomicU64,
    rows: AtomicU64,
    calls: AtomicU64,
}

impl MaskedModel for Timed {
    fn score(&mut self, batch: &[Query]) -> Result<Vec<Scores>, ModelError> {
        let begun = Instant::now();
        let scores = self.model.score(batch);
        let spent = u64::try_from(begun.elapsed().as_nanos()).expect("less than centuries");
        self.sums.nanoseconds.fetch_add(spent, Ordering::Relaxed);
        self.sums
            .rows
            .fetch_add(batch.len() as u64, Ordering::Relaxed);
        self.sums.calls.fetch_add(1, Ordering::Relaxed);
        scores
    }
}

fn main() {
    let seconds = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(3.0);
    let config = Config::load(None).expect("the defaults");
    let runtime = Runtime::load(&library(None), telemetry_disabled().expect("run by cargo"))
        .expect("the library; run make library");
    let card = Card::read(Path::new("models/mouthpiece-mini")).expect("the model");
    let vocabulary = Vocabulary::load(&card).expect("the tokenizer");
    let mut lines = String::new();
    println!("length  generations  steps/s  rows a call  of the time in the model");
    for length in [32, 64, 128] {
        for generations in [1, 8, 64, 256] {
            let sums = Arc::new(Sums::default());
            let (counted, runtime, card) = (Arc::clone(&sums), runtime.clone(), card.clone());
            let load = move || {
                let model = OnnxModel::load(&runtime, &card, Precision::Int8, 1)?;
                Ok(Box::new(Timed {
                    model,
                    sums: Arc::clone(&counted),
                }) as Box<dyn MaskedModel>)
            };
            let limits = PoolLimits {
                generations: 1000,
                ..config.pool
            };
            let pool = Pool::start(Box::new(load), limits).expect("a pool");
            let running: Vec<_> = (0..generations)
                .map(|n| {
                    pool.submit(Owner(n), Box::new(endless(&vocabulary, length, n)))
                        .expect("room")
                })
                .collect();
            std::thread::sleep(Duration::from_secs_f64(seconds / 4.0));
            let before = counts(&sums);
            let begun = Instant::now();
            std::thread::sleep(Duration::from_secs_f64(seconds));
            let spent = begun.elapsed().as_secs_f64();
            let after = counts(&sums);
            drop((running, pool));
            let [time, rows, calls] = std::array::from_fn(|i| after[i] - before[i]);
            let busy = time / 1e9 / (spent * config.pool.workers as f64);
            let line = json!({"length": length, "generations": generations, "steps_per_second": (rows / spent).round(),
                "rows_per_call": rows / calls, "model_share": busy, "workers": config.pool.workers});
            println!(
                "{length:6} {generations:12} {:8.0} {:12.1} {:25.3}",
                rows / spent,
                rows / calls,
                busy
            );
            lines.push_str(&format!("{line}\n"));
        }
    }
    fs::create_dir_all("target/bench").expect("a folder for figures");
    fs::write("target/bench/pool.jsonl", lines).expect("the figures are written");
}

fn counts(sums: &Sums) -> [f64; 3] {
    [&sums.nanoseconds, &sums.rows, &sums.calls].map(|sum| sum.load(Ordering::Relaxed) as f64)
}

fn endless(vocabulary: &Vocabulary, length: usize, n: u64) -> Endless {
    let given = (0..length - 3).map(|place| {
        TokenId(
            1000 + (u32::try_from(n).expect("few") * 7919
                + u32::try_from(place).expect("short") * 104_729)
                % 20_000,
        )
    });
    let draft = Draft::new(
        Arc::clone(vocabulary.token_table()),
        &[Segment::Given(given.collect()), Segment::Blank(1)],
    );
    let question = draft.query(&draft.open(), Want::Top(40));
    assert_eq!(question.tokens.len(), length);
    Endless { draft, question }
}
