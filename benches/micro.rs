//! The host's work for one step, piece by piece: `cargo bench --bench micro`.

use std::cmp::Ordering;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use figures::images::{Animation, AnimationPass, AnimationWord, WordState};
use generation::strategy::{self, Task};
use generation::{Bans, Draft, Params, Query, Scores, Seed, Turn, Want, reduce_logits};
use model::{Card, EncodeOptions, MaskedModel, Prompt, ScriptedModel, Vocabulary};
use mouthpiece::pool::{BatchLimits, Owner, Pool, PoolLimits, RecoveryLimits};

const PROMPT: &str = "The old lighthouse keeper opened the door and saw that Mr. Smith's boat";

fn vocabulary() -> Vocabulary {
    let card = Card::read(Path::new("models/mouthpiece-mini")).expect("the model");
    Vocabulary::load(&card).expect("the tokenizer")
}

fn draft(vocabulary: &Vocabulary, prompt: &Prompt) -> Draft {
    let layout = EncodeOptions {
        task: Task::Continue,
        length: "40".parse().expect("a length"),
        suffix: Vec::new(),
        unprompted: false,
    };
    vocabulary.draft(prompt, &layout).expect("a prompt")
}

/// A row of logits with a few words ahead of many.
fn logits() -> Vec<f32> {
    (0..30_522u32)
        .map(|n| {
            f32::from(u16::try_from(n.wrapping_mul(2_654_435_761) >> 20).expect("12 bits")) / 400.0
        })
        .collect()
}

fn params() -> Params {
    let strategy = strategy::ALL[0];
    Params {
        sampling: strategy::default_sampling(strategy),
        seed: Seed::from(1),
        options: strategy::defaults(strategy),
        keywords: Vec::new(),
        bans: Bans::default(),
    }
}

fn rows(bench: &mut Criterion) {
    let logits = logits();
    bench.bench_function("logits: top 40 of 30,522 and the log-normaliser", |b| {
        b.iter(|| reduce_logits(black_box(&logits), &Want::Top(40)));
    });
}

fn text(bench: &mut Criterion) {
    let vocabulary = vocabulary();
    let prompt = Prompt::parse(PROMPT);
    bench.bench_function("tokenise a prompt into a draft", |b| {
        b.iter(|| draft(&vocabulary, black_box(&prompt)));
    });
    let draft = draft(&vocabulary, &prompt);
    bench.bench_function("detokenise a draft of 40 tokens", |b| {
        b.iter(|| vocabulary.render(&prompt, black_box(&draft)));
    });
}

fn step(bench: &mut Criterion) {
    let vocabulary = vocabulary();
    let draft = draft(&vocabulary, &Prompt::parse(PROMPT));
    let (logits, params) = (logits(), params());
    let begun = || {
        let mut generation = strategy::begin(strategy::ALL[0], draft.clone(), &params);
        let Turn::Ask(questions) = generation.ask() else {
            panic!("it asks nothing");
        };
        let scores = questions
            .iter()
            .map(|question| answer(question, &logits))
            .collect();
        (generation, scores)
    };
    bench.bench_function(
        "lookahead: sample one turn of all candidates and query the next",
        |b| {
            b.iter_batched(
                begun,
                |(mut generation, scores): (_, Vec<Scores>)| {
                    generation.answer(scores);
                    (generation.ask(), generation)
                },
                BatchSize::SmallInput,
            );
        },
    );
}

fn answer(question: &Query, logits: &[f32]) -> Scores {
    let row = |_| reduce_logits(logits, &question.want);
    Scores {
        rows: question.asked.iter().map(row).collect(),
    }
}

fn pool(bench: &mut Criterion) {
    let vocabulary = vocabulary();
    let draft = draft(&vocabulary, &Prompt::parse(PROMPT));
    let question = draft.query(&draft.open()[..1], Want::Top(40));
    let row = reduce_logits(&logits(), &Want::Top(40));
    let load = move || {
        let row = row.clone();
        let rule = move |_: &Query| {
            Ok(Scores {
                rows: vec![row.clone()],
            })
        };
        Ok(Box::new(ScriptedModel::new(rule)) as Box<dyn MaskedModel>)
    };
    let limits = PoolLimits {
        workers: 1,
        generations: 16,
        batch: BatchLimits {
            rows: 16,
            tokens: 512,
        },
        call: std::time::Duration::from_mins(1),
        recovery: RecoveryLimits::default(),
    };
    let pool = Pool::start(Box::new(load), limits).expect("a pool");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let draft = Arc::new(draft);
    bench.bench_function("pool: 64 queries through the queue, without a model", |b| {
        b.iter(|| {
            let questions = vec![question.clone(); 64];
            runtime
                .block_on(pool.ask(Owner(1), (*draft).clone(), questions))
                .expect("room")
                .expect("an answer")
        });
    });
}

/// A text of 60 words that is written in no order, one word in each pass.
fn film(bench: &mut Criterion) {
    const WORDS: usize = 60;
    let state = |place: usize, pass: usize| match (place * 7 % WORDS).cmp(&pass) {
        Ordering::Less => WordState::Written(0.9),
        Ordering::Equal => WordState::New(0.5),
        Ordering::Greater => WordState::Open,
    };
    let word = |place, pass| AnimationWord {
        text: "lighthouse".to_owned(),
        spaced: true,
        state: state(place, pass),
    };
    let pass = |pass| AnimationPass {
        number: pass + 1,
        words: (0..WORDS).map(|place| word(place, pass)).collect(),
    };
    let film = Animation {
        caption: "lookahead · temperature 1 · seed 1".to_owned(),
        passes: (0..WORDS).map(pass).collect(),
    };
    bench.bench_function("film of 60 words in 60 passes, as a GIF", |b| {
        b.iter(|| black_box(&film).to_gif());
    });
}

criterion_group!(benches, rows, text, step, pool, film);
criterion_main!(benches);
