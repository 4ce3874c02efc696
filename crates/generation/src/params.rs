//! The numbers that a generation runs with, each within its range.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Bans, OptionValues, Sampling, TokenId};

/// A number was not one, or lay outside its range. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be {range}, not {given}")]
pub struct OutOfRange {
    name: &'static str,
    range: &'static str,
    given: String,
}

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident($inner:ty), $label:literal, $range:literal, $valid:expr, $convert:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name($inner);

        impl $name {
            /// What the number is called in messages and menus.
            pub const NAME: &'static str = $label;
            /// Its range, in words.
            pub const RANGE: &'static str = $range;

            /// The number itself.
            pub fn get(self) -> $inner {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = OutOfRange;

            fn try_from(value: f64) -> Result<Self, OutOfRange> {
                let (valid, convert): (fn(f64) -> bool, fn(f64) -> $inner) = ($valid, $convert);
                if valid(value) {
                    Ok(Self(convert(value)))
                } else {
                    Err(OutOfRange { name: $label, range: $range, given: value.to_string() })
                }
            }
        }

        impl FromStr for $name {
            type Err = OutOfRange;

            fn from_str(text: &str) -> Result<Self, OutOfRange> {
                let refused = || OutOfRange { name: $label, range: $range, given: format!("{text:?}") };
                let value: f64 = text.trim().parse().map_err(|_| refused())?;
                Self::try_from(value).map_err(|_| refused())
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                f64::from(value.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "called after the range was checked"
)]
fn whole(value: f64) -> u32 {
    value as u32
}

ranged!(
    /// How boldly tokens are drawn: 0 always takes the most probable, 1 draws from the model's distribution as it is.
    Temperature(f64), "temperature", "a number from 0 to 5", |x| (0.0..=5.0).contains(&x), |x| x
);
ranged!(
    /// Only this many of the most probable tokens are drawn from; 0 draws from the whole vocabulary.
    TopK(u32), "top-k", "a whole number from 0 (off) to 1000", |x| (0.0..=1000.0).contains(&x) && x.fract() == 0.0, whole
);
ranged!(
    /// Only the most probable tokens that together reach this probability are drawn from; 1 is off.
    TopP(f64), "top-p", "a number above 0 and at most 1", |x| x > 0.0 && x <= 1.0, |x| x
);
ranged!(
    /// How many new tokens are written behind the prompt.
    Length(u32), "length", "a whole number of tokens from 1 to 400", |x| (1.0..=400.0).contains(&x) && x.fract() == 0.0, whole
);

/// Where a generation's random numbers start: any whole number that a JSON number holds exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Seed(u64);

impl Seed {
    /// What the number is called in messages and menus.
    pub const NAME: &'static str = "seed";
    /// Its range, in words.
    pub const RANGE: &'static str = "a whole number from 0 to 9007199254740991";
    /// The largest seed, 2^53 - 1.
    pub const MAX: u64 = (1 << 53) - 1;

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }

    /// Another seed for each `number`, with 0 the seed itself. Variations of variations differ from all of these, too.
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
            Err(OutOfRange {
                name: Self::NAME,
                range: Self::RANGE,
                given: value.to_string(),
            })
        }
    }
}

impl FromStr for Seed {
    type Err = OutOfRange;

    fn from_str(text: &str) -> Result<Self, OutOfRange> {
        let refused = || OutOfRange {
            name: Self::NAME,
            range: Self::RANGE,
            given: format!("{text:?}"),
        };
        let value: u64 = text.trim().parse().map_err(|_| refused())?;
        Self::try_from(value).map_err(|_| refused())
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

/// Everything a strategy needs besides the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Where the random numbers start.
    pub seed: Seed,
    /// The strategy's own settings, all present.
    pub options: OptionValues,
    /// Words that must appear, each as its tokens; for strategies that can promise it.
    pub keywords: Vec<Vec<TokenId>>,
    /// Words that must not be written.
    pub bans: Bans,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_their_range_are_refused_in_words() {
        assert_eq!(
            "-1".parse::<Temperature>().unwrap_err().to_string(),
            "temperature must be a number from 0 to 5, not \"-1\""
        );
        for bad in ["NaN", "1e9", "inf", "-0.1", "warm", ""] {
            assert!(bad.parse::<Temperature>().is_err(), "{bad}");
        }
        for bad in ["0", "401", "2.5", "NaN"] {
            assert!(bad.parse::<Length>().is_err(), "{bad}");
        }
        assert!("0".parse::<TopP>().is_err());
        assert!("9007199254740992".parse::<Seed>().is_err());
        assert!("-1".parse::<Seed>().is_err());
    }

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
    fn the_ends_of_a_range_belong_to_it() {
        assert!("0".parse::<Temperature>().is_ok() && "5".parse::<Temperature>().is_ok());
        assert!("1".parse::<TopP>().is_ok());
        assert_eq!("9007199254740991".parse::<Seed>().unwrap().get(), Seed::MAX);
    }
}
