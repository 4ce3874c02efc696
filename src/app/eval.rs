//! `mouthpiece eval`: how good the texts of a file are, in numbers.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::arguments::{Eval, Table};
use super::engine::Engine;
use super::scoring::Scorer;
use super::sidecar::Sidecar;
use super::speak::print;
use crate::config::Config;
use figures::charts::quality_against_passes;
use figures::measures::{Report, Yardstick, markdown, plain};

pub(super) fn perform(config: Option<&Path>, arguments: &Eval) -> anyhow::Result<()> {
    let mut yardstick = Yardstick::default();
    for reference in &arguments.references {
        yardstick.add_reference(&name(reference), &read(reference)?)?;
    }
    let mut reports = Vec::new();
    for file in &arguments.files {
        let mut report = yardstick.measure(&name(file), &read(file)?)?;
        if let Some(sidecar) = Sidecar::beside(file)? {
            add_cost(&mut report, &sidecar);
        }
        reports.push(report);
    }
    if let Some(count) = arguments.pppl {
        let config = Config::load(config)?;
        crate::telemetry::start(&config.log.quiet())?;
        let engine = Engine::start(&config)?;
        let scorer = Scorer::new(&engine)?;
        for (file, report) in arguments.files.iter().zip(&mut reports) {
            let text = read(file)?;
            let texts: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .take(if count == 0 {
                    usize::MAX
                } else {
                    count as usize
                })
                .collect();
            report.pppl = Some(scorer.perplexity(&texts)?);
        }
    }
    if let Some(chart) = &arguments.chart {
        fs::write(chart, quality_against_passes(&reports)?)
            .with_context(|| format!("cannot write {}", chart.display()))?;
    }
    print(&match arguments.table {
        Table { json: true, .. } => serde_json::to_string_pretty(&reports)?,
        Table { markdown: true, .. } => markdown(&reports),
        Table { .. } => plain(&reports),
    })
}

/// What the texts took to write.
fn add_cost(report: &mut Report, sidecar: &Sidecar) {
    let (tokens, passes) = (sidecar.tokens() as f64, sidecar.passes() as f64);
    let recipe = &sidecar.recipe;
    let name = format!("{} {}", recipe.strategy, recipe.options);
    name.trim().clone_into(&mut report.name);
    if tokens > 0.0 && sidecar.seconds > 0.0 {
        report.passes_per_token = Some(passes / tokens);
        report.tokens_per_second = Some(tokens / sidecar.seconds);
        report.passes_per_second = Some(passes / sidecar.seconds);
    }
}

fn name(file: &Path) -> String {
    file.file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {} as text", file.display()))
}
