//! The command line.

use std::path::PathBuf;

use clap::Parser;

use super::commands::CliCommand;

/// A Discord bot that writes text with masked language models.
///
/// BERT was trained to fill blanks, not to speak. Mouthpiece gives it a mouth, and lets people play with how the text is
/// written.
#[derive(Debug, Parser)]
#[command(
    name = "mouthpiece",
    version,
    after_help = "Try: mouthpiece speak \"In order to make a sandwich, first\""
)]
pub(super) struct Cli {
    /// A file with settings that differ from config/default.toml. MOUTHPIECE__… in the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: CliCommand,
}
