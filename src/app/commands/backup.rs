//! `mouthpiece backup`: copies the database while the bot runs.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::output::print_line;
use crate::config::Config;
use crate::store;

#[derive(Debug, Args)]
#[command(after_help = "\
The copy is a consistent snapshot. To restore it, stop the bot, move the copy to store.path, and delete the files \
beside it that end in -wal and -shm.

Example:
  mouthpiece --config /etc/mouthpiece/mouthpiece.toml backup /var/backups/mouthpiece-monday.sqlite3")]
pub(in crate::app) struct BackupArgs {
    /// File to create; it must not exist.
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
