//! Ratings from pairwise votes: the Bradley–Terry model on the Elo scale, with confidence intervals.
//!
//! Every contestant i has a strength θᵢ, and beats j with probability 1 / (1 + exp(θⱼ − θᵢ)) (Bradley and Terry 1952).
//! The strengths maximise the likelihood of the votes with an L2 penalty: minimised is the negative log-likelihood plus
//! `PENALTY` · Σ θᵢ². A tie counts as half a win for each side; “both bad” counts for neither. The penalty makes the
//! function strictly convex, so every set of votes has exactly one solution, even if a contestant always won or two
//! groups never met. Newton's method with step halving finds it.
//!
//! The intervals are 1.96 standard errors to each side. The standard errors come from the inverse Hessian at the
//! minimum (the Fisher information plus the penalty), for strengths relative to their mean. `scripts/check-ratings.py`
//! fits the same votes with other programs.

use std::collections::BTreeMap;

use super::cholesky::Cholesky;

/// The weight of the L2 penalty. It equals a normal prior with a standard deviation of 550 Elo.
const PENALTY: f64 = 0.05;
/// The mean of all ratings.
const MEAN: f64 = 1000.0;
/// The 97.5 % quantile of the normal distribution: standard errors on each side of a 95 % interval.
const QUANTILE: f64 = 1.959_964;
/// The maximum number of Newton steps. Convergence is quadratic, so fewer than ten are usual.
const MAX_STEPS: usize = 100;
/// The step length below which the iteration stops.
const TOLERANCE: f64 = 1e-10;

/// The outcome of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoteOutcome {
    /// The first is better.
    First,
    /// The second is better.
    Second,
    /// Both are equally good.
    Tie,
    /// Both are bad.
    BothBad,
}

/// A vote between two contestants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairwiseVote {
    /// The name of the first contestant.
    pub first: String,
    /// The name of the second contestant.
    pub second: String,
    /// The outcome. A vote between a contestant and itself is ignored.
    pub outcome: VoteOutcome,
}

/// The rating of a contestant.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// The name.
    pub name: String,
    /// The rating on the Elo scale: a difference of 400 is odds of ten to one, and the mean of all contestants is 1000.
    pub rating: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end of the 95 % interval.
    pub high: f64,
    /// The number of votes that count for the rating: won, lost and tied.
    pub votes: u64,
    /// The number of votes with the outcome “both bad”.
    pub both_bad: u64,
}

/// The ratings of all contestants, best first.
///
/// ```
/// use figures::measures::bradley_terry::{PairwiseVote, VoteOutcome, rate};
///
/// let vote = |outcome| PairwiseVote { first: "gibbs".to_owned(), second: "naive".to_owned(), outcome };
/// let ratings = rate(&[vote(VoteOutcome::First), vote(VoteOutcome::First), vote(VoteOutcome::Tie)]);
/// assert_eq!(ratings[0].name, "gibbs");
/// assert!(ratings[0].low < ratings[0].rating && ratings[0].rating < ratings[0].high);
/// ```
pub fn rate(votes: &[PairwiseVote]) -> Vec<Rating> {
    let votes: Vec<&PairwiseVote> = votes
        .iter()
        .filter(|vote| vote.first != vote.second)
        .collect();
    let names: BTreeMap<&str, usize> = votes
        .iter()
        .flat_map(|vote| [vote.first.as_str(), vote.second.as_str()])
        .map(|name| (name, 0))
        .collect();
    let names: BTreeMap<&str, usize> = names.into_keys().zip(0..).collect();
    let mut wins = vec![vec![0.0; names.len()]; names.len()];
    let mut ratings: Vec<Rating> = names.keys().map(|name| Rating::prior(name)).collect();
    for vote in votes {
        let (first, second) = (names[vote.first.as_str()], names[vote.second.as_str()]);
        let score = match vote.outcome {
            VoteOutcome::First => 1.0,
            VoteOutcome::Second => 0.0,
            VoteOutcome::Tie => 0.5,
            VoteOutcome::BothBad => {
                ratings[first].both_bad += 1;
                ratings[second].both_bad += 1;
                continue;
            }
        };
        wins[first][second] += score;
        wins[second][first] += 1.0 - score;
        ratings[first].votes += 1;
        ratings[second].votes += 1;
    }
    let (strengths, errors) = fit(&wins);
    let elo = 400.0 / std::f64::consts::LN_10;
    for ((rating, strength), error) in ratings.iter_mut().zip(strengths).zip(errors) {
        rating.rating = MEAN + elo * strength;
        rating.low = rating.rating - QUANTILE * elo * error;
        rating.high = rating.rating + QUANTILE * elo * error;
    }
    ratings.sort_by(|a, b| b.rating.total_cmp(&a.rating));
    ratings
}

