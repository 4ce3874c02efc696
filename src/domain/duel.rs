//! Duels of the arena: two texts from one prompt, and the votes on them.

use generation::StrategyName;

use super::{ChannelId, DuelId, GuildId, Text, UserId};

/// Two texts that users compare without knowing how each was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Duel {
    /// Unique identifier.
    pub id: DuelId,
    /// Author of the prompt.
    pub user: UserId,
    /// The guild of the duel. `None` in direct messages.
    pub server: Option<GuildId>,
    /// The channel of the duel.
    pub channel: ChannelId,
    /// The texts shown as A and B. `None` if a closed duel's text was deleted.
    pub texts: [Option<Text>; 2],
    /// End of voting in seconds since the Unix epoch.
    pub closes_at: i64,
    /// Whether the authorship was revealed.
    pub closed: bool,
}

/// A user's vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoteChoice {
    /// A is better.
    A,
    /// B is better.
    B,
    /// Both are equally good.
    Tie,
    /// Both are bad.
    BothBad,
}

impl VoteChoice {
    /// All choices, in the order of the buttons.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::Tie, Self::BothBad];

    /// Stable name, as stored in the database and in buttons' custom ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Tie => "tie",
            Self::BothBad => "bad",
        }
    }

    /// The choice with this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// Number of votes for each choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VoteCount {
    /// Votes for A.
    pub a: u64,
    /// Votes for B.
    pub b: u64,
    /// Votes for a tie.
    pub tie: u64,
    /// Votes that found both bad.
    pub both_bad: u64,
}

impl VoteCount {
    /// Total number of votes.
    pub fn votes(self) -> u64 {
        self.a + self.b + self.tie + self.both_bad
    }
}

/// A vote of a closed duel together with the duel's facts, for ratings and exports.
#[derive(Debug, Clone, PartialEq)]
pub struct VoteRecord {
    /// The duel.
    pub duel: DuelId,
    /// Author of the prompt.
    pub author: UserId,
    /// The voting user.
    pub voter: UserId,
    /// The guild of the duel. `None` in direct messages.
    pub server: Option<GuildId>,
    /// The vote.
    pub choice: VoteChoice,
    /// Time of the vote in seconds since the Unix epoch.
    pub cast_at: i64,
    /// How A and B were written.
    pub sides: [DuelSide; 2],
}

/// How one text of a duel was written.
#[derive(Debug, Clone, PartialEq)]
pub struct DuelSide {
    /// Name of the strategy.
    pub strategy: StrategyName,
    /// Sampling temperature.
    pub temperature: f64,
}
