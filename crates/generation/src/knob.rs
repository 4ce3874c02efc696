//! A strategy's own settings: declared once, shown in every menu, parsed in one place.

use std::collections::BTreeMap;

/// One setting that only some strategies have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knob {
    /// How it is written: lower case, words joined by hyphens.
    pub name: &'static str,
    /// What it does, in one sentence for a menu.
    pub summary: &'static str,
    /// What it may be.
    pub kind: KnobKind,
    /// What it is when nobody says otherwise; always valid.
    pub default: &'static str,
}

/// What a knob may be set to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KnobKind {
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
    /// Of a [`KnobKind::Whole`].
    Whole(u32),
    /// Of a [`KnobKind::Real`].
    Real(f64),
    /// Of a [`KnobKind::Choice`].
    Choice(&'static str),
}

/// A knob was misnamed or its value does not fit. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KnobError {
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

impl Knob {
    /// A whole number from `range.0` to `range.1`.
    pub(super) const fn whole(
        name: &'static str,
        range: (u32, u32),
        default: &'static str,
        summary: &'static str,
    ) -> Self {
        let kind = KnobKind::Whole(range.0, range.1);
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
        let kind = KnobKind::Real(range.0, range.1);
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
            kind: KnobKind::Choice(words),
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
            KnobKind::Whole(low, high) => format!("a whole number from {low} to {high}"),
            KnobKind::Real(low, high) => format!("a number from {low} to {high}"),
            KnobKind::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }

    fn parse(&self, text: &str) -> Result<Value, KnobError> {
        let value = match self.kind {
            KnobKind::Whole(low, high) => text
                .parse()
                .ok()
                .filter(|n| (low..=high).contains(n))
                .map(Value::Whole),
            KnobKind::Real(low, high) => text
                .parse()
                .ok()
                .filter(|x| (low..=high).contains(x))
                .map(Value::Real),
            KnobKind::Choice(words) => words
                .iter()
                .find(|word| **word == text)
                .map(|word| Value::Choice(word)),
        };
        value.ok_or_else(|| KnobError::Value {
            name: self.name,
            range: self.range(),
            given: text.to_owned(),
        })
    }
}

/// The values of all knobs of one strategy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Knobs(BTreeMap<&'static str, Value>);

impl Knobs {
    /// The defaults of `knobs`, with those that `text` (`name=value name=value`) sets.
    ///
    /// # Errors
    /// When `text` is malformed, names a knob that `strategy` does not have, or gives it a value outside its range.
    ///
    /// # Panics
    /// If a knob's own default is invalid.
    pub fn parse(strategy: &'static str, knobs: &[Knob], text: &str) -> Result<Self, KnobError> {
        let mut values: BTreeMap<_, _> = knobs
            .iter()
            .map(|knob| {
                (
                    knob.name,
                    knob.parse(knob.default).expect("a test walks all defaults"),
                )
            })
            .collect();
        for pair in text.split([' ', ',']).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| KnobError::Form(pair.to_owned()))?;
            let knob = knobs
                .iter()
                .find(|knob| knob.name == name)
                .ok_or_else(|| unknown(strategy, knobs, name))?;
            values.insert(knob.name, knob.parse(value)?);
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
    /// If the strategy did not declare it as [`KnobKind::Whole`].
    pub fn whole(&self, name: &str) -> usize {
        match self.0.get(name) {
            Some(Value::Whole(n)) => *n as usize,
            other => panic!("{name} is not a whole number: {other:?}"),
        }
    }

    /// The number called `name`.
    ///
    /// # Panics
    /// If the strategy did not declare it as [`KnobKind::Real`].
    pub fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Real(x)) => *x,
            other => panic!("{name} is not a number: {other:?}"),
        }
    }

    /// The word called `name`.
    ///
    /// # Panics
    /// If the strategy did not declare it as [`KnobKind::Choice`].
    pub fn choice(&self, name: &str) -> &'static str {
        match self.0.get(name) {
            Some(Value::Choice(word)) => word,
            other => panic!("{name} is not a choice: {other:?}"),
        }
    }
}

fn unknown(strategy: &'static str, knobs: &[Knob], name: &str) -> KnobError {
    let names: Vec<_> = knobs.iter().map(|knob| knob.name).collect();
    let known = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    KnobError::Unknown {
        strategy,
        name: name.to_owned(),
        known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOBS: &[Knob] = &[
        Knob {
            name: "window",
            summary: "",
            kind: KnobKind::Whole(1, 20),
            default: "6",
        },
        Knob {
            name: "order",
            summary: "",
            kind: KnobKind::Choice(&["l2r", "joint"]),
            default: "l2r",
        },
        Knob {
            name: "delta",
            summary: "",
            kind: KnobKind::Real(0.0, 2.0),
            default: "0.7",
        },
    ];

    #[test]
    fn what_is_not_set_keeps_its_default() {
        let knobs = Knobs::parse("x", KNOBS, "order=joint").unwrap();
        assert_eq!(
            (
                knobs.whole("window"),
                knobs.choice("order"),
                knobs.real("delta")
            ),
            (6, "joint", 0.7)
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let message = |text| Knobs::parse("x", KNOBS, text).unwrap_err().to_string();
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
            knob in any::<prop::sample::Index>(),
        ) {
            let strategy = crate::strategy::find(name).unwrap();
            let knobs = crate::strategy::knobs(strategy);
            // A strategy without options refuses whatever name there is.
            let own = |(other, value): (String, String)| {
                let name = if knobs.is_empty() { &other } else { knobs[knob.index(knobs.len())].name };
                format!("{name}={value}")
            };
            let text: Vec<String> = pairs.into_iter().map(own).collect();
            let Ok(values) = Knobs::parse(strategy.name(), &knobs, &text.join(" ")) else { return Ok(()) };
            for knob in &knobs {
                let fits = match (knob.kind, values.0[knob.name]) {
                    (KnobKind::Whole(low, high), Value::Whole(n)) => (low..=high).contains(&n),
                    (KnobKind::Real(low, high), Value::Real(x)) => (low..=high).contains(&x),
                    (KnobKind::Choice(words), Value::Choice(word)) => words.contains(&word),
                    _ => false,
                };
                prop_assert!(fits, "{}", knob.name);
            }
        }
    }
}
