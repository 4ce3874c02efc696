//! SIGINT and SIGTERM as a cancellation token.

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

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
