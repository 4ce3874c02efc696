//! The sliding window over which a quota counts texts.

use super::UserId;

/// A sliding window over a guild's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaWindow {
    /// Length of the window in seconds.
    pub seconds: u32,
    /// Counts this user's texts only. `None` counts everybody's.
    pub user: Option<UserId>,
}
