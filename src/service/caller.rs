//! Somebody who asks for something, and where.

use super::UserId;

/// Where something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The server; none in direct messages.
    pub server: Option<u64>,
    /// The channel.
    pub channel: u64,
    /// The channel that it is a thread of.
    pub parent: Option<u64>,
}

/// What somebody may do besides what everybody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rank {
    /// Nothing.
    #[default]
    Member,
    /// Looks after other people's texts.
    Moderator,
    /// Decides how the bot behaves on the server.
    Manager,
}

/// Somebody who asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// Where.
    pub place: Place,
    /// The server's roles that the person has.
    pub roles: Vec<u64>,
    /// What the person may do there.
    pub rank: Rank,
}

impl Caller {
    /// Whether the person may look after `owner`'s texts: one's own, or as a moderator everybody's.
    pub fn may_touch(&self, owner: UserId) -> bool {
        self.user == owner || self.rank >= Rank::Moderator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_texts_and_as_a_moderator_all_may_be_touched() {
        let caller = |rank| Caller {
            user: UserId(1),
            place: Place {
                server: Some(2),
                channel: 3,
                parent: None,
            },
            roles: Vec::new(),
            rank,
        };
        assert!(caller(Rank::Member).may_touch(UserId(1)));
        assert!(!caller(Rank::Member).may_touch(UserId(2)));
        assert!(caller(Rank::Moderator).may_touch(UserId(2)));
        assert!(caller(Rank::Manager).may_touch(UserId(2)));
    }
}
