//! The bot: loads the model, opens the store, and connects to Discord.

use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use crate::config::Config;
use crate::discord::{self, Shutdown};
use crate::pool::PoolHealth;
use crate::service::{Dependencies, Services};
use crate::store::Store;

/// Runs the bot until `signal` is cancelled. `config` must have a token.
///
/// # Errors
/// When the token, the model or the store is missing or invalid, Discord refuses the bot permanently, or no worker
/// of the model is left.
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
    let health = engine.pool.health();
    let store = Store::open(&config.store).await?;
    let services = Arc::new(Services::new(Dependencies {
        bans: engine.bans,
        vocabulary: engine.vocabulary,
        pool: engine.pool,
        store: store.clone(),
        limits: config.limits,
        arena: config.arena,
        defaults: engine.defaults,
        model: engine.model,
    }));
    let shutdown = Shutdown {
        signal: or_failure(&signal, health.clone()),
        grace: config.grace_period,
    };
    let ended = discord::run(&config.discord, &token, Arc::clone(&services), shutdown).await;
    services.writing.end_all();
    store.close().await;
    tracing::info!("stopped");
    health.check()?;
    Ok(ended?)
}

/// Cancelled with `signal`, and when the pool fails: without a worker the bot shuts down as after a signal.
fn or_failure(signal: &CancellationToken, mut health: PoolHealth) -> CancellationToken {
    let stop = signal.child_token();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = health.failed() => cancelled.cancel(),
            () = cancelled.cancelled() => {}
        }
    });
    stop
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pool::{BatchLimits, Owner, Pool, PoolLimits, RecoveryLimits};
    use generation::testing::{ids, token_table};
    use generation::{Draft, Query, Segment, Want};
    use model::{MaskedModel, ModelError, ScriptedModel};

    #[tokio::test]
    async fn a_pool_without_workers_stops_the_bot_with_a_reason() {
        let loads = std::sync::atomic::AtomicUsize::new(0);
        let load = move || match loads.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Ok(Box::new(ScriptedModel::new(|_: &Query| {
                Err(ModelError::Run("out of memory".to_owned()))
            })) as Box<dyn MaskedModel>),
            _ => Err(ModelError::Run("out of memory".to_owned())),
        };
        let limits = PoolLimits {
            workers: 1,
            generations: 1,
            batch: BatchLimits {
                rows: 1,
                tokens: 64,
            },
            call: Duration::from_mins(1),
            recovery: RecoveryLimits {
                load_attempts: 2,
                first_delay: Duration::ZERO,
                ..RecoveryLimits::default()
            },
        };
        let pool = Pool::start(Box::new(load), limits).unwrap();
        let (signal, health) = (CancellationToken::new(), pool.health());
        let stop = or_failure(&signal, health.clone());
        assert!(health.check().is_ok() && !stop.is_cancelled());
        let draft = Draft::new(
            token_table(),
            &[Segment::Given(ids("the")), Segment::Blank(1)],
        );
        let query = draft.query(&[1], Want::Top(1));
        let answer = pool.ask(Owner(1), draft, vec![query]).await.unwrap();
        assert!(answer.unwrap_err().contains("cannot be loaded"));
        stop.cancelled().await;
        assert!(!signal.is_cancelled(), "only this bot stops");
        let error = health.check().unwrap_err().to_string();
        assert!(error.contains("no worker of the model is left"), "{error}");
    }
}
