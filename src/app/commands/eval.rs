//! `mouthpiece eval`: measures of the texts in files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::app::engine::Engine;
use crate::app::model_choice::ModelChoice;
use crate::app::output::print_line;
use crate::app::sample_metadata::SampleMetadata;
use crate::app::text_scorer::TextScorer;
use crate::config::Config;
use figures::charts::quality_chart;
use figures::measures::{ReferenceCorpora, TextReport, markdown_table, plain_table};

#[derive(Debug, Args)]
#[command(after_help = "\
Words are separated by white space. References are converted to lower case. The measures are those of Wang & Cho 2019; \
docs/evaluation.md explains them.

Example:
  mouthpiece eval gibbs.txt --reference tests/data/bert-gen/wiki103.5k.txt --reference tests/data/bert-gen/tbc.5k.txt")]
pub(in crate::app) struct EvalArgs {
    /// Files with one text per line. The cost is read from the FILE.json of `mouthpiece sample`, if it exists.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File of reference texts, one per line; repeatable.
    #[arg(long = "reference", value_name = "FILE")]
    references: Vec<PathBuf>,
    /// Also compute the pseudo-perplexity under the model, of all texts or of the first COUNT.
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "0")]
    pppl: Option<u32>,
    /// Also draw pseudo-perplexity against passes per token, as SVG.
    #[arg(long, value_name = "FILE", requires = "pppl")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    table: TableFormat,
    #[command(flatten)]
    model: ModelChoice,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct TableFormat {
    /// Print a JSON array with one object per file.
    #[arg(long)]
    json: bool,
    /// Print a Markdown table.
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(config: Option<&Path>, arguments: &EvalArgs) -> anyhow::Result<()> {
    let mut reports = reports(arguments)?;
    if let Some(count) = arguments.pppl {
        let max_texts = if count == 0 {
            usize::MAX
        } else {
            count as usize
        };
        let config = arguments.model.configure(config)?;
        add_perplexity(&mut reports, &config, &arguments.files, max_texts)?;
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

/// The measures that need no model, and the cost where it is known.
fn reports(arguments: &EvalArgs) -> anyhow::Result<Vec<TextReport>> {
    let mut corpora = ReferenceCorpora::default();
    for reference in &arguments.references {
        corpora.add_reference(&name(reference), &read(reference)?)?;
    }
    let mut reports = Vec::new();
    for file in &arguments.files {
        let mut report = corpora.measure(&name(file), &read(file)?)?;
        if let Some(metadata) = SampleMetadata::read(file)? {
            add_cost(&mut report, &metadata);
        }
        reports.push(report);
    }
    Ok(reports)
}

/// Adds the pseudo-perplexity of the first `max_texts` texts of each file.
fn add_perplexity(
    reports: &mut [TextReport],
    config: &Config,
    files: &[PathBuf],
    max_texts: usize,
) -> anyhow::Result<()> {
    crate::telemetry::start(&config.log.for_terminal())?;
    let engine = Engine::start(config)?;
    let scorer = TextScorer::new(&engine)?;
    for (file, report) in files.iter().zip(reports) {
        let text = read(file)?;
        let texts = text.lines().filter(|line| !line.trim().is_empty());
        let texts: Vec<&str> = texts.take(max_texts).collect();
        report.pppl = Some(scorer.perplexity(&texts)?);
    }
    Ok(())
}

/// Names the report after the strategy and adds the cost of its texts.
fn add_cost(report: &mut TextReport, metadata: &SampleMetadata) {
    let (tokens, passes) = (metadata.tokens() as f64, metadata.passes() as f64);
    let settings = &metadata.settings;
    let name = format!("{} {}", settings.strategy, settings.options);
    name.trim().clone_into(&mut report.name);
    if tokens > 0.0 && metadata.seconds > 0.0 {
        report.passes_per_token = Some(passes / tokens);
        report.tokens_per_second = Some(tokens / metadata.seconds);
        report.passes_per_second = Some(passes / metadata.seconds);
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
