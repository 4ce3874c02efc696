//! Why a server does not let somebody have a text, in words for people.

/// A rule of the server stands against it. Displays as a sentence that says what to do instead; whoever can show channels,
/// roles and times better does so from what is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Texts are written in other channels.
    #[error(
        "texts are written in other channels of this server; go there, or write to the bot directly"
    )]
    Channel(Vec<u64>),
    /// A role is needed.
    #[error(
        "on this server a certain role is needed for texts; ask whoever gives it, or write to the bot directly"
    )]
    Role(Vec<u64>),
    /// The strategy is not allowed.
    #[error("the strategy {given} is not used here; use one of {}", .allowed.join(", "))]
    Strategy {
        /// What was asked for.
        given: String,
        /// What may be.
        allowed: Vec<String>,
    },
    /// The last text was too short a time ago.
    #[error(
        "on this server {seconds} seconds have to pass between two of your texts; wait a little"
    )]
    Cooldown {
        /// How many.
        seconds: u32,
        /// When they are over, in seconds since 1970.
        until: i64,
    },
    /// There were too many texts.
    #[error("{whose} {most} texts in any {} on this server, and they are written; wait a little", so_long(*.hours))]
    Quota {
        /// Whose texts are counted.
        whose: QuotaOwner,
        /// How many are allowed.
        most: u32,
        /// In how many hours.
        hours: u32,
        /// When the next is allowed, in seconds since 1970.
        until: i64,
    },
    /// Only managers may.
    #[error("only people who may manage the server can do this; ask one of them")]
    NotManager,
    /// There is no server.
    #[error("this is about a server; do it in one of its channels")]
    NoServer,
}

/// Whose texts a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaOwner {
    /// One person's.
    Person,
    /// Everybody's on the server.
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

/// So many hours, as one says it after "any".
pub fn so_long(count: u32) -> String {
    if count == 1 {
        "hour".to_owned()
    } else {
        format!("{count} hours")
    }
}
