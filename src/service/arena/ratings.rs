//! What the votes of the arena say about the ways to write.

use crate::domain::{DuelSide, VoteChoice, VoteRecord};
use crate::service::{Refusal, SessionError, Sessions};
use figures::measures::bradley_terry::{PairwiseVote, Rating, VoteOutcome, rate};

/// Entrants with fewer votes are not shown in the order of the others.
const LEAST: u64 = 10;

/// Whose votes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RatingScope {
    /// Those of one server.
    Server(u64),
    /// All.
    Everywhere,
}

/// What is rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Strategies.
    Strategy,
    /// Strategies, apart by how bold they drew.
    Temperature,
}

/// Ratings and how much they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaderboard {
    /// Those with enough votes, the best first.
    pub ratings: Vec<Rating>,
    /// Those with fewer.
    pub waiting: Vec<Rating>,
    /// How many are enough.
    pub least: u64,
    /// All votes.
    pub votes: usize,
    /// Those by the person whose prompt it was.
    pub own_prompt: usize,
    /// Those that found both bad, and count for neither.
    pub both_bad: usize,
}

impl By {
    fn name(self, contender: &DuelSide) -> String {
        let boldness = match contender.temperature {
            ..0.7 => "careful",
            0.7..1.0 => "middling",
            _ => "bold",
        };
        match self {
            Self::Strategy => contender.strategy.to_string(),
            Self::Temperature => format!("{}, {boldness}", contender.strategy),
        }
    }
}

impl Sessions {
    /// The ratings by the votes of closed duels.
    ///
    /// # Errors
    /// When there are no votes, or the database fails.
    pub async fn leaderboard(
        &self,
        scope: RatingScope,
        by: By,
    ) -> Result<Leaderboard, SessionError> {
        let server = match scope {
            RatingScope::Server(server) => Some(server),
            RatingScope::Everywhere => None,
        };
        let ballots = self.parts.store.vote_records(server).await?;
        if ballots.is_empty() {
            return Err(Refusal::NoVotes.into());
        }
        // Thousands of votes take milliseconds, which are not taken from those who wait for other answers.
        let rated = tokio::task::spawn_blocking(move || leaderboard(&ballots, by));
        Ok(rated
            .await
            .map_err(|error| Refusal::Model(error.to_string()))?)
    }
}

fn leaderboard(ballots: &[VoteRecord], by: By) -> Leaderboard {
    let votes: Vec<PairwiseVote> = ballots
        .iter()
        .map(|ballot| {
            let [a, b] = &ballot.sides;
            PairwiseVote {
                first: by.name(a),
                second: by.name(b),
                outcome: match ballot.choice {
                    VoteChoice::A => VoteOutcome::First,
                    VoteChoice::B => VoteOutcome::Second,
                    VoteChoice::Tie => VoteOutcome::Tie,
                    VoteChoice::BothBad => VoteOutcome::BothBad,
                },
            }
        })
        .collect();
    let count = |fits: &dyn Fn(&VoteRecord) -> bool| ballots.iter().filter(|it| fits(it)).count();
    let (ratings, waiting) = rate(&votes)
        .into_iter()
        .partition(|rating| rating.votes >= LEAST);
    Leaderboard {
        ratings,
        waiting,
        least: LEAST,
        votes: ballots.len(),
        own_prompt: count(&|ballot| ballot.author == ballot.voter),
        both_bad: count(&|ballot| ballot.choice == VoteChoice::BothBad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UserId;

    fn ballot(voter: u64, choice: VoteChoice, temperature: f64) -> VoteRecord {
        let contender = |strategy: &str| DuelSide {
            strategy: strategy.into(),
            temperature,
        };
        VoteRecord {
            duel: "d".to_owned(),
            author: UserId(1),
            voter: UserId(voter),
            server: None,
            choice,
            cast_at: 0,
            sides: [contender("gibbs"), contender("naive")],
        }
    }

    #[test]
    fn those_with_enough_votes_are_ranked_and_the_rest_waits() {
        let mut ballots: Vec<VoteRecord> = (0..9)
            .map(|user| ballot(user, VoteChoice::A, 0.5))
            .collect();
        ballots.push(ballot(9, VoteChoice::BothBad, 0.5));
        let few = leaderboard(&ballots, By::Strategy);
        assert!(few.ratings.is_empty() && few.waiting.len() == 2);
        assert_eq!((few.votes, few.own_prompt, few.both_bad), (10, 1, 1));
        ballots.push(ballot(10, VoteChoice::A, 1.2));
        let enough = leaderboard(&ballots, By::Strategy);
        let names: Vec<_> = enough
            .ratings
            .iter()
            .map(|rating| rating.name.as_str())
            .collect();
        assert_eq!(names, ["gibbs", "naive"]);
        assert!(enough.waiting.is_empty());
    }

    #[test]
    fn the_same_strategy_can_be_rated_apart_by_its_temperature() {
        let ballots: Vec<VoteRecord> = [0.0, 0.69, 0.7, 1.0, 5.0]
            .map(|temperature| ballot(1, VoteChoice::B, temperature))
            .into();
        let rated = leaderboard(&ballots, By::Temperature).waiting;
        assert_eq!(rated.len(), 6);
        let votes = |name: &str| rated.iter().find(|it| it.name == name).unwrap().votes;
        assert_eq!(votes("gibbs, careful"), 2);
        assert_eq!(votes("naive, middling"), 1);
        assert_eq!(votes("gibbs, bold"), 2);
    }
}
