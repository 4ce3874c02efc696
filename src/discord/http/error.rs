//! Why a request to Discord failed.

use std::time::Duration;

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(in crate::discord) enum RequestError {
    /// Too many requests; try again after this time.
    #[error("too many requests, to be tried again in {0:?}")]
    RateLimited(Duration),
    /// Not sent: there is room for a frame again after this time.
    #[error("not sent, since there is no room for frames for {0:?}")]
    Postponed(Duration),
    /// Discord said no, and would say so again.
    #[error("Discord answered {status}, code {code}: {message}")]
    Rejected {
        status: u16,
        code: i64,
        message: String,
    },
    /// Discord has a problem of its own, or the network has.
    #[error("{0}")]
    Unavailable(String),
}

/// Discord's code for an interaction that was answered before.
const ALREADY_ACKNOWLEDGED: i64 = 40_060;

impl RequestError {
    /// Whether the interaction has its answer already.
    pub(in crate::discord) fn is_acknowledged(&self) -> bool {
        matches!(
            self,
            Self::Rejected {
                code: ALREADY_ACKNOWLEDGED,
                ..
            }
        )
    }

    /// Whether the request may have been served all the same.
    pub(in crate::discord) fn is_uncertain(&self) -> bool {
        matches!(self, Self::RateLimited(_) | Self::Unavailable(_))
    }

    /// Whether the message cannot be reached any more: it was deleted, or the interaction has run out.
    pub(in crate::discord) fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Rejected { status: 404, .. }
                | Self::Rejected {
                    code: 10_008 | 10_015 | 10_062 | 50_027,
                    ..
                }
        )
    }
}
