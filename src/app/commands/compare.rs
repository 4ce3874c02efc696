//! `mouthpiece compare`: the error of a model's quantised graph against its exact graph. `training/export.py` writes it
//! to the card.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::app::engine::open_model;
use crate::app::output::print_line;
use crate::config::Config;
use generation::{Attention, LogitRow, Query, Scores, TokenId, Want};
use model::{MaskedModel, OnnxModel, Precision};

/// The number of queries in a batch. Each is also scored alone, to check batch invariance.
const BATCH: usize = 16;

/// A sequence with masked positions, and the tokens that were masked.
#[derive(Debug, Deserialize)]
struct Probe {
    ids: Vec<u32>,
    asked: Vec<usize>,
    truth: Vec<u32>,
}

impl Probe {
    fn query(&self, attention: Attention) -> Query {
        Query {
            attention,
            tokens: self.ids.iter().copied().map(TokenId).collect(),
            asked: self.asked.clone(),
            want: Want::All,
        }
    }
}

/// The errors over all masked positions, with the field names of the card.
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
    /// File with one JSON object per line: ids of a sequence, asked positions, and truth, the ids at these positions.
    #[arg(value_name = "FILE")]
    probes: PathBuf,
    /// Compare the graphs of the causal model, which predicts the next token, instead of the masked one.
    #[arg(long)]
    student: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &CompareArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let (runtime, card) = open_model(&config)?;
    let mut exact = OnnxModel::load(&runtime, &card, Precision::Fp32, 1)?;
    let mut quantised = OnnxModel::load(&runtime, &card, Precision::Int8, 1)?;
    let probes = read_probes(&arguments.probes)?;
    let attention = if arguments.student {
        Attention::Causal
    } else {
        Attention::Bidirectional
    };
    let queries: Vec<Query> = probes.iter().map(|probe| probe.query(attention)).collect();
    let comparison = compare(&probes, &queries, &mut exact, &mut quantised)?;
    print_line(&serde_json::to_string_pretty(&comparison)?)
}

fn read_probes(path: &Path) -> anyhow::Result<Vec<Probe>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let probes = text.lines().map(serde_json::from_str::<Probe>);
    let probes: Vec<Probe> = probes.collect::<Result<_, _>>().with_context(|| {
        format!(
            "{} does not hold one object with ids, asked and truth on each line",
            path.display()
        )
    })?;
    let unequal = |probe: &Probe| probe.asked.len() != probe.truth.len();
    if let Some(line) = probes.iter().position(unequal) {
        anyhow::bail!(
            "{}, line {}: asked and truth must have the same length",
            path.display(),
            line + 1
        );
    }
    Ok(probes)
}

/// Scores all queries with both graphs.
fn compare(
    probes: &[Probe],
    queries: &[Query],
    exact: &mut OnnxModel,
    quantised: &mut OnnxModel,
) -> anyhow::Result<GraphComparison> {
    let mut comparison = GraphComparison {
        batch_invariant: true,
        ..GraphComparison::default()
    };
    for (probes, queries) in probes.chunks(BATCH).zip(queries.chunks(BATCH)) {
        let batched = quantised.score(queries)?;
        for ((probe, query), batched) in probes.iter().zip(queries).zip(batched) {
            let reference = score_alone(exact, query)?;
            let answer = score_alone(quantised, query)?;
            comparison.batch_invariant &= answer == batched;
            for ((truth, row), reference) in
                probe.truth.iter().zip(&answer.rows).zip(&reference.rows)
            {
                comparison.add(TokenId(*truth), row, reference);
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand positions")]
    let count = comparison.masked_positions.max(1) as f64;
    for sum in [
        &mut comparison.same_top_1,
        &mut comparison.mean_kl_nats,
        &mut comparison.top_1_accuracy,
        &mut comparison.loss_nats,
    ] {
        *sum /= count;
    }
    Ok(comparison)
}

/// Scores one query in a batch of its own.
fn score_alone(model: &mut OnnxModel, query: &Query) -> anyhow::Result<Scores> {
    let mut scores = model.score(std::slice::from_ref(query))?;
    scores.pop().context("the model did not answer")
}

impl GraphComparison {
    /// Adds one masked position: the original token, and the logits of both graphs.
    fn add(&mut self, truth: TokenId, row: &LogitRow, reference: &LogitRow) {
        self.masked_positions += 1;
        self.same_top_1 += f64::from(u8::from(best(row) == best(reference)));
        self.top_1_accuracy += f64::from(u8::from(best(row) == Some(truth)));
        for (&expected, &actual) in reference.guesses.iter().zip(&row.guesses) {
            self.largest_logit_difference = self
                .largest_logit_difference
                .max((expected.logit - actual.logit).abs());
            let (p, q) = (
                reference.log_probability(expected),
                row.log_probability(actual),
            );
            self.mean_kl_nats += f64::from(p.exp()) * f64::from(p - q);
            if actual.token == truth {
                self.loss_nats -= f64::from(q);
            }
        }
    }
}

/// The token with the largest logit.
fn best(row: &LogitRow) -> Option<TokenId> {
    let best = row
        .guesses
        .iter()
        .max_by(|a, b| a.logit.total_cmp(&b.logit));
    best.map(|guess| guess.token)
}
