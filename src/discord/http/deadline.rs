//! How long a request to Discord is tried.

use std::time::{Duration, Instant};

/// An attempt is never cut off before this.
const MIN_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a request is tried.
#[derive(Debug, Clone, Copy)]
pub(in crate::discord) enum Deadline {
    /// Once; a newer frame comes anyway.
    SingleAttempt,
    /// Again and again until then.
    At(Instant),
}

impl Deadline {
    pub(in crate::discord) fn at(deadline: Instant) -> Self {
        Self::At(deadline)
    }

    /// Whether it is still there after `wait`.
    pub(in crate::discord) fn allows(self, wait: Duration) -> bool {
        match self {
            Self::SingleAttempt => false,
            Self::At(deadline) => Instant::now() + wait < deadline,
        }
    }

    /// How long one attempt may take: not so long that none is left for a second one. The client has a limit of its own.
    pub(in crate::discord) fn attempt_timeout(self) -> Duration {
        match self {
            Self::SingleAttempt => Duration::MAX,
            Self::At(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                (left / 2).max(MIN_ATTEMPT_TIMEOUT)
            }
        }
    }
}