impl Rating {
    fn prior(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rating: MEAN,
            low: MEAN,
            high: MEAN,
            votes: 0,
            both_bad: 0,
        }
    }
}

/// The strengths at the minimum and their standard errors. `wins[a][b]` is the number of wins of a against b, ties as
/// halves.
fn fit(wins: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let mut strengths = vec![0.0; wins.len()];
    let mut cost = objective(wins, &strengths);
    for _ in 0..MAX_STEPS {
        let (gradient, hessian) = derivatives(wins, &strengths);
        let step = Cholesky::new(hessian).solve(&gradient);
        let mut fraction = 1.0;
        let taken = loop {
            let next: Vec<f64> = strengths
                .iter()
                .zip(&step)
                .map(|(strength, step)| strength - fraction * step)
                .collect();
            let next_cost = objective(wins, &next);
            // At the minimum itself, rounding may prevent any step from descending.
            if next_cost <= cost || fraction < TOLERANCE {
                (strengths, cost) = (next, next_cost.min(cost));
                break step
                    .iter()
                    .fold(0.0, |most: f64, step| most.max(step.abs()));
            }
            fraction /= 2.0;
        };
        if taken < TOLERANCE {
            break;
        }
    }
    let (_, hessian) = derivatives(wins, &strengths);
    (strengths, standard_errors(hessian))
}

/// The objective: the negative log-likelihood plus the penalty.
fn objective(wins: &[Vec<f64>], strengths: &[f64]) -> f64 {
    let mut cost: f64 = strengths
        .iter()
        .map(|strength| PENALTY * strength * strength)
        .sum();
    for (row, winner) in wins.iter().zip(strengths) {
        for (won, loser) in row.iter().zip(strengths) {
            let lead = winner - loser;
            // ln(1 + exp(−lead)) in a form that does not overflow.
            cost += won * ((-lead).max(0.0) + (-lead.abs()).exp().ln_1p());
        }
    }
    cost
}

/// The gradient and the Hessian of the objective.
fn derivatives(wins: &[Vec<f64>], strengths: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let count = strengths.len();
    let mut gradient: Vec<f64> = strengths
        .iter()
        .map(|strength| 2.0 * PENALTY * strength)
        .collect();
    let mut hessian = vec![vec![0.0; count]; count];
    for a in 0..count {
        hessian[a][a] += 2.0 * PENALTY;
        for b in 0..count {
            let probability = 1.0 / (1.0 + (strengths[b] - strengths[a]).exp());
            gradient[a] -= wins[a][b] * (1.0 - probability);
            gradient[b] += wins[a][b] * (1.0 - probability);
            let curvature = wins[a][b] * probability * (1.0 - probability);
            hessian[a][a] += curvature;
            hessian[b][b] += curvature;
            hessian[a][b] -= curvature;
            hessian[b][a] -= curvature;
        }
    }
    (gradient, hessian)
}

