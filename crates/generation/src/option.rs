//! A strategy's own settings: declared once, shown in every menu, parsed in one place.

use std::collections::BTreeMap;

/// One setting that only some strategies have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionSpec {
    /// How it is written: lower case, words joined by hyphens.
    pub name: &'static str,
    /// What it does, in one sentence for a menu.
    pub summary: &'static str,
    /// What it may be.
    pub kind: OptionKind,
    /// What it is when nobody says otherwise; always valid.
    pub default: &'static str,
}

/// What a knob may be set to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptionKind {
    /// A whole number from the first to the second.
    Whole(u32, u32),
    /// A number from the first to the second.
    Real(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// The value of a knob.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Of a [`OptionKind::Whole`].
    Whole(u32),
    /// Of a [`OptionKind::Real`].
    Real(f64),
    /// Of a [`OptionKind::Choice`].
    Choice(&'static str),
}

/// A knob was misnamed or its value does not fit. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The text is not of the form `name=value`.
    #[error("write options as name=value, separated by spaces, not {0:?}")]
    Form(String),
    /// No such knob.
    #[error("{strategy} has no option {name:?}; it has {known}")]
    Unknown {
        /// The strategy asked.
        strategy: &'static str,
        /// The name that was given.
        name: String,
        /// The names it has, or "none".
        known: String,
    },
    /// The value does not fit.
    #[error("{name} must be {range}, not {given:?}")]
    Value {
        /// The knob.
        name: &'static str,
        /// What it may be, in words.
        range: String,
        /// What was given.
        given: String,
    },
}

impl OptionSpec {
    /// A whole number from `range.0` to `range.1`.
    pub(super) const fn whole(
        name: &'static str,
        range: (u32, u32),
        default: &'static str,
        summary: &'static str,
    ) -> Self {
        let kind = OptionKind::Whole(range.0, range.1);
        Self {
            name,
            summary,
            kind,
            default,
        }
    }

    /// A number from `range.0` to `range.1`.
    pub(super) const fn real(
        name: &'static str,
        range: (f64, f64),
        default: &'static str,
        summary: &'static str,
    ) -> Self {
        let kind = OptionKind::Real(range.0, range.1);
        Self {
            name,
            summary,
            kind,
            default,
        }
    }

    /// One of `words`, the first if nobody says otherwise.
    pub(super) const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        summary: &'static str,
    ) -> Self {
        Self {
            name,
            summary,
            kind: OptionKind::Choice(words),
            default: words[0],
        }
    }

    /// The same knob with another default, which is within its range.
    pub(super) const fn set_to(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// What it may be set to, in words.
    pub fn range(&self) -> String {
        match self.kind {
            OptionKind::Whole(low, high) => format!("a whole number from {low} to {high}"),
            OptionKind::Real(low, high) => format!("a number from {low} to {high}"),
            OptionKind::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }

    fn parse(&self, text: &str) -> Result<Value, OptionError> {
        let value = match self.kind {
            OptionKind::Whole(low, high) => text
                .parse()
                .ok()
                .filter(|n| (low..=high).contains(n))
                .map(Value::Whole),
            OptionKind::Real(low, high) => text
                .parse()
                .ok()
                .filter(|x| (low..=high).contains(x))
                .map(Value::Real),
            OptionKind::Choice(words) => words
                .iter()
                .find(|word| **word == text)
                .map(|word| Value::Choice(word)),
        };
        value.ok_or_else(|| OptionError::Value {
            name: self.name,
            range: self.range(),
            given: text.to_owned(),
        })
    }
}

/// The values of all knobs of one strategy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OptionValues(BTreeMap<&'static str, Value>);

impl OptionValues {
    /// The defaults of `options`, with those that `text` (`name=value name=value`) sets.
    ///
    /// # Errors
    /// When `text` is malformed, names a knob that `strategy` does not have, or gives it a value outside its range.
    ///
    /// # Panics
    /// If a knob's own default is invalid.
    pub fn parse(
        strategy: &'static str,
        options: &[OptionSpec],
        text: &str,
    ) -> Result<Self, OptionError> {
        let mut values: BTreeMap<_, _> = options
            .iter()
            .map(|option| {
                (
                    option.name,
                    option
                        .parse(option.default)
                        .expect("a test walks all defaults"),
                )
            })
            .collect();
        for pair in text.split([' ', ',']).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| OptionError::Form(pair.to_owned()))?;
            let option = options
                .iter()
                .find(|option| option.name == name)
                .ok_or_else(|| unknown(strategy, options, name))?;
            values.insert(option.name, option.parse(value)?);
        }
        Ok(Self(values))
    }

    /// These values, with those that `other` has as well taken from there.
    pub(super) fn adopting(mut self, other: &Self) -> Self {
        for (name, value) in &mut self.0 {
            *value = *other.0.get(name).unwrap_or(value);
        }
        self
    }

    /// The whole number called `name`.
    ///
    /// # Panics
    /// If the strategy did not declare it as [`OptionKind::Whole`].
    pub fn whole(&self, name: &str) -> usize {
        match self.0.get(name) {
            Some(Value::Whole(n)) => *n as usize,
            other => panic!("{name} is not a whole number: {other:?}"),
        }
    }

    /// The number called `name`.
    ///
    /// # Panics
    /// If the strategy did not declare it as [`OptionKind::Real`].
    pub fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Real(x)) => *x,
            other => panic!("{name} is not a number: {other:?}"),
        }
    }

    /// The word called `name`.
    ///
    /// # Panics
    /// If the strategy did not declare it as [`OptionKind::Choice`].
    pub fn choice(&self, name: &str) -> &'static str {
        match self.0.get(name) {
            Some(Value::Choice(word)) => word,
            other => panic!("{name} is not a choice: {other:?}"),
        }
    }
}

