//! `mouthpiece ratings`: the votes of the arena, for research.

use std::path::Path;

use super::arguments::{Ratings, RatingsCommand};
use super::speak::print;
use crate::config::Config;
use crate::service;
use crate::store::Store;

pub(super) fn perform(config: Option<&Path>, arguments: &Ratings) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    crate::telemetry::start(&config.log.quiet())?;
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
    print(votes.trim_end())
}
