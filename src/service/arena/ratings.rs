//! Ratings of strategies by the votes of closed duels.

use super::service::Arena;
use crate::domain::{DuelSide, GuildId, VoteChoice, VoteRecord};
use crate::service::refusal::{Refusal, ServiceError};
use figures::measures::bradley_terry::{PairwiseVote, Rating, VoteOutcome, rate};

/// Minimum votes for a place in the ranking.
const MIN_VOTES: u64 = 10;

/// The votes on which ratings are based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RatingScope {
    /// The votes of one guild.
    Server(GuildId),
    /// All votes.
    Everywhere,
}

/// The unit that receives a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Each strategy.
    Strategy,
    /// Each strategy at a low, medium and high temperature.
    Temperature,
}

/// Ratings with the votes on which they are based.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaderboard {
    /// The ratings with enough votes, the best first.
    pub ratings: Vec<Rating>,
    /// The ratings with too few votes.
    pub waiting: Vec<Rating>,
    /// Minimum votes for a place in [`Self::ratings`].
    pub least: u64,
    /// The number of votes.
    pub votes: usize,
    /// The number of votes by users who began the duel themselves.
    pub own_prompt: usize,
    /// The number of votes for "both bad", which count for neither text.
    pub both_bad: usize,
}

impl GroupBy {
    fn name(self, contender: &DuelSide) -> String {
        let temperature = match contender.temperature {
            ..0.7 => "careful",
            0.7..1.0 => "middling",
            _ => "bold",
        };
        match self {
            Self::Strategy => contender.strategy.to_string(),
            Self::Temperature => format!("{}, {temperature}", contender.strategy),
        }
    }
}

impl Arena {
    /// The ratings by the votes of closed duels.
    ///
    /// # Errors
    /// [`Refusal::NoVotes`] without votes, or when the store fails.
    pub async fn leaderboard(
        &self,
        scope: RatingScope,
        group_by: GroupBy,
    ) -> Result<Leaderboard, ServiceError> {
        let server = match scope {
            RatingScope::Server(server) => Some(server),
            RatingScope::Everywhere => None,
        };
        let records = self.store.vote_records(server).await?;
        if records.is_empty() {
            return Err(Refusal::NoVotes.into());
        }
        // The computation takes milliseconds for thousands of votes, too long for an asynchronous worker thread.
        let rated = tokio::task::spawn_blocking(move || leaderboard(&records, group_by));
        Ok(rated
            .await
            .map_err(|error| Refusal::Model(error.to_string()))?)
    }
}

fn leaderboard(records: &[VoteRecord], group_by: GroupBy) -> Leaderboard {
    let votes: Vec<PairwiseVote> = records
        .iter()
        .map(|record| {
            let [a, b] = &record.sides;
            PairwiseVote {
                first: group_by.name(a),
                second: group_by.name(b),
                outcome: match record.choice {
                    VoteChoice::A => VoteOutcome::First,
                    VoteChoice::B => VoteOutcome::Second,
                    VoteChoice::Tie => VoteOutcome::Tie,
                    VoteChoice::BothBad => VoteOutcome::BothBad,
                },
            }
        })
        .collect();
    let count = |fits: &dyn Fn(&VoteRecord) -> bool| records.iter().filter(|it| fits(it)).count();
    let (ratings, waiting) = rate(&votes)
        .into_iter()
        .partition(|rating| rating.votes >= MIN_VOTES);
    Leaderboard {
        ratings,
        waiting,
        least: MIN_VOTES,
        votes: records.len(),
        own_prompt: count(&|record| record.author == record.voter),
        both_bad: count(&|record| record.choice == VoteChoice::BothBad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UserId;

    fn record(voter: u64, choice: VoteChoice, temperature: f64) -> VoteRecord {
        let contender = |strategy: &str| DuelSide {
            strategy: strategy.into(),
            temperature,
        };
        VoteRecord {
            duel: "d".into(),
            author: UserId(1),
            voter: UserId(voter),
            server: None,
            choice,
            cast_at: 0,
            sides: [contender("gibbs"), contender("naive")],
        }
    }

    #[test]
    fn contestants_with_too_few_votes_are_not_ranked() {
        let mut records: Vec<VoteRecord> = (0..9)
            .map(|user| record(user, VoteChoice::A, 0.5))
            .collect();
        records.push(record(9, VoteChoice::BothBad, 0.5));
        let few = leaderboard(&records, GroupBy::Strategy);
        assert!(few.ratings.is_empty() && few.waiting.len() == 2);
        assert_eq!((few.votes, few.own_prompt, few.both_bad), (10, 1, 1));
        records.push(record(10, VoteChoice::A, 1.2));
        let enough = leaderboard(&records, GroupBy::Strategy);
        let names: Vec<_> = enough
            .ratings
            .iter()
            .map(|rating| rating.name.as_str())
            .collect();
        assert_eq!(names, ["gibbs", "naive"]);
        assert!(enough.waiting.is_empty());
    }

    #[test]
    fn temperatures_of_a_strategy_can_be_rated_separately() {
        let records: Vec<VoteRecord> = [0.0, 0.69, 0.7, 1.0, 5.0]
            .map(|temperature| record(1, VoteChoice::B, temperature))
            .into();
        let rated = leaderboard(&records, GroupBy::Temperature).waiting;
        assert_eq!(rated.len(), 6);
        let votes = |name: &str| rated.iter().find(|it| it.name == name).unwrap().votes;
        assert_eq!(votes("gibbs, careful"), 2);
        assert_eq!(votes("naive, middling"), 1);
        assert_eq!(votes("gibbs, bold"), 2);
    }
}
