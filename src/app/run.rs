//! `mouthpiece run`: the bot, on Discord or against its own sandbox.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::ending::Unconfigured;
use super::engine::Engine;
use super::sandbox::open;
use super::speak::print;
use crate::config::Config;
use crate::discord::{self, Secret, Server, Stop};
use crate::service::{Parts, Sessions};
use crate::store::Store;
use crate::telemetry;

pub(super) fn perform(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.log)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let signal = stop_signal()?;
        if config.discord.token.is_some() {
            return serve(config, signal).await;
        }
        if let Some(server) = config.discord.server.as_ref().map(Server::url) {
            let missing = format!(
                "discord.api_base_url is {server}, but there is no token for it; set MOUTHPIECE__DISCORD__TOKEN"
            );
            return Err(Unconfigured(missing).into());
        }
        with_sandbox(config, signal).await
    })
}

/// Runs the bot against a sandbox of its own.
async fn with_sandbox(mut config: Config, signal: CancellationToken) -> anyhow::Result<()> {
    let sandbox = open(config.sandbox).await?;
    config.discord.server = Server::parse(&sandbox.url());
    config.discord.token = Some(Secret::new("sandbox"));
    let url = sandbox.url();
    print(&format!(
        "\nOpen {url} and type /speak. Stop with Ctrl+C.\n"
    ))?;
    serve(config, signal).await
}

/// Runs the bot that `config` describes, token included, until `signal` is cancelled.
///
/// # Errors
/// When something it needs is missing or unfit, or Discord refuses it for good.
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
        grace: config.grace,
    };
    let ended = discord::run(&config.discord, &token, Arc::clone(&sessions), stop).await;
    sessions.end();
    sessions.close_store().await;
    tracing::info!("stopped");
    Ok(ended?)
}

/// Signals closer together than this are one: Ctrl+C under `make` or a supervisor arrives from the terminal and
/// again from the parent.
const ONE_SIGNAL: Duration = Duration::from_millis(500);

/// Cancelled by the first SIGINT or SIGTERM; the second one ends the process at once.
pub(super) fn stop_signal() -> anyhow::Result<CancellationToken> {
    let listen = |kind| signal(kind).context("signals cannot be received");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        let mut first: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            match first {
                None => {
                    tracing::info!("stopping; once more stops at once");
                    first = Some(Instant::now());
                    cancelled.cancel();
                }
                Some(at) if at.elapsed() < ONE_SIGNAL => {}
                Some(_) => {
                    tracing::warn!("told to stop twice; stopping at once");
                    std::process::exit(130);
                }
            }
        }
    });
    Ok(token)
}
