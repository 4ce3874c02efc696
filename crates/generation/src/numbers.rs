//! Numbers that people set, each a type that holds only accepted values.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number is malformed or outside its range. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be {range}, not {given}")]
pub struct OutOfRange {
    name: &'static str,
    range: &'static str,
    given: String,
}

impl OutOfRange {
    pub(super) fn new(name: &'static str, range: &'static str, given: String) -> Self {
        Self { name, range, given }
    }
}

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident($inner:ty), $label:literal, $range:literal, $valid:expr, $convert:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name($inner);

        impl $name {
            /// The name in messages and menus.
            pub const NAME: &'static str = $label;
            /// The accepted values, in words.
            pub const RANGE: &'static str = $range;

            /// The number.
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
                let no_number = |_| OutOfRange { name: $label, range: $range, given: format!("{text:?}") };
                Self::try_from(text.trim().parse::<f64>().map_err(no_number)?)
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
    /// Divides the logits before the draw, 0 to 5: 0 takes the most probable token, 1 keeps the model's distribution.
    Temperature(f64), "temperature", "a number from 0 to 5", |x| (0.0..=5.0).contains(&x), |x| x
);
ranged!(
    /// Number of most probable tokens to draw from, 0 to 1000; 0 is off (top-k sampling, Fan et al. 2018,
    /// arXiv:1805.04833).
    TopK(u32), "top-k", "a whole number from 0 (off) to 1000", |x| (0.0..=1000.0).contains(&x) && x.fract() == 0.0, whole
);
ranged!(
    /// Probability mass of the most probable tokens to draw from, above 0 and at most 1; 1 is off (nucleus sampling,
    /// Holtzman et al. 2019, arXiv:1904.09751).
    TopP(f64), "top-p", "a number above 0 and at most 1", |x| x > 0.0 && x <= 1.0, |x| x
);
ranged!(
    /// Number of new tokens behind the prompt, 1 to 400.
    Length(u32), "length", "a whole number of tokens from 1 to 400", |x| (1.0..=400.0).contains(&x) && x.fract() == 0.0, whole
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_their_range_are_refused_in_words() {
        assert_eq!(
            "-1".parse::<Temperature>().unwrap_err().to_string(),
            "temperature must be a number from 0 to 5, not -1"
        );
        for bad in ["NaN", "1e9", "inf", "-0.1", "warm", ""] {
            assert!(bad.parse::<Temperature>().is_err(), "{bad}");
        }
        for bad in ["0", "401", "2.5", "NaN"] {
            assert!(bad.parse::<Length>().is_err(), "{bad}");
        }
        assert!("0".parse::<TopP>().is_err());
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it() {
        assert!("0".parse::<Temperature>().is_ok() && "5".parse::<Temperature>().is_ok());
        assert!("1".parse::<TopP>().is_ok());
    }
}
