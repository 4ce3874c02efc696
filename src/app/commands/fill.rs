//! `mouthpiece fill`: fills the blanks of a sentence and prints the candidates.

use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::app::engine::Engine;
use crate::app::flags::SamplingArgs;
use crate::app::model_choice::ModelChoice;
use crate::app::output::print_line;
use crate::pool::Owner;
use crate::service::{BlankCandidate, Filler};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mouthpiece fill \"The capital of France is ___.\"
  mouthpiece fill \"First slice some [MASK], then put together [MASK].\" --top 10 --json")]
pub(in crate::app) struct FillArgs {
    #[arg(
        help = "Sentence in which [MASK], <mask> or ___ (two or more underscores) marks a blank."
    )]
    text: String,
    /// Number of candidates per blank.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    top: u32,
    #[command(flatten)]
    sampling: SamplingArgs,
    #[command(flatten)]
    model: ModelChoice,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &FillArgs) -> anyhow::Result<()> {
    let mut config = arguments.model.configure(config)?;
    config.pool.workers = 1;
    crate::telemetry::start(&config.log.for_terminal())?;
    let engine = Engine::start(&config)?;
    let settings = arguments.sampling.settings(&arguments.text);
    let filler = Filler {
        pool: &engine.pool,
        vocabulary: &engine.vocabulary,
        limits: &config.limits,
        bans: &engine.bans,
    };
    let filling = filler.fill(Owner(0), settings, arguments.top as usize);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let filling = runtime.block_on(filling)?;
    if arguments.json {
        let candidate = |candidate: &BlankCandidate| json!({"token": candidate.word, "probability": candidate.probability});
        let blank = |candidates: &Vec<BlankCandidate>| json!({"candidates": candidates.iter().map(candidate).collect::<Vec<_>>()});
        return print_line(&serde_json::to_string(&json!({
            "prompt": arguments.text,
            "text": filling.text(),
            "blanks": filling.candidates.iter().map(blank).collect::<Vec<_>>(),
            "seed": filling.seed,
            "passes": filling.passes,
            "model": engine.model.fingerprint,
        }))?);
    }
    print_line(&filling.text())?;
    for (number, candidates) in filling.candidates.iter().enumerate() {
        print_line(&format!("\nblank {}", number + 1))?;
        for BlankCandidate {
            word, probability, ..
        } in candidates
        {
            print_line(&format!("  {:>5.1} %  {word}", probability * 100.0))?;
        }
    }
    Ok(())
}
