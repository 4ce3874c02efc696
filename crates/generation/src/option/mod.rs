//! The options of strategies: typed constants, declared once, read by constant, parsed and described in one place.
//!
//! A strategy declares each of its options as a [`StrategyOption`] constant, lists the constant's
//! [`spec`](StrategyOption::spec) in [`Strategy::options`](crate::strategy::Strategy::options), and reads the value
//! with [`OptionValues::get`]. A misspelt constant does not compile, and neither does a default outside its range.

mod choice;
mod error;
mod spec;
mod values;

use std::marker::PhantomData;

pub use choice::OptionChoice;
pub(crate) use choice::option_choices;
pub use error::OptionError;
pub use spec::{OptionKind, OptionSpec, OptionValue};
pub use values::OptionValues;

/// An option of strategies whose value is read as a `T`: `usize`, `f64`, or an enum that implements [`OptionChoice`].
#[derive(Debug)]
pub struct StrategyOption<T> {
    spec: OptionSpec,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for StrategyOption<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StrategyOption<T> {}

/// A type that the value of an option is read as.
pub trait OptionType: Copy {
    /// `value` as this type, or `None` if `value` is of another kind.
    fn read(value: OptionValue) -> Option<Self>;
}

impl OptionType for usize {
    fn read(value: OptionValue) -> Option<Self> {
        match value {
            OptionValue::Integer(number) => Some(number as Self),
            OptionValue::Real(_) | OptionValue::Choice(_) => None,
        }
    }
}

impl OptionType for f64 {
    fn read(value: OptionValue) -> Option<Self> {
        match value {
            OptionValue::Real(number) => Some(number),
            OptionValue::Integer(_) | OptionValue::Choice(_) => None,
        }
    }
}

impl<T> StrategyOption<T> {
    const fn new(
        name: &'static str,
        summary: &'static str,
        kind: OptionKind,
        default: OptionValue,
    ) -> Self {
        Self {
            spec: OptionSpec {
                name,
                summary,
                kind,
                default,
                aliases: &[],
            },
            value: PhantomData,
        }
    }

    /// The description of the option, without its type.
    pub const fn spec(self) -> OptionSpec {
        self.spec
    }

    const fn with_default_value(mut self, default: OptionValue) -> Self {
        self.spec.default = default;
        self
    }
}

impl StrategyOption<usize> {
    /// A whole number from `range.0` to `range.1`, both included.
    pub(crate) const fn integer(
        name: &'static str,
        range: (u32, u32),
        default: u32,
        summary: &'static str,
    ) -> Self {
        assert!(
            range.0 <= default && default <= range.1,
            "the default is outside the range"
        );
        let kind = OptionKind::Integer(range.0, range.1);
        Self::new(name, summary, kind, OptionValue::Integer(default))
    }
}

impl StrategyOption<f64> {
    /// A number from `range.0` to `range.1`, both included.
    pub(crate) const fn real(
        name: &'static str,
        range: (f64, f64),
        default: f64,
        summary: &'static str,
    ) -> Self {
        let kind = OptionKind::Real(range.0, range.1);
        Self::new(name, summary, kind, OptionValue::Real(default)).with_default(default)
    }

    /// The same option with another default.
    pub(crate) const fn with_default(self, default: f64) -> Self {
        let OptionKind::Real(low, high) = self.spec.kind else {
            panic!("the option is not a real number");
        };
        assert!(
            low <= default && default <= high,
            "the default is outside the range"
        );
        self.with_default_value(OptionValue::Real(default))
    }
}

impl<T: OptionChoice> StrategyOption<T> {
    /// One of the names of `T`; the default is the first.
    pub(crate) const fn choice(name: &'static str, summary: &'static str) -> Self {
        let default = OptionValue::Choice(T::NAMES[0]);
        Self::new(name, summary, OptionKind::Choice(T::NAMES), default)
    }

    /// The same option with another default, one of the names of `T`.
    pub(crate) const fn with_default_name(self, default: &'static str) -> Self {
        let mut index = 0;
        while !choice::equal(T::NAMES[index], default) {
            index += 1;
        }
        self.with_default_value(OptionValue::Choice(T::NAMES[index]))
    }

    /// The same option, in which `aliases` are accepted as well: pairs of a former name and the name of today.
    pub(crate) const fn with_aliases(
        mut self,
        aliases: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.spec.aliases = aliases;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    option_choices! {
        /// Two of them.
        pub(crate) enum Colour {
            /// Red.
            Red = "red",
            /// Blue.
            Blue = "blue",
        }
    }

    const COLOUR: StrategyOption<Colour> = StrategyOption::choice("colour", "What it looks like.");

    fn colour(option: StrategyOption<Colour>, text: &str) -> Result<Colour, OptionError> {
        OptionValues::parse("x", &[option.spec()], text).map(|values| values.get(option))
    }

    #[test]
    fn a_choice_defaults_to_its_first_name_unless_told_otherwise() {
        assert_eq!(colour(COLOUR, ""), Ok(Colour::Red));
        assert_eq!(
            colour(COLOUR.with_default_name("blue"), ""),
            Ok(Colour::Blue)
        );
    }

    #[test]
    fn an_alias_is_read_as_the_name_of_today() {
        let option = COLOUR.with_aliases(&[("azure", "blue")]);
        assert_eq!(colour(option, "colour=azure"), Ok(Colour::Blue));
        assert!(colour(COLOUR, "colour=azure").is_err());
    }

    #[test]
    #[should_panic(expected = "option colour is read but not declared")]
    fn reading_an_option_that_is_not_declared_panics() {
        OptionValues::default().get(COLOUR);
    }
}
