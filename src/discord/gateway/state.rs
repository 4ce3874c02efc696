//! What the connections of one gateway proxy share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::session_limit::{SessionStart, SessionStartLimit, SessionStartLimiter};
use super::timeouts::Timeouts;

/// Maximum number of sessions whose resume URL is kept.
const MAX_RESUME_URLS: usize = 1_000;

/// What the connections of one gateway proxy share.
pub(super) struct ProxyState {
    /// The URL at which sessions are started.
    pub(super) gateway_url: String,
    /// The secret path at which the proxy accepts connections.
    pub(super) path: String,
    /// The timeouts.
    pub(super) timeouts: Timeouts,
    /// Why Discord refuses the bot for good; `None` while it does not.
    fatal: watch::Sender<Option<String>>,
    /// The URL at which each session is to be resumed, by session id.
    resume_urls: Mutex<HashMap<String, String>>,
    /// The number of short-lived connections in a row.
    failures: Mutex<u32>,
    session_starts: Mutex<SessionStartLimiter>,
}

impl ProxyState {
    /// The state before the first connection.
    pub(super) fn new(
        gateway_url: &str,
        path: String,
        limit: SessionStartLimit,
        timeouts: Timeouts,
    ) -> Self {
        Self {
            gateway_url: gateway_url.to_owned(),
            path,
            timeouts,
            fatal: watch::Sender::new(None),
            resume_urls: Mutex::default(),
            failures: Mutex::default(),
            session_starts: Mutex::new(SessionStartLimiter::new(Instant::now(), limit)),
        }
    }

    /// The URL at which a session is to be resumed, if it started through this proxy.
    pub(super) fn resume_url(&self, session: &str) -> Option<String> {
        lock(&self.resume_urls).get(session).cloned()
    }

    /// Stores the URL at which a session is to be resumed.
    pub(super) fn store_resume_url(&self, session: &str, url: &str) {
        let mut urls = lock(&self.resume_urls);
        // A process has few live sessions, so that nearly all entries of a large map are obsolete.
        if urls.len() > MAX_RESUME_URLS {
            urls.clear();
        }
        urls.insert(session.to_owned(), url.to_owned());
    }

    /// Decides whether a session may be started now, and counts it if so.
    pub(super) fn start_session(&self) -> SessionStart {
        lock(&self.session_starts).acquire(Instant::now())
    }

    /// Records that Discord refuses the bot for good.
    pub(super) fn set_fatal(&self, reason: &str) {
        self.fatal.send_replace(Some(reason.to_owned()));
    }

    /// A receiver of the reason for which Discord refuses the bot for good.
    pub(super) fn fatal(&self) -> watch::Receiver<Option<String>> {
        self.fatal.subscribe()
    }

    /// Sleeps for the backoff after a connection that lasted `lifetime`.
    pub(super) async fn back_off(&self, lifetime: Duration) {
        let failures = {
            let mut failures = lock(&self.failures);
            *failures = if lifetime >= self.timeouts.stable_after {
                0
            } else {
                *failures + 1
            };
            *failures
        };
        tokio::time::sleep(self.timeouts.backoff_after(failures)).await;
    }
}

/// No critical section here leaves its value inconsistent, so that a poisoned lock is still valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
