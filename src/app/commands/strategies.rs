//! `mouthpiece strategies`: what there is to choose from, for the terminal and as a page of the documentation.

use clap::Args;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::app::decoding_order;
use crate::app::output::print_line;
use crate::config::Config;
use figures::measures::TextReport;
use generation::strategy::{self, Strategy};
use generation::{Attention, OptionSpec};

#[derive(Debug, Args)]
pub(in crate::app) struct StrategiesArgs {
    /// Print the page docs/strategies.md, with the figures of this file, which `mouthpiece eval --json` printed.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Draw how each strategy uncovers a text, as SVG.
    #[arg(long, value_name = "FILE", conflicts_with = "page")]
    uncovering: Option<PathBuf>,
}

pub(super) fn run(config: Option<&Path>, arguments: &StrategiesArgs) -> anyhow::Result<()> {
    if let Some(path) = &arguments.uncovering {
        let config = Config::load(config)?;
        crate::telemetry::start(&config.log.for_terminal())?;
        let picture = decoding_order::picture(&config)?;
        return std::fs::write(path, picture)
            .with_context(|| format!("cannot write {}", path.display()));
    }
    if let Some(measured) = &arguments.page {
        return print_line(page(&reports(measured)?).trim_end());
    }
    let all: Vec<String> = strategy::ALL.iter().map(|s| described(*s)).collect();
    print_line(&all.join("\n\n"))
}

fn described(strategy: &dyn Strategy) -> String {
    let sampling = strategy::default_sampling(strategy);
    let is_default =
        |attention_modes| strategy.name() == strategy::default_for(attention_modes).name();
    let default = match (
        is_default(&[Attention::Bidirectional, Attention::Causal]),
        is_default(&[Attention::Bidirectional]),
    ) {
        (true, _) => " (default)",
        (false, true) => " (default with a model that has no student)",
        _ => "",
    };
    let mut lines = vec![
        format!("{}{default}", strategy.name()),
        format!("  {}", strategy.summary()),
        format!(
            "  temperature {}, top-k {}, top-p {}",
            sampling.temperature, sampling.top_k, sampling.top_p
        ),
    ];
    let passes = strategy.passes(40, &strategy::defaults(strategy));
    lines.push(format!("  at most {passes} passes for 40 tokens"));
    if strategy.needs_causal_model(&strategy::defaults(strategy)) {
        lines.push("  only with a model that has a student (training/README.md)".to_owned());
    }
    lines.extend(strategy::options(strategy).iter().map(|knob| {
        format!(
            "  --set {}={}  {} ({})",
            knob.name,
            knob.default,
            knob.summary,
            knob.range()
        )
    }));
    lines.join("\n")
}

fn reports(path: &Path) -> anyhow::Result<Vec<TextReport>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{} was not printed by mouthpiece eval --json",
            path.display()
        )
    })
}

const INTRODUCTION: &str = "\
# The strategies

Every way in which Mouthpiece makes a masked language model write, with figures measured on the model that comes with it. \
This page is made by `scripts/measure-strategies.sh`; do not edit it. What was forecast and did not hold stands in \
[forecasts.md](forecasts.md), texts to read in [prompts.md](prompts.md), and what the measures mean in \
[evaluation.md](evaluation.md).

![Which token is written in which pass](uncovering.svg)

Time runs down, the text from left to right; a cell darkens when its token is written, and again when it is replaced.

## Measured

Texts of 40 tokens out of nothing, without a prompt, with the defaults. PPPL is the pseudo-perplexity under the same \
model, so it flatters what the model likes, repetition above all; BLEU says how common the n-grams are, not how \
well they follow each other. Read them together, and read the texts.

";

/// The page docs/strategies.md.
fn page(reports: &[TextReport]) -> String {
    let mut page = INTRODUCTION.to_owned();
    page += &table(reports);
    for strategy in strategy::ALL {
        page += &section(*strategy, reports);
    }
    page
}

fn table(reports: &[TextReport]) -> String {
    let references: Vec<&String> = reports
        .first()
        .map(|report| report.corpus_bleu.keys().collect())
        .unwrap_or_default();
    let mut head = vec![
        "strategy".to_owned(),
        "passes/token".to_owned(),
        "tokens/s".to_owned(),
        "PPPL".to_owned(),
        "rep4 %".to_owned(),
        "distinct-3 %".to_owned(),
        "self-BLEU".to_owned(),
    ];
    head.extend(references.iter().map(|name| format!("BLEU {name}")));
    let mut table = row(&head);
    let _ = writeln!(table, "|---|{}", "---:|".repeat(head.len() - 1));
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
    for report in reports {
        let mut cells = vec![
            format!("[`{}`](#{})", report.name, short(report)),
            number(report.passes_per_token),
            number(report.tokens_per_second),
            number(report.pppl),
            number(report.rep4),
            number(report.distinct.get(&3).copied()),
            number(report.self_bleu),
        ];
        let bleu = |name: &&String| number(report.corpus_bleu.get(*name).copied());
        cells.extend(references.iter().map(bleu));
        table += &row(&cells);
    }
    table
}

/// The strategy of a report, without its options.
fn short(report: &TextReport) -> &str {
    report.name.split(' ').next().unwrap_or_default()
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn section(strategy: &dyn Strategy, reports: &[TextReport]) -> String {
    let about = strategy.about();
    let sampling = strategy::default_sampling(strategy);
    let mut text = format!("\n## {}\n\n", strategy.name());
    let _ = writeln!(text, "{}\n\n{}\n", strategy.summary(), about.how);
    let _ = writeln!(text, "**When to use it.** {}\n", about.when);
    let _ = writeln!(text, "**Source.** {}\n", about.source);
    let stated = strategy.passes(40, &strategy::defaults(strategy));
    let measured = reports
        .iter()
        .find(|report| short(report) == strategy.name())
        .and_then(|report| report.passes_per_token)
        .map(|passes| format!("; measured {passes:.2} a token"))
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "**Passes.** At most {stated} for 40 tokens{measured}.\n"
    );
    let _ = writeln!(
        text,
        "**Defaults.** Temperature {}, top-k {}, top-p {}.\n",
        sampling.temperature, sampling.top_k, sampling.top_p
    );
    text += "| option | default | takes | what it does |\n|---|---|---|---|\n";
    for knob in strategy::options(strategy) {
        let range = knob.range();
        let OptionSpec {
            name,
            default,
            summary,
            ..
        } = knob;
        text += &row(&[
            format!("`{name}`"),
            format!("`{default}`"),
            range,
            summary.to_owned(),
        ]);
    }
    text
}
