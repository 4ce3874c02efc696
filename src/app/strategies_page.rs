//! The page docs/strategies.md: what every strategy does, its options, and its measures.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;

use figures::measures::TextReport;
use generation::OptionSpec;
use generation::strategy::{self, Strategy};

/// Reads the output of `mouthpiece eval --json`.
///
/// # Errors
/// When the file cannot be read or parsed.
pub(super) fn read_reports(path: &Path) -> anyhow::Result<Vec<TextReport>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{} was not printed by mouthpiece eval --json",
            path.display()
        )
    })
}

/// The text above the table.
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

/// The page as Markdown.
pub(super) fn page(reports: &[TextReport]) -> String {
    let mut page = INTRODUCTION.to_owned();
    page += &table(reports);
    for strategy in strategy::ALL {
        page += &section(*strategy, reports);
    }
    page
}

/// The table of measures, one row per report.
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
            format!("[`{}`](#{})", report.name, strategy_name(report)),
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

/// The name of the strategy of a report, without its options.
fn strategy_name(report: &TextReport) -> &str {
    report.name.split(' ').next().unwrap_or_default()
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The section about a strategy.
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
        .find(|report| strategy_name(report) == strategy.name())
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
    for option in strategy::options(strategy) {
        let range = option.range();
        let OptionSpec {
            name,
            default,
            summary,
            ..
        } = option;
        text += &row(&[
            format!("`{name}`"),
            format!("`{default}`"),
            range,
            summary.to_owned(),
        ]);
    }
    text
}
