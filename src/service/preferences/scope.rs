//! The scope of settings: a user, a channel, or a guild.

use crate::domain::ChannelId;

/// The scope of settings, from the narrowest to the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The caller, at every location.
    User,
    /// Everyone in this channel of the caller's guild.
    Channel(ChannelId),
    /// Everyone in the caller's guild.
    Server,
}

impl Scope {
    /// The channel of [`Scope::Channel`].
    pub fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::User | Self::Server => None,
        }
    }
}
