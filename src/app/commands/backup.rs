//! `mouthpiece backup`: a copy of the database, made while the bot runs.

use clap::Args;
use std::path::{Path, PathBuf};

use crate::app::output::print_line;
use crate::config::Config;
use crate::store;

#[derive(Debug, Args)]
#[command(after_help = "\
The copy is the database as it is at one moment. To restore it, stop the bot and put the copy where store.path says, without \
the files ending in -wal and -shm that may lie there.

Example:
  mouthpiece --config /etc/mouthpiece/mouthpiece.toml backup /var/backups/mouthpiece-monday.sqlite3")]
pub(in crate::app) struct BackupArgs {
    /// The file to make; there must be none of that name.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(config: Option<&Path>, arguments: &BackupArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    crate::telemetry::start(&config.log.for_terminal())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let made = runtime.block_on(store::backup(&config.store, &arguments.file))?;
    print_line(&format!(
        "{}: {:.1} MB in {} tables, checked",
        arguments.file.display(),
        made.bytes as f64 / 1e6,
        made.tables
    ))
}
