//! Why a request to Discord failed.

use std::time::Duration;

/// Why a request to Discord failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(in crate::discord) enum RequestError {
    /// Rate limited; may be retried after this time.
    #[error("rate limited, retry after {0:?}")]
    RateLimited(Duration),
    /// A droppable request was not sent, because the rate limiter has no room for it before this time has passed.
    #[error("not sent, no room within the rate limit for {0:?}")]
    Dropped(Duration),
    /// Discord rejected the request. A retry would be rejected as well.
    #[error("Discord answered {status}, code {code}: {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// Discord's JSON error code; 0 if there is none.
        code: i64,
        /// Discord's explanation.
        message: String,
    },
    /// Discord or the network failed.
    #[error("{0}")]
    Unavailable(String),
}

/// The JSON error code "Interaction has already been acknowledged".
const ALREADY_ACKNOWLEDGED: i64 = 40_060;
/// "Unknown message".
const UNKNOWN_MESSAGE: i64 = 10_008;
/// "Unknown webhook", which is what an expired interaction token is.
const UNKNOWN_WEBHOOK: i64 = 10_015;
/// "Unknown interaction".
const UNKNOWN_INTERACTION: i64 = 10_062;
/// "Invalid webhook token".
const INVALID_WEBHOOK_TOKEN: i64 = 50_027;

impl RequestError {
    /// Whether the interaction already has a response.
    pub(in crate::discord) fn is_acknowledged(&self) -> bool {
        matches!(self, Self::Rejected { code, .. } if *code == ALREADY_ACKNOWLEDGED)
    }

    /// Whether Discord may have processed the request despite the error.
    pub(in crate::discord) fn is_ambiguous(&self) -> bool {
        matches!(self, Self::RateLimited(_) | Self::Unavailable(_))
    }

    /// Whether the message is out of reach for good: it was deleted, or the interaction token has expired.
    pub(in crate::discord) fn is_gone(&self) -> bool {
        let Self::Rejected { status, code, .. } = self else {
            return false;
        };
        *status == 404
            || [
                UNKNOWN_MESSAGE,
                UNKNOWN_WEBHOOK,
                UNKNOWN_INTERACTION,
                INVALID_WEBHOOK_TOKEN,
            ]
            .contains(code)
    }
}