fn unknown(strategy: &'static str, options: &[OptionSpec], name: &str) -> OptionError {
    let names: Vec<_> = options.iter().map(|option| option.name).collect();
    let known = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    OptionError::Unknown {
        strategy,
        name: name.to_owned(),
        known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOBS: &[OptionSpec] = &[
        OptionSpec {
            name: "window",
            summary: "",
            kind: OptionKind::Whole(1, 20),
            default: "6",
        },
        OptionSpec {
            name: "order",
            summary: "",
            kind: OptionKind::Choice(&["l2r", "joint"]),
            default: "l2r",
        },
        OptionSpec {
            name: "delta",
            summary: "",
            kind: OptionKind::Real(0.0, 2.0),
            default: "0.7",
        },
    ];

    #[test]
    fn what_is_not_set_keeps_its_default() {
        let options = OptionValues::parse("x", KNOBS, "order=joint").unwrap();
        assert_eq!(
            (
                options.whole("window"),
                options.choice("order"),
                options.real("delta")
            ),
            (6, "joint", 0.7)
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let message = |text| {
            OptionValues::parse("x", KNOBS, text)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message("window=99"),
            "window must be a whole number from 1 to 20, not \"99\""
        );
        assert_eq!(
            message("order=up"),
            "order must be one of l2r, joint, not \"up\""
        );
        assert_eq!(
            message("widow=3"),
            "x has no option \"widow\"; it has window, order, delta"
        );
        assert_eq!(
            message("window"),
            "write options as name=value, separated by spaces, not \"window\""
        );
        assert_eq!(
            message("delta=NaN"),
            "delta must be a number from 0 to 2, not \"NaN\""
        );
    }

    proptest! {
        #[test]
        fn options_that_are_taken_are_within_their_ranges(
            name in prop::sample::select(crate::strategy::names()),
            pairs in prop::collection::vec(("[a-z_]{1,10}", "[-+0-9a-z.e]{0,6}"), 0..4),
            option in any::<prop::sample::Index>(),
        ) {
            let strategy = crate::strategy::find(name).unwrap();
            let options = crate::strategy::options(strategy);
            // A strategy without options refuses whatever name there is.
            let own = |(other, value): (String, String)| {
                let name = if options.is_empty() { &other } else { options[option.index(options.len())].name };
                format!("{name}={value}")
            };
            let text: Vec<String> = pairs.into_iter().map(own).collect();
            let Ok(values) = OptionValues::parse(strategy.name(), &options, &text.join(" ")) else { return Ok(()) };
            for option in &options {
                let fits = match (option.kind, values.0[option.name]) {
                    (OptionKind::Whole(low, high), Value::Whole(n)) => (low..=high).contains(&n),
                    (OptionKind::Real(low, high), Value::Real(x)) => (low..=high).contains(&x),
                    (OptionKind::Choice(words), Value::Choice(word)) => words.contains(&word),
                    _ => false,
                };
                prop_assert!(fits, "{}", option.name);
            }
        }
    }
}
