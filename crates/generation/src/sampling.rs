//! Sampling one token from a list of candidates: temperature, then top-k, then top-p, then the draw.
//!
//! Top-k sampling is Fan et al. 2018 (arXiv:1805.04833), top-p or nucleus sampling Holtzman et al. 2019
//! (arXiv:1904.09751).

use serde::{Deserialize, Serialize};

use super::{SeededRng, Temperature, TokenId, TopK, TopP};

/// How tokens are sampled.
///
/// ```
/// use generation::{Candidate, Sampling, Seed, SeededRng, TokenId};
///
/// let greedy = Sampling {
///     temperature: "0".parse()?,
///     top_k: "0".parse()?,
///     top_p: "1".parse()?,
/// };
/// let candidate = |id, logit| Candidate { token: TokenId(id), logit, probability: 0.0 };
/// let mut candidates = vec![candidate(1, 0.5), candidate(2, 2.0)];
/// let sampled = greedy.draw(&mut candidates, &mut SeededRng::new(Seed::from(1)));
/// assert_eq!(sampled.map(|sampled| sampled.token), Some(TokenId(2)));
/// # Ok::<(), generation::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Divides the logits; 0 takes the most probable candidate.
    pub temperature: Temperature,
    /// Number of most probable candidates to keep; 0 keeps all.
    pub top_k: TopK,
    /// Probability mass of the most probable candidates to keep; 1 keeps all.
    pub top_p: TopP,
}

/// A token that the rules permit, after penalties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The token.
    pub token: TokenId,
    /// Its logit after penalties.
    pub logit: f32,
    /// The model's own probability of the token, before penalties.
    pub probability: f32,
}

impl Sampling {
    /// The same sampling with another temperature. A temperature outside its range is ignored.
    #[must_use]
    pub(super) fn with_temperature(self, temperature: f64) -> Self {
        let temperature = Temperature::try_from(temperature).unwrap_or(self.temperature);
        Self {
            temperature,
            ..self
        }
    }

    /// Samples one of `candidates`; `None` if there are none. At temperature 0 takes the best, the smallest token of
    /// equals, and leaves `rng` as it is. The order of `candidates` does not matter; on return it is unspecified.
    pub fn draw(&self, candidates: &mut Vec<Candidate>, rng: &mut SeededRng) -> Option<Candidate> {
        let better =
            |a: &Candidate, b: &Candidate| b.logit.total_cmp(&a.logit).then(a.token.cmp(&b.token));
        let temperature = self.temperature.get();
        if temperature == 0.0 {
            return candidates.iter().copied().min_by(better);
        }
        let keep = match self.top_k.get() as usize {
            0 => candidates.len(),
            k => k.min(candidates.len()),
        };
        if keep < candidates.len() {
            candidates.select_nth_unstable_by(keep, better);
            candidates.truncate(keep);
        }
        candidates.sort_unstable_by(better);
        let row_max = f64::from(candidates.first()?.logit);
        // In f64, since a rounded tail acts like a lower temperature (Zheng et al. 2024, arXiv:2409.02908).
        let weights: Vec<f64> = candidates
            .iter()
            .map(|c| ((f64::from(c.logit) - row_max) / temperature).exp())
            .collect();
        let mass = self.top_p.get() * weights.iter().sum::<f64>();
        let reached = weights.iter().scan(0.0, |sum, weight| {
            Some(std::mem::replace(sum, *sum + weight))
        });
        let nucleus = reached.take_while(|before| *before < mass).count();
        let mut left = rng.unit() * weights[..nucleus].iter().sum::<f64>();
        for (candidate, weight) in candidates.iter().zip(&weights[..nucleus]) {
            left -= weight;
            if left < 0.0 {
                return Some(*candidate);
            }
        }
        Some(candidates[nucleus - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    fn sampling(temperature: f64, top_k: f64, top_p: f64) -> Sampling {
        Sampling {
            temperature: temperature.try_into().unwrap(),
            top_k: top_k.try_into().unwrap(),
            top_p: top_p.try_into().unwrap(),
        }
    }

    fn candidates(logits: &[f32]) -> Vec<Candidate> {
        (0..)
            .zip(logits)
            .map(|(id, &logit)| Candidate {
                token: TokenId(id),
                logit,
                probability: 0.0,
            })
            .collect()
    }

    fn shares(sampling: Sampling, logits: &[f32], draws: u32) -> Vec<f64> {
        let mut rng = SeededRng::new(Seed::from(5));
        let mut counts = vec![0u32; logits.len()];
        for _ in 0..draws {
            counts[sampling
                .draw(&mut candidates(logits), &mut rng)
                .unwrap()
                .token
                .index()] += 1;
        }
        counts
            .iter()
            .map(|&n| f64::from(n) / f64::from(draws))
            .collect()
    }

    #[test]
    fn at_temperature_zero_the_best_wins_and_ties_go_to_the_smaller_token() {
        let mut rng = SeededRng::new(Seed::from(1));
        let drawn = sampling(0.0, 0.0, 1.0)
            .draw(&mut candidates(&[1.0, 3.0, 3.0, 2.0]), &mut rng)
            .unwrap();
        assert_eq!(drawn.token, TokenId(1));
    }

    #[test]
    fn at_temperature_one_tokens_come_in_proportion_to_the_softmax() {
        let share = shares(sampling(1.0, 0.0, 1.0), &[0.0, 1.0, 2.0], 30_000);
        for (drawn, expected) in share.iter().zip([0.0900, 0.2447, 0.6652]) {
            assert!((drawn - expected).abs() < 0.01, "{share:?}");
        }
    }

    #[test]
    fn temperature_comes_before_top_p() {
        // At temperature 2 the best of (0, 1, 2) has 51 %; at temperature 1 it would reach 0.6 alone.
        let share = shares(sampling(2.0, 0.0, 0.6), &[0.0, 1.0, 2.0], 5_000);
        assert!(share[0] == 0.0 && share[1] > 0.3, "{share:?}");
    }

    #[test]
    fn top_k_and_top_p_drop_the_tail() {
        let without_third = shares(sampling(5.0, 2.0, 1.0), &[1.0, 9.0, 5.0, 8.0], 2_000);
        assert!(without_third[2] < f64::EPSILON);
        let only_best = shares(sampling(1.0, 0.0, 0.0001), &[1.0, 2.0, 3.0], 100);
        assert!(only_best[2] > 0.999);
    }

    #[test]
    fn no_candidates_give_no_sample() {
        assert_eq!(
            sampling(1.0, 5.0, 0.5).draw(&mut Vec::new(), &mut SeededRng::new(Seed::from(1))),
            None
        );
    }
}
