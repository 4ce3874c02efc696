//! The seed of a generation's random numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OutOfRange;

/// The seed of a generation's random numbers: any whole number that a JSON number holds exactly, 0 to 2^53 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Seed(u64);

impl Seed {
    /// The name in messages and menus.
    pub const NAME: &'static str = "seed";
    /// The accepted values, in words.
    pub const RANGE: &'static str = "a whole number from 0 to 9007199254740991";
    /// The largest seed, 2^53 - 1.
    pub const MAX: u64 = (1 << 53) - 1;

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }

    /// A seed derived from this one for each `number`; 0 gives this seed. Variations of variations differ from all of
    /// these as well.
    #[must_use]
    pub fn variation(self, number: usize) -> Self {
        if number == 0 {
            return self;
        }
        // The finaliser of SplitMix64 (Steele et al. 2014).
        let mut mixed = self
            .0
            .wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self((mixed ^ (mixed >> 31)) & Self::MAX)
    }
}

impl TryFrom<u64> for Seed {
    type Error = OutOfRange;

    fn try_from(value: u64) -> Result<Self, OutOfRange> {
        if value <= Self::MAX {
            Ok(Self(value))
        } else {
            Err(OutOfRange::new(Self::NAME, Self::RANGE, value.to_string()))
        }
    }
}

impl FromStr for Seed {
    type Err = OutOfRange;

    fn from_str(text: &str) -> Result<Self, OutOfRange> {
        let no_number = |_| OutOfRange::new(Self::NAME, Self::RANGE, format!("{text:?}"));
        Self::try_from(text.trim().parse::<u64>().map_err(no_number)?)
    }
}

impl From<u32> for Seed {
    fn from(value: u32) -> Self {
        Self(u64::from(value))
    }
}

impl From<Seed> for u64 {
    fn from(seed: Seed) -> u64 {
        seed.0
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variations_of_a_seed_differ_from_each_other_and_from_theirs() {
        let seed = Seed::from(7);
        let mut known = std::collections::HashSet::from([seed]);
        for n in 1..50 {
            assert!(known.insert(seed.variation(n)));
            for m in 1..50 {
                assert!(known.insert(seed.variation(n).variation(m)));
            }
        }
        assert_eq!(seed.variation(0), seed);
    }

    #[test]
    fn the_largest_seed_is_exact_in_json() {
        assert_eq!("9007199254740991".parse::<Seed>().unwrap().get(), Seed::MAX);
        assert!("9007199254740992".parse::<Seed>().is_err());
        assert!("-1".parse::<Seed>().is_err());
    }
}
