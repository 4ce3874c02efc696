//! `mouthpiece eval`: how good the texts of a file are, in numbers.

use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::app::engine::Engine;
use crate::app::output::print_line;
use crate::app::sample_metadata::SampleMetadata;
use crate::app::text_scorer::TextScorer;
use crate::config::Config;
use figures::charts::quality_chart;
use figures::measures::{ReferenceCorpora, TextReport, markdown_table, plain_table};

#[derive(Debug, Args)]
#[command(after_help = "\
Words are what stands between spaces. References are put in lower case; the measures are those of Wang & Cho 2019 and \
are explained in docs/evaluation.md.

Example:
  mouthpiece eval gibbs.txt --reference tests/data/bert-gen/wiki103.5k.txt --reference tests/data/bert-gen/tbc.5k.txt")]
pub(in crate::app) struct EvalArgs {
    /// Files with a text on each line. What `mouthpiece sample` wrote beside them gives their cost.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A file with a text of people's on each line, to compare with; may be given several times.
    #[arg(long = "reference", value_name = "FILE")]
    references: Vec<PathBuf>,
    /// Also the pseudo-perplexity under the model, of all texts or of the first COUNT.
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "0")]
    pppl: Option<u32>,
    /// Also draw pseudo-perplexity against passes per token, as SVG.
    #[arg(long, value_name = "FILE", requires = "pppl")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    table: TableFormat,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct TableFormat {
    /// Print JSON: a list with one object for each file.
    #[arg(long)]
    json: bool,
    /// Print a Markdown table.
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &EvalArgs) -> anyhow::Result<()> {
    let mut yardstick = ReferenceCorpora::default();
    for reference in &arguments.references {
        yardstick.add_reference(&name(reference), &read(reference)?)?;
    }
    let mut reports = Vec::new();
    for file in &arguments.files {
        let mut report = yardstick.measure(&name(file), &read(file)?)?;
        if let Some(sidecar) = SampleMetadata::beside(file)? {
            add_cost(&mut report, &sidecar);
        }
        reports.push(report);
    }
    if let Some(count) = arguments.pppl {
        let config = Config::load(config)?;
        crate::telemetry::start(&config.log.for_terminal())?;
        let engine = Engine::start(&config)?;
        let scorer = TextScorer::new(&engine)?;
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
        fs::write(chart, quality_chart(&reports)?)
            .with_context(|| format!("cannot write {}", chart.display()))?;
    }
    print_line(&match arguments.table {
        TableFormat { json: true, .. } => serde_json::to_string_pretty(&reports)?,
        TableFormat { markdown: true, .. } => markdown_table(&reports),
        TableFormat { .. } => plain_table(&reports),
    })
}

/// What the texts took to write.
fn add_cost(report: &mut TextReport, sidecar: &SampleMetadata) {
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