/// The standard errors of strengths relative to their mean. A shift of all strengths changes only the penalty; the
/// variance of that shift is subtracted.
fn standard_errors(hessian: Vec<Vec<f64>>) -> Vec<f64> {
    let count = hessian.len();
    let mean_variance = 1.0 / (2.0 * PENALTY * count as f64);
    let factor = Cholesky::new(hessian);
    (0..count)
        .map(|at| {
            let mut unit = vec![0.0; count];
            unit[at] = 1.0;
            (factor.solve(&unit)[at] - mean_variance).max(0.0).sqrt()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(first: &str, second: &str, outcome: VoteOutcome) -> PairwiseVote {
        PairwiseVote {
            first: first.to_owned(),
            second: second.to_owned(),
            outcome,
        }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 0.01
    }

    #[test]
    fn the_ratings_of_a_thousand_votes_equal_those_of_other_programs() {
        let votes: Vec<PairwiseVote> = include_str!("../../../../tests/data/votes.csv")
            .lines()
            .skip(1)
            .map(|line| {
                let fields: Vec<&str> = line.split(',').collect();
                let outcome = match fields[2] {
                    "first" => VoteOutcome::First,
                    "second" => VoteOutcome::Second,
                    "tie" => VoteOutcome::Tie,
                    "both_bad" => VoteOutcome::BothBad,
                    other => panic!("{other}"),
                };
                vote(fields[0], fields[1], outcome)
            })
            .collect();
        assert_eq!(votes.len(), 1000);
        let expected: Vec<Vec<&str>> = include_str!("../../../../tests/data/ratings.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect())
            .collect();
        let ratings = rate(&votes);
        assert_eq!(ratings.len(), expected.len());
        for (rating, expected) in ratings.iter().zip(expected) {
            let figure = |at: usize| expected[at].parse::<f64>().unwrap();
            assert_eq!(rating.name, expected[0]);
            assert!(close(rating.rating, figure(1)), "{rating:?} {expected:?}");
            assert!(close(rating.low, figure(2)), "{rating:?} {expected:?}");
            assert!(close(rating.high, figure(3)), "{rating:?} {expected:?}");
            assert_eq!(rating.votes.to_string(), expected[4]);
            assert_eq!(rating.both_bad.to_string(), expected[5]);
        }
    }

    #[test]
    fn the_mean_is_1000_and_the_winner_is_rated_higher() {
        let mut votes = vec![vote("a", "b", VoteOutcome::First); 9];
        votes.push(vote("a", "b", VoteOutcome::Second));
        let ratings = rate(&votes);
        assert_eq!(ratings[0].name, "a");
        assert!(close(ratings[0].rating + ratings[1].rating, 2000.0));
        // Odds of nine to one are 382 Elo; the penalty makes the difference of few votes smaller.
        let lead = ratings[0].rating - ratings[1].rating;
        assert!((330.0..382.0).contains(&lead), "{lead}");
    }

    #[test]
    fn every_set_of_votes_has_finite_ratings() {
        assert!(rate(&[]).is_empty());
        assert!(rate(&[vote("a", "a", VoteOutcome::First)]).is_empty());
        let unbeaten = vec![vote("a", "b", VoteOutcome::First); 10_000];
        let strangers = [
            vote("a", "b", VoteOutcome::First),
            vote("c", "d", VoteOutcome::Tie),
        ];
        let only_bad = [vote("a", "b", VoteOutcome::BothBad)];
        for votes in [&unbeaten[..], &strangers, &only_bad] {
            for rating in rate(votes) {
                assert!(rating.rating.is_finite() && rating.low <= rating.rating);
                assert!(rating.high.is_finite() && rating.rating <= rating.high);
            }
        }
        let ratings = rate(&only_bad);
        assert!(close(ratings[0].rating, MEAN) && ratings[0].high > ratings[0].low);
        assert_eq!((ratings[0].votes, ratings[0].both_bad), (0, 1));
    }

    #[test]
    fn a_tie_counts_as_half_a_win_for_each_side() {
        let ties = rate(&[
            vote("a", "b", VoteOutcome::Tie),
            vote("a", "b", VoteOutcome::Tie),
        ]);
        let split = rate(&[
            vote("a", "b", VoteOutcome::First),
            vote("a", "b", VoteOutcome::Second),
        ]);
        assert_eq!(ties, split);
    }

    #[test]
    fn more_votes_make_narrower_intervals() {
        let width = |count| {
            let mut votes = vec![vote("a", "b", VoteOutcome::First); count];
            votes.extend(vec![vote("a", "b", VoteOutcome::Second); count]);
            let rating = rate(&votes).remove(0);
            rating.high - rating.low
        };
        let (few, many) = (width(10), width(1000));
        assert!(few > 5.0 * many && many > 10.0, "{few} {many}");
    }
}
