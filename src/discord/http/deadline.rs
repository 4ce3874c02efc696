//! How long a request to Discord is retried.

use std::time::{Duration, Instant};

/// Lower bound of the timeout of one attempt.
const MIN_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a request is retried.
#[derive(Debug, Clone, Copy)]
pub(in crate::discord) enum Deadline {
    /// No retries: a newer request will replace this one.
    SingleAttempt,
    /// Retries until this time.
    At(Instant),
}

impl Deadline {
    /// The deadline `timeout` from now.
    pub(in crate::discord) fn after(timeout: Duration) -> Self {
        Self::At(Instant::now() + timeout)
    }

    /// Whether there is time for another attempt after `wait`.
    pub(super) fn allows(self, wait: Duration) -> bool {
        match self {
            Self::SingleAttempt => false,
            Self::At(deadline) => Instant::now() + wait < deadline,
        }
    }

    /// The timeout of one attempt: half of the time that is left, so that a hanging attempt leaves time for a second one. A
    /// single attempt has only the HTTP client's own timeout.
    pub(super) fn attempt_timeout(self) -> Duration {
        match self {
            Self::SingleAttempt => Duration::MAX,
            Self::At(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                (left / 2).max(MIN_ATTEMPT_TIMEOUT)
            }
        }
    }
}
