//! Why a request to Discord failed.

use std::time::Duration;

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum SendError {
    /// Too many requests; try again after this time.
    #[error("too many requests, to be tried again in {0:?}")]
    Limited(Duration),
    /// Not sent: there is room for a frame again after this time.
    #[error("not sent, since there is no room for frames for {0:?}")]
    Postponed(Duration),
    /// Discord said no, and would say so again.
    #[error("Discord answered {status}, code {code}: {message}")]
    Refused {
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

impl SendError {
    /// Whether the interaction has its answer already.
    pub(super) fn is_acknowledged(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                code: ALREADY_ACKNOWLEDGED,
                ..
            }
        )
    }

    /// Whether the request may have been served all the same.
    pub(super) fn is_uncertain(&self) -> bool {
        matches!(self, Self::Limited(_) | Self::Unavailable(_))
    }

    /// Whether the message cannot be reached any more: it was deleted, or the interaction has run out.
    pub(super) fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Refused { status: 404, .. }
                | Self::Refused {
                    code: 10_008 | 10_015 | 10_062 | 50_027,
                    ..
                }
        )
    }
}
