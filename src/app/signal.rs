//! SIGINT and SIGTERM as a cancellation token.

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Signals within this interval count as one: under `make` or a supervisor, Ctrl+C arrives from the terminal and again
/// from the parent process.
const DEBOUNCE: Duration = Duration::from_millis(500);

/// A token that the first SIGINT or SIGTERM cancels. The second signal exits the process with code 130.
///
/// # Errors
/// When no signal handler can be installed.
pub(super) fn stop_signal() -> anyhow::Result<CancellationToken> {
    let listen = |kind| signal(kind).context("cannot install a signal handler");
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
                    tracing::info!("stopping; a second signal stops at once");
                    first = Some(Instant::now());
                    cancelled.cancel();
                }
                Some(at) if at.elapsed() < DEBOUNCE => {}
                Some(_) => {
                    tracing::warn!("second signal; stopping at once");
                    std::process::exit(130);
                }
            }
        }
    });
    Ok(token)
}
