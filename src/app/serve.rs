//! The bot: loads the model, opens the store, and connects to Discord.

use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use crate::config::Config;
use crate::discord::{self, Stop};
use crate::service::{Parts, Sessions};
use crate::store::Store;

/// Runs the bot until `signal` is cancelled. `config` must have a token.
///
/// # Errors
/// When the token, the model or the store is missing or invalid, or Discord refuses the bot permanently.
pub async fn serve(config: Config, signal: CancellationToken) -> anyhow::Result<()> {
    let token = config.discord.token.clone().context("there is no token")?;
    let engine = {
        let config = config.clone();
        tokio::task::spawn_blocking(move || Engine::start(&config)).await??
    };
    tracing::info!(
        model = engine.model.name,
        fingerprint = engine.model.fingerprint,
        workers = config.pool.workers,
        "the model is loaded"
    );
    let sessions = Arc::new(Sessions::new(Parts {
        bans: engine.bans,
        vocabulary: engine.vocabulary,
        pool: engine.pool,
        store: Store::open(&config.store).await?,
        limits: config.limits,
        arena: config.arena,
        defaults: engine.defaults,
        model: engine.model,
    }));
    let stop = Stop {
        signal,
        grace: config.grace_period,
    };
    let ended = discord::run(&config.discord, &token, Arc::clone(&sessions), stop).await;
    sessions.end();
    sessions.close_store().await;
    tracing::info!("stopped");
    Ok(ended?)
}
