//! Rules of a guild or channel: what is allowed there, and how much.

use generation::{Length, StrategyName};
use serde::{Deserialize, Serialize};

use super::{ChannelId, RoleId};

/// Rules of a guild or of one of its channels. An empty list or `None` sets no limit.
///
/// The JSON form is stored, so its keys never change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Channels in which generation is allowed.
    pub channels: Vec<ChannelId>,
    /// Roles of which a user needs at least one.
    pub roles: Vec<RoleId>,
    /// Names of the allowed strategies.
    pub strategies: Vec<StrategyName>,
    /// Maximum number of new tokens of a text.
    pub length: Option<u32>,
    /// Words that no text may contain.
    pub banned: Vec<String>,
    /// Minimum interval between two edits of a message, in seconds.
    pub pace: Option<u32>,
    /// Minimum interval between two texts of one user, in seconds.
    pub cooldown: Option<u32>,
    /// Maximum number of concurrent generations of one user.
    pub running: Option<u32>,
    /// Quota of each user.
    pub person: Quota,
    /// Quota of the whole guild.
    pub server: Quota,
}

/// Maximum number of texts per sliding window. `None` sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Maximum within 60 minutes.
    pub hourly: Option<u32>,
    /// Maximum within 24 hours.
    pub daily: Option<u32>,
}

impl Rules {
    /// Maximum number of new tokens, if it lies in the range of [`Length`].
    pub fn length(&self) -> Option<Length> {
        self.length
            .and_then(|length| Length::try_from(f64::from(length)).ok())
    }

    /// The rules in force in a channel with these rules: the channel's own where it sets any, else the guild's; banned
    /// words of both.
    ///
    /// Allowed channels, quotas, cooldown and concurrency always come from the guild.
    #[must_use]
    pub fn over(&self, guild: &Self) -> Self {
        Self {
            roles: own_or(&self.roles, &guild.roles),
            strategies: own_or(&self.strategies, &guild.strategies),
            length: self.length.or(guild.length),
            pace: self.pace.or(guild.pace),
            banned: [guild.banned.as_slice(), &self.banned].concat(),
            ..guild.clone()
        }
    }
}

/// The channel's list if it has entries, else the guild's.
fn own_or<T: Clone>(channel: &[T], guild: &[T]) -> Vec<T> {
    if channel.is_empty() { guild } else { channel }.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_rules_override_those_of_the_guild_and_banned_words_add_up() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let names = |names: &[&str]| names.iter().copied().map(StrategyName::from).collect();
        let guild = Rules {
            channels: vec![ChannelId(1)],
            roles: vec![RoleId(2)],
            strategies: names(&["gibbs"]),
            length: Some(20),
            banned: words(&["tea"]),
            running: Some(1),
            ..Rules::default()
        };
        let channel = Rules {
            strategies: names(&["naive", "blocks"]),
            length: Some(40),
            pace: Some(3),
            banned: words(&["bun"]),
            ..Rules::default()
        };
        let both = Rules {
            strategies: names(&["naive", "blocks"]),
            length: Some(40),
            pace: Some(3),
            banned: words(&["tea", "bun"]),
            ..guild.clone()
        };
        assert_eq!(channel.over(&guild), both);
        assert_eq!(Rules::default().over(&guild), guild);
    }
}
