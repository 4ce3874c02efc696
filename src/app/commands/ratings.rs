//! `mouthpiece ratings`: exports the votes of the arena.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};

use crate::app::output::print_line;
use crate::config::Config;
use crate::service;
use crate::service::ExportFormat;
use crate::store::Store;

#[derive(Debug, Args)]
pub(in crate::app) struct RatingsArgs {
    #[command(subcommand)]
    command: RatingsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RatingsCommand {
    /// Print all votes of closed duels; people and servers are pseudonyms.
    #[command(after_help = "\
Example:
  mouthpiece --config /etc/mouthpiece/mouthpiece.toml ratings export --format json > votes.json")]
    Export {
        /// Output format.
        #[arg(long, value_enum, default_value = "csv")]
        format: VotesFormat,
    },
}

/// The output format of votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VotesFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// An array of objects.
    Json,
}

impl From<VotesFormat> for ExportFormat {
    fn from(format: VotesFormat) -> Self {
        match format {
            VotesFormat::Csv => Self::Csv,
            VotesFormat::Json => Self::Json,
        }
    }
}

pub(super) fn run(config: Option<&Path>, arguments: &RatingsArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    crate::telemetry::start(&config.log.for_terminal())?;
    let RatingsCommand::Export { format } = arguments.command;
    anyhow::ensure!(
        config.store.exists(),
        "there is no database {}; set store.path to the bot's database in the file of --config",
        config.store.display()
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let votes = runtime.block_on(async {
        let store = Store::open(&config.store).await?;
        let votes = service::export_votes(&store, None, format.into()).await;
        store.close().await;
        votes
    })?;
    print_line(votes.trim_end())
}
