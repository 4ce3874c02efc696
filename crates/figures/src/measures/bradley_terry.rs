//! Ratings from votes between two: the Bradley–Terry model on the Elo scale, with intervals.
//!
//! Every entrant has a strength θ, and beats another with probability 1 / (1 + exp(θ' − θ)). The strengths are those under
//! which the votes are likeliest; a tie counts half for each side, and "both bad" for neither. So that votes of any kind
//! have one answer (also when somebody won always, or when two groups never met), strengths are drawn a little towards
//! the mean: what is minimised is the negative log-likelihood plus `PENALTY` times the sum of the squared strengths. That
//! function is convex with a single minimum, which Newton's method finds (steps are halved while they do not descend).
//!
//! The intervals are 1.96 standard errors to either side. The errors come from the inverse of the Hessian at the minimum
//! (the Fisher information with the penalty's share), for strengths relative to the mean of all. scripts/check-ratings.py
//! fits the same votes with other programs.

use std::collections::BTreeMap;

/// How strongly strengths are drawn to the mean. As a prior it says that two strengths in three lie within 550 Elo of it.
const PENALTY: f64 = 0.05;
/// The mean of all ratings.
const MEAN: f64 = 1000.0;
/// Standard errors on each side of an interval that holds 95 %.
const SIDE: f64 = 1.959_964;
/// Newton's method squares the error with each step; it never needs nearly as many.
const MOST_STEPS: usize = 100;
const CLOSE: f64 = 1e-10;

/// What somebody decided between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The first is better.
    First,
    /// The second is better.
    Second,
    /// They are equally good.
    Tie,
    /// Neither is any good.
    BothBad,
}

/// A decision between two entrants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// One of them.
    pub first: String,
    /// The other.
    pub second: String,
    /// What was decided. Between an entrant and itself it says nothing.
    pub verdict: Verdict,
}

/// How an entrant does.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// Its name.
    pub name: String,
    /// On the Elo scale: 400 more are ten times the odds, and the mean of all is 1000.
    pub rating: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Votes that count for the rating: won, lost and tied.
    pub votes: u64,
    /// Votes that found it bad together with another.
    pub both_bad: u64,
}

/// Ratings of all entrants, the best first.
pub fn rate(votes: &[Vote]) -> Vec<Rating> {
    let votes: Vec<&Vote> = votes
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
    let mut ratings: Vec<Rating> = names.keys().map(|name| Rating::unknown(name)).collect();
    for vote in votes {
        let (first, second) = (names[vote.first.as_str()], names[vote.second.as_str()]);
        let share = match vote.verdict {
            Verdict::First => 1.0,
            Verdict::Second => 0.0,
            Verdict::Tie => 0.5,
            Verdict::BothBad => {
                ratings[first].both_bad += 1;
                ratings[second].both_bad += 1;
                continue;
            }
        };
        wins[first][second] += share;
        wins[second][first] += 1.0 - share;
        ratings[first].votes += 1;
        ratings[second].votes += 1;
    }
    let (strengths, errors) = fit(&wins);
    let elo = 400.0 / std::f64::consts::LN_10;
    for ((rating, strength), error) in ratings.iter_mut().zip(strengths).zip(errors) {
        rating.rating = MEAN + elo * strength;
        rating.low = rating.rating - SIDE * elo * error;
        rating.high = rating.rating + SIDE * elo * error;
    }
    ratings.sort_by(|a, b| b.rating.total_cmp(&a.rating));
    ratings
}

