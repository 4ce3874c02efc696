//! How long a request to Discord is tried.

use std::time::{Duration, Instant};

/// An attempt is never cut off before this.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(500);

/// How long a request is tried.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// Once; a newer frame comes anyway.
    Once,
    /// Again and again until then.
    Until(Instant),
}

impl Patience {
    pub(super) fn until(deadline: Instant) -> Self {
        Self::Until(deadline)
    }

    /// Whether it is still there after `wait`.
    pub(super) fn lasts(self, wait: Duration) -> bool {
        match self {
            Self::Once => false,
            Self::Until(deadline) => Instant::now() + wait < deadline,
        }
    }

    /// How long one attempt may take: not so long that none is left for a second one. The client has a limit of its own.
    pub(super) fn attempt(self) -> Duration {
        match self {
            Self::Once => Duration::MAX,
            Self::Until(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                (left / 2).max(SHORTEST_ATTEMPT)
            }
        }
    }
}
