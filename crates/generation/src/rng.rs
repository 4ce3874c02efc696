//! The random numbers of one generation.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Seed;

/// A stream of random numbers that depends only on a seed.
///
/// Distributions are computed here from the bits of `ChaCha8` rather than by a library, so that updates of dependencies
/// do not change the text of a seed.
#[derive(Debug, Clone)]
pub struct SeededRng(ChaCha8Rng);

impl SeededRng {
    /// The stream of `seed`.
    pub fn new(seed: Seed) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed.get()))
    }

    /// A uniform number in `0.0..1.0`, with all 53 bits of an f64.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A uniform whole number in `0..n`. `n` is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        // The upper half of the product (Lemire 2019, arXiv:1805.10941); the bias is below n / 2^64.
        #[expect(clippy::cast_possible_truncation, reason = "below n")]
        let drawn = ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize;
        drawn
    }

    /// A number from the standard Gumbel distribution. The argmax of log-probabilities plus such noise is a sample of
    /// their distribution: the Gumbel-max trick (Gumbel 1954; Maddison et al. 2014, arXiv:1411.0030).
    pub fn gumbel(&mut self) -> f64 {
        -(-self.open_unit().ln()).ln()
    }

    /// A number from the gamma distribution with shape 2 and scale 1. Several of them, divided by their sum, are a
    /// sample of the symmetric Dirichlet(2) distribution.
    pub fn gamma_2(&mut self) -> f64 {
        -(self.open_unit() * self.open_unit()).ln()
    }

    /// A uniform number above 0 and below 1.
    fn open_unit(&mut self) -> f64 {
        self.unit().max(f64::MIN_POSITIVE)
    }

    /// Shuffles `items` (Fisher and Yates 1938; Durstenfeld 1964).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_in_every_version() {
        let mut rng = SeededRng::new(Seed::from(7));
        let drawn: Vec<usize> = (0..6).map(|_| rng.below(1000)).collect();
        assert_eq!(drawn, [157, 167, 704, 726, 601, 359]);
    }

    #[test]
    fn numbers_fill_their_range_evenly() {
        let mut rng = SeededRng::new(Seed::from(1));
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
        }
        assert!(
            counts.iter().all(|&n| (9_600..10_400).contains(&n)),
            "{counts:?}"
        );
        let mean = (0..10_000).map(|_| rng.unit()).sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        SeededRng::new(Seed::from(3)).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
