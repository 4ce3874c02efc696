//! Denials that follow from a guild's rules, as sentences for people.

use crate::domain::{ChannelId, RoleId};

/// A guild's rule that a request violates. Displays as a sentence that says what to do instead. The fields let the
/// Discord layer show channels, roles and times in Discord's own notation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The guild restricts texts to these channels.
    #[error(
        "texts are written in other channels of this server; go there, or write to the bot directly"
    )]
    Channel(Vec<ChannelId>),
    /// The guild requires one of these roles.
    #[error(
        "on this server a certain role is needed for texts; ask whoever gives it, or write to the bot directly"
    )]
    Role(Vec<RoleId>),
    /// The guild does not allow the strategy.
    #[error("the strategy {given} is not used here; use one of {}", .allowed.join(", "))]
    Strategy {
        /// The name of the requested strategy.
        given: String,
        /// The names of the allowed strategies.
        allowed: Vec<String>,
    },
    /// The user's cooldown is not over.
    #[error(
        "on this server {seconds} seconds have to pass between two of your texts; wait a little"
    )]
    Cooldown {
        /// The cooldown in seconds.
        seconds: u32,
        /// The end of the cooldown, as a Unix timestamp in seconds.
        until: i64,
    },
    /// A quota is used up.
    #[error("{whose} {most} texts in any {} on this server, and they are written; wait a little", hours_phrase(*.hours))]
    Quota {
        /// The owner of the quota.
        whose: QuotaOwner,
        /// The maximum number of texts within the window.
        most: u32,
        /// The length of the sliding window in hours.
        hours: u32,
        /// When the next text is allowed, as a Unix timestamp in seconds.
        until: i64,
    },
    /// The action requires [`PermissionLevel::Manager`](crate::service::PermissionLevel::Manager).
    #[error("only people who may manage the server can do this; ask one of them")]
    NotManager,
    /// The action requires a guild.
    #[error("this is about a server; do it in one of its channels")]
    NoServer,
}

/// The owner of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaOwner {
    /// One user.
    Person,
    /// All users of the guild together.
    Server,
}

impl std::fmt::Display for QuotaOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Person => "you may have",
            Self::Server => "all together may have",
        })
    }
}

/// A duration in hours as a phrase that follows "any": "hour", "24 hours".
pub fn hours_phrase(hours: u32) -> String {
    if hours == 1 {
        "hour".to_owned()
    } else {
        format!("{hours} hours")
    }
}