impl Rating {
    fn unknown(name: &str) -> Self {
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

/// The likeliest strengths and their standard errors; `wins[a][b]` says how often a won against b.
fn fit(wins: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let mut strengths = vec![0.0; wins.len()];
    let mut cost = cost_of(wins, &strengths);
    for _ in 0..MOST_STEPS {
        let (slope, hessian) = derivatives(wins, &strengths);
        let step = Cholesky::new(hessian).solve(&slope);
        let mut fraction = 1.0;
        let taken = loop {
            let next: Vec<f64> = strengths
                .iter()
                .zip(&step)
                .map(|(strength, step)| strength - fraction * step)
                .collect();
            let next_cost = cost_of(wins, &next);
            // At the minimum itself a step can no longer descend.
            if next_cost <= cost || fraction < CLOSE {
                (strengths, cost) = (next, next_cost.min(cost));
                break step
                    .iter()
                    .fold(0.0, |most: f64, step| most.max(step.abs()));
            }
            fraction /= 2.0;
        };
        if taken < CLOSE {
            break;
        }
    }
    let (_, hessian) = derivatives(wins, &strengths);
    (strengths, errors(hessian))
}

/// The negative log-likelihood with the penalty.
fn cost_of(wins: &[Vec<f64>], strengths: &[f64]) -> f64 {
    let mut cost: f64 = strengths
        .iter()
        .map(|strength| PENALTY * strength * strength)
        .sum();
    for (row, winner) in wins.iter().zip(strengths) {
        for (won, loser) in row.iter().zip(strengths) {
            let lead = winner - loser;
            // ln(1 + exp(−lead)), which overflows in neither direction.
            cost += won * ((-lead).max(0.0) + (-lead.abs()).exp().ln_1p());
        }
    }
    cost
}

/// Its first and second derivatives.
fn derivatives(wins: &[Vec<f64>], strengths: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let count = strengths.len();
    let mut slope: Vec<f64> = strengths
        .iter()
        .map(|strength| 2.0 * PENALTY * strength)
        .collect();
    let mut hessian = vec![vec![0.0; count]; count];
    for a in 0..count {
        hessian[a][a] += 2.0 * PENALTY;
        for b in 0..count {
            let chance = 1.0 / (1.0 + (strengths[b] - strengths[a]).exp());
            slope[a] -= wins[a][b] * (1.0 - chance);
            slope[b] += wins[a][b] * (1.0 - chance);
            let curve = wins[a][b] * chance * (1.0 - chance);
            hessian[a][a] += curve;
            hessian[b][b] += curve;
            hessian[a][b] -= curve;
            hessian[b][a] -= curve;
        }
    }
    (slope, hessian)
}

/// Standard errors of strengths relative to the mean. Moving all strengths alike changes only the penalty, whose share of
/// the variance is taken out again.
fn errors(hessian: Vec<Vec<f64>>) -> Vec<f64> {
    let count = hessian.len();
    let of_mean = 1.0 / (2.0 * PENALTY * count as f64);
    let roots = Cholesky::new(hessian);
    (0..count)
        .map(|at| {
            let mut unit = vec![0.0; count];
            unit[at] = 1.0;
            (roots.solve(&unit)[at] - of_mean).max(0.0).sqrt()
        })
        .collect()
}

/// A symmetric matrix with only positive eigenvalues (the penalty sees to it) as the product of a triangle with itself.
struct Cholesky(Vec<Vec<f64>>);

impl Cholesky {
    fn new(mut matrix: Vec<Vec<f64>>) -> Self {
        for row in 0..matrix.len() {
            for column in 0..=row {
                let known: f64 = (0..column)
                    .map(|at| matrix[row][at] * matrix[column][at])
                    .sum();
                let rest = matrix[row][column] - known;
                matrix[row][column] = if row == column {
                    rest.sqrt()
                } else {
                    rest / matrix[column][column]
                };
            }
        }
        Self(matrix)
    }

    /// The vector that the matrix turns into `target`.
    fn solve(&self, target: &[f64]) -> Vec<f64> {
        let root = &self.0;
        let mut found = target.to_vec();
        for row in 0..found.len() {
            let known: f64 = (0..row).map(|at| root[row][at] * found[at]).sum();
            found[row] = (found[row] - known) / root[row][row];
        }
        for row in (0..found.len()).rev() {
            let known: f64 = (row + 1..found.len())
                .map(|at| root[at][row] * found[at])
                .sum();
            found[row] = (found[row] - known) / root[row][row];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(first: &str, second: &str, verdict: Verdict) -> Vote {
        Vote {
            first: first.to_owned(),
            second: second.to_owned(),
            verdict,
        }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 0.01
    }

    #[test]
    fn a_thousand_votes_give_the_ratings_of_other_programs() {
        let votes: Vec<Vote> = include_str!("../../../../tests/data/votes.csv")
            .lines()
            .skip(1)
            .map(|line| {
                let fields: Vec<&str> = line.split(',').collect();
                let verdict = match fields[2] {
                    "first" => Verdict::First,
                    "second" => Verdict::Second,
                    "tie" => Verdict::Tie,
                    "both_bad" => Verdict::BothBad,
                    other => panic!("{other}"),
                };
                vote(fields[0], fields[1], verdict)
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
    fn the_mean_is_a_thousand_and_winning_more_is_rated_higher() {
        let mut votes = vec![vote("a", "b", Verdict::First); 9];
        votes.push(vote("a", "b", Verdict::Second));
        let ratings = rate(&votes);
        assert_eq!(ratings[0].name, "a");
        assert!(close(ratings[0].rating + ratings[1].rating, 2000.0));
        // Nine to one is 382 Elo; a little less, as few votes are drawn to the mean.
        let lead = ratings[0].rating - ratings[1].rating;
        assert!((330.0..382.0).contains(&lead), "{lead}");
    }

    #[test]
    fn votes_of_any_kind_have_an_answer() {
        assert!(rate(&[]).is_empty());
        assert!(rate(&[vote("a", "a", Verdict::First)]).is_empty());
        let unbeaten = vec![vote("a", "b", Verdict::First); 10_000];
        let strangers = [vote("a", "b", Verdict::First), vote("c", "d", Verdict::Tie)];
        let only_bad = [vote("a", "b", Verdict::BothBad)];
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
    fn ties_count_half_to_each() {
        let ties = rate(&[vote("a", "b", Verdict::Tie), vote("a", "b", Verdict::Tie)]);
        let split = rate(&[
            vote("a", "b", Verdict::First),
            vote("a", "b", Verdict::Second),
        ]);
        assert_eq!(ties, split);
    }

    #[test]
    fn more_votes_make_narrower_intervals() {
        let width = |count| {
            let mut votes = vec![vote("a", "b", Verdict::First); count];
            votes.extend(vec![vote("a", "b", Verdict::Second); count]);
            let rating = rate(&votes).remove(0);
            rating.high - rating.low
        };
        let (few, many) = (width(10), width(1000));
        assert!(few > 5.0 * many && many > 10.0, "{few} {many}");
    }
}
