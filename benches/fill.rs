//! fill-mask end to end, for benches/compare.py: `fill PRECISION SENTENCES`, then its protocol on stdin.

#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use generation::strategy::Task;
use generation::{Query, Want};
use model::{Card, EncodeOptions, MaskedModel, OnnxModel, Precision, Prompt, Runtime, Vocabulary};
use mouthpiece::config::{library, telemetry_disabled};

/// The batches of the pool.
const BATCH: usize = 16;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let [precision, sentences] = &*arguments else {
        println!("run `make bench`: benches/compare.py tells this program what to do");
        return;
    };
    let precision = if precision == "fp32" {
        Precision::Fp32
    } else {
        Precision::Int8
    };
    let sentences = std::fs::read_to_string(sentences).expect("the sentences");
    let sentences: Vec<&str> = sentences.lines().collect();
    let runtime = Runtime::load(&library(None), telemetry_disabled().expect("run by cargo"))
        .expect("the library; run make library");
    let card = Card::read(Path::new("models/mouthpiece-mini")).expect("the model");
    let vocabulary = Vocabulary::load(&card).expect("the tokenizer");
    let mut model = OnnxModel::load(&runtime, &card, precision, 1).expect("the graph");
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let numbers: Vec<usize> = line
            .split(' ')
            .map(|n| n.parse().expect("a number"))
            .collect();
        let begun = Instant::now();
        let mut best = Vec::new();
        for _ in 0..numbers[1] {
            best = fill(&vocabulary, &mut model, &sentences[..numbers[0]]);
        }
        println!("{} {}", begun.elapsed().as_secs_f64(), best.join(" "));
    }
}

/// The best word for the blank of each sentence; five are looked for.
fn fill(vocabulary: &Vocabulary, model: &mut OnnxModel, sentences: &[&str]) -> Vec<String> {
    let layout = EncodeOptions {
        task: Task::Fill { widest: 1 },
        length: "1".parse().expect("a length"),
        suffix: Vec::new(),
        unprompted: false,
    };
    let question = |sentence: &&str| {
        let draft = vocabulary
            .draft(&Prompt::parse(sentence), &layout)
            .expect("a sentence");
        draft.query(&draft.open(), Want::Top(5))
    };
    let questions: Vec<Query> = sentences.iter().map(question).collect();
    let batches = questions
        .chunks(BATCH)
        .flat_map(|batch| model.score(batch).expect("scores"));
    batches
        .map(|scores| vocabulary.piece(scores.rows[0].guesses[0].token).to_owned())
        .collect()
}
