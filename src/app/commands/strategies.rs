//! `mouthpiece strategies`: lists the strategies, or makes the page and the chart of the documentation.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::app::decoding_order;
use crate::app::output::print_line;
use crate::app::strategies_page;
use crate::config::Config;
use generation::Attention;
use generation::strategy::{self, Strategy};

#[derive(Debug, Args)]
pub(in crate::app) struct StrategiesArgs {
    /// Print the page docs/strategies.md with the measures of this file, the output of `mouthpiece eval --json`.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Draw the order in which each strategy decodes a text, as SVG.
    #[arg(long, value_name = "FILE", conflicts_with = "page")]
    uncovering: Option<PathBuf>,
}

pub(super) fn run(config: Option<&Path>, arguments: &StrategiesArgs) -> anyhow::Result<()> {
    if let Some(path) = &arguments.uncovering {
        let config = Config::load(config)?;
        crate::telemetry::start(&config.log.for_terminal())?;
        let chart = decoding_order::chart(&config)?;
        return std::fs::write(path, chart)
            .with_context(|| format!("cannot write {}", path.display()));
    }
    if let Some(measured) = &arguments.page {
        return print_line(
            strategies_page::page(&strategies_page::read_reports(measured)?).trim_end(),
        );
    }
    let all: Vec<String> = strategy::ALL.iter().map(|s| description(*s)).collect();
    print_line(&all.join("\n\n"))
}

/// The description of a strategy for the terminal.
fn description(strategy: &dyn Strategy) -> String {
    let sampling = strategy::default_sampling(strategy);
    let is_default =
        |attention_modes| strategy.name() == strategy::default_for(attention_modes).name();
    let default = match (
        is_default(&[Attention::Bidirectional, Attention::Causal]),
        is_default(&[Attention::Bidirectional]),
    ) {
        (true, _) => " (default)",
        (false, true) => " (default without a causal model)",
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
        lines.push("  only with a causal model (training/README.md)".to_owned());
    }
    lines.extend(strategy::options(strategy).iter().map(|option| {
        format!(
            "  --set {}={}  {} ({})",
            option.name,
            option.default,
            option.summary,
            option.range()
        )
    }));
    lines.join("\n")
}
