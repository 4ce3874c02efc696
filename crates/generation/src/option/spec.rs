//! What menus, help and the parser know of an option: its name, range, default and summary.

use std::fmt;

use super::OptionError;

/// The description of one option of a strategy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionSpec {
    /// The name as it is typed: lower case, words joined by hyphens.
    pub name: &'static str,
    /// What the option does, in one sentence of at most 100 characters.
    pub summary: &'static str,
    /// The values that are accepted.
    pub kind: OptionKind,
    /// The value where none is given; always accepted by `kind`.
    pub default: OptionValue,
    /// Former names of choices, each with the name of today.
    pub aliases: &'static [(&'static str, &'static str)],
}

/// The values that an option accepts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptionKind {
    /// A whole number from the first to the second, both included.
    Integer(u32, u32),
    /// A finite number from the first to the second, both included.
    Real(f64, f64),
    /// One of these names.
    Choice(&'static [&'static str]),
}

/// The value of an option.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptionValue {
    /// The value of an [`OptionKind::Integer`].
    Integer(u32),
    /// The value of an [`OptionKind::Real`].
    Real(f64),
    /// The value of an [`OptionKind::Choice`].
    Choice(&'static str),
}

/// The value as it is typed.
impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Real(number) => number.fmt(f),
            Self::Choice(name) => name.fmt(f),
        }
    }
}

impl OptionSpec {
    /// The accepted values in words, as in "a whole number from 1 to 20".
    pub fn range(&self) -> String {
        match self.kind {
            OptionKind::Integer(low, high) => format!("a whole number from {low} to {high}"),
            OptionKind::Real(low, high) => format!("a number from {low} to {high}"),
            OptionKind::Choice(names) => format!("one of {}", names.join(", ")),
        }
    }

    /// The value that `text` spells.
    ///
    /// # Errors
    /// [`OptionError::Value`] when `text` is not an accepted value.
    pub(super) fn parse(&self, text: &str) -> Result<OptionValue, OptionError> {
        let value = match self.kind {
            OptionKind::Integer(low, high) => text
                .parse()
                .ok()
                .filter(|number| (low..=high).contains(number))
                .map(OptionValue::Integer),
            OptionKind::Real(low, high) => text
                .parse()
                .ok()
                .filter(|number| (low..=high).contains(number))
                .map(OptionValue::Real),
            OptionKind::Choice(names) => {
                let current = self.current_name(text);
                let mut names = names.iter();
                names
                    .find(|name| **name == current)
                    .map(|name| OptionValue::Choice(name))
            }
        };
        value.ok_or_else(|| OptionError::Value {
            name: self.name,
            range: self.range(),
            given: text.to_owned(),
        })
    }

    /// The name of today for the former name `text`, or `text` itself.
    fn current_name<'a>(&self, text: &'a str) -> &'a str {
        let mut aliases = self.aliases.iter();
        aliases
            .find(|(former, _)| *former == text)
            .map_or(text, |(_, current)| current)
    }
}
