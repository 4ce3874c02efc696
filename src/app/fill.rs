//! `mouthpiece fill`: the blanks of a sentence, with what else might stand there.

use std::path::Path;

use serde_json::json;

use super::arguments::Fill;
use super::engine::Engine;
use super::speak::print;
use crate::config::Config;
use crate::pool::Owner;
use crate::service::{Candidate, Filler};

pub(super) fn perform(config: Option<&Path>, arguments: &Fill) -> anyhow::Result<()> {
    let mut config = Config::load(config)?;
    config.pool.workers = 1;
    crate::telemetry::start(&config.log.quiet())?;
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
        let candidate = |candidate: &Candidate| json!({"token": candidate.token, "probability": candidate.probability});
        let blank = |candidates: &Vec<Candidate>| json!({"candidates": candidates.iter().map(candidate).collect::<Vec<_>>()});
        return print(&serde_json::to_string(&json!({
            "prompt": arguments.text,
            "text": filling.text(),
            "blanks": filling.candidates.iter().map(blank).collect::<Vec<_>>(),
            "seed": filling.seed,
            "passes": filling.passes,
            "model": engine.model.fingerprint,
        }))?);
    }
    print(&filling.text())?;
    for (number, candidates) in filling.candidates.iter().enumerate() {
        print(&format!("\nblank {}", number + 1))?;
        for Candidate { token, probability } in candidates {
            print(&format!("  {:>5.1} %  {token}", probability * 100.0))?;
        }
    }
    Ok(())
}
