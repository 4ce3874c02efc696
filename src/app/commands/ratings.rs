//! `mouthpiece ratings`: the votes of the arena, for research.

use crate::service::Format;
use clap::{Args, Subcommand, ValueEnum};
use std::path::Path;

use crate::app::output::print_line;
use crate::config::Config;
use crate::service;
use crate::store::Store;

#[derive(Debug, Args)]
pub(in crate::app) struct RatingsArgs {
    #[command(subcommand)]
    command: RatingsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RatingsCommand {
    /// Writes all votes of closed duels to standard output; people and servers are pseudonyms.
    #[command(after_help = "\
Example:
  mouthpiece --config /etc/mouthpiece/mouthpiece.toml ratings export --format json > votes.json")]
    Export {
        /// What they are written in.
        #[arg(long, value_enum, default_value = "csv")]
        format: VotesFormat,
    },
}

/// What votes are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VotesFormat {
    /// Comma-separated values, with a line of names.
    Csv,
    /// An array of objects.
    Json,
}

impl From<VotesFormat> for Format {
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
        "there is no database {}; name the bot's with store.path in --config",
        config.store.display()
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let votes = runtime.block_on(async {
        let store = Store::open(&config.store).await?;
        let votes = service::exported(&store, None, format.into()).await;
        store.close().await;
        votes
    })?;
    print_line(votes.trim_end())
}
