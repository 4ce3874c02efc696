//! The command line: global flags and the subcommand.

use std::path::PathBuf;

use clap::Parser;

use super::commands::CliCommand;

/// A Discord bot that generates text with masked language models.
///
/// BERT was trained to fill in masked words, not to write. Mouthpiece decodes whole texts from it, with a choice of
/// strategies and settings.
#[derive(Debug, Parser)]
#[command(
    name = "mouthpiece",
    version,
    after_help = "Try: mouthpiece speak \"In order to make a sandwich, first\""
)]
pub(super) struct Cli {
    /// Configuration file with the settings that differ from config/default.toml. Environment variables MOUTHPIECE__…
    /// override it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: CliCommand,
}
