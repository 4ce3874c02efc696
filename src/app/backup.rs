//! `mouthpiece backup`: a copy of the database, made while the bot runs.

use std::path::Path;

use super::arguments::Backup;
use super::speak::print;
use crate::config::Config;
use crate::store;

pub(super) fn perform(config: Option<&Path>, arguments: &Backup) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    crate::telemetry::start(&config.log.quiet())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let made = runtime.block_on(store::backup(&config.store, &arguments.file))?;
    print(&format!(
        "{}: {:.1} MB in {} tables, checked",
        arguments.file.display(),
        made.bytes as f64 / 1e6,
        made.tables
    ))
}
