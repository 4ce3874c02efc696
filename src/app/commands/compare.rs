//! `mouthpiece compare`: how far a model's small graph is from its exact one. `training/export.py` puts it on the card.

use clap::Args;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::app::engine::open;
use crate::app::output::print_line;
use crate::config::Config;
use generation::{Attention, LogitRow, Query, Scores, TokenId, Want};
use model::{MaskedModel, OnnxModel, Precision};

/// Questions that are scored together, to be held against each alone.
const BATCH: usize = 16;

/// A sequence with masks, and what stood there.
#[derive(Debug, Deserialize)]
struct Probe {
    ids: Vec<u32>,
    asked: Vec<usize>,
    truth: Vec<u32>,
}

impl Probe {
    fn question(&self, attention: Attention) -> Query {
        Query {
            attention,
            tokens: self.ids.iter().copied().map(TokenId).collect(),
            asked: self.asked.clone(),
            want: Want::All,
        }
    }
}

/// What the small graph makes of the masked tokens, in the words of the card.
#[derive(Debug, Default, Serialize)]
struct GraphComparison {
    masked_positions: usize,
    largest_logit_difference: f32,
    same_top_1: f64,
    mean_kl_nats: f64,
    top_1_accuracy: f64,
    loss_nats: f64,
    batch_invariant: bool,
}

#[derive(Debug, Args)]
pub(in crate::app) struct CompareArgs {
    /// A file with one JSON object on each line: ids of a sequence, the positions asked for, and the ids that stood there.
    #[arg(value_name = "FILE")]
    probes: PathBuf,
    /// Compares the graphs of the model's student: which token follows a position, seen from the left.
    #[arg(long)]
    student: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &CompareArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let (runtime, card) = open(&config)?;
    let mut exact = OnnxModel::load(&runtime, &card, Precision::Fp32, 1)?;
    let mut small = OnnxModel::load(&runtime, &card, Precision::Int8, 1)?;
    let text = std::fs::read_to_string(&arguments.probes)
        .with_context(|| format!("cannot read {}", arguments.probes.display()))?;
    let probes = text.lines().map(serde_json::from_str::<Probe>);
    let probes: Vec<Probe> = probes.collect::<Result<_, _>>().with_context(|| {
        format!(
            "{} does not hold one object with ids, asked and truth on each line",
            arguments.probes.display()
        )
    })?;
    let lopsided = |probe: &Probe| probe.asked.len() != probe.truth.len();
    if let Some(line) = probes.iter().position(lopsided) {
        anyhow::bail!(
            "{}, line {}: asked and truth must have the same length",
            arguments.probes.display(),
            line + 1
        );
    }
    let attention = if arguments.student {
        Attention::Causal
    } else {
        Attention::Bidirectional
    };
    let questions: Vec<Query> = probes
        .iter()
        .map(|probe| probe.question(attention))
        .collect();
    let figures = figures(&probes, &questions, &mut exact, &mut small)?;
    print_line(&serde_json::to_string_pretty(&figures)?)
}

fn figures(
    probes: &[Probe],
    questions: &[Query],
    exact: &mut OnnxModel,
    small: &mut OnnxModel,
) -> anyhow::Result<GraphComparison> {
    let mut sums = GraphComparison {
        batch_invariant: true,
        ..GraphComparison::default()
    };
    for (probes, questions) in probes.chunks(BATCH).zip(questions.chunks(BATCH)) {
        let together = small.score(questions)?;
        for ((probe, question), together) in probes.iter().zip(questions).zip(together) {
            let reference = alone(exact, question)?;
            let answer = alone(small, question)?;
            sums.batch_invariant &= answer == together;
            for ((truth, row), reference) in
                probe.truth.iter().zip(&answer.rows).zip(&reference.rows)
            {
                sums.add(TokenId(*truth), row, reference);
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands of positions")]
    let count = sums.masked_positions.max(1) as f64;
    for sum in [
        &mut sums.same_top_1,
        &mut sums.mean_kl_nats,
        &mut sums.top_1_accuracy,
        &mut sums.loss_nats,
    ] {
        *sum /= count;
    }
    Ok(sums)
}

fn alone(model: &mut OnnxModel, question: &Query) -> anyhow::Result<Scores> {
    let mut scores = model.score(std::slice::from_ref(question))?;
    scores.pop().context("the model did not answer")
}

impl GraphComparison {
    fn add(&mut self, truth: TokenId, row: &LogitRow, reference: &LogitRow) {
        self.masked_positions += 1;
        self.same_top_1 += f64::from(u8::from(best(row) == best(reference)));
        self.top_1_accuracy += f64::from(u8::from(best(row) == Some(truth)));
        for (&theirs, &ours) in reference.guesses.iter().zip(&row.guesses) {
            self.largest_logit_difference = self
                .largest_logit_difference
                .max((theirs.logit - ours.logit).abs());
            let (p, q) = (reference.log_probability(theirs), row.log_probability(ours));
            self.mean_kl_nats += f64::from(p.exp()) * f64::from(p - q);
            if ours.token == truth {
                self.loss_nats -= f64::from(q);
            }
        }
    }
}

fn best(row: &LogitRow) -> Option<TokenId> {
    let best = row
        .guesses
        .iter()
        .max_by(|a, b| a.logit.total_cmp(&b.logit));
    best.map(|guess| guess.token)
}
