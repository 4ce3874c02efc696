//! What is known of a personal setting besides its value: how it is typed and what people read about it.

use super::{Length, OutOfRange, Seed, StrategyName, Temperature, TopK, TopP};

/// A personal setting, as menus, forms, commands and the command line present it.
#[derive(Debug, Clone, Copy)]
pub struct SettingSpec {
    /// How its value is typed.
    pub kind: SettingKind,
    /// The description of the command option, at most 100 characters.
    pub command_help: &'static str,
    /// The label of its form field, at most 45 characters.
    pub form_label: &'static str,
    /// The command-line flag.
    pub flag: SettingFlag,
}

/// How the value of a setting is typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingKind {
    /// Free text of limited length.
    Text(TextLimit),
    /// The name of a strategy.
    Strategy,
    /// A number with a fraction.
    Number {
        /// The smallest number that can be typed.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// A whole number.
    Whole {
        /// The smallest number.
        min: u64,
        /// The largest.
        max: u64,
    },
}

/// Which limit bounds the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextLimit {
    /// The operator's limit for prompts.
    Prompt,
    /// The operator's limit for texts that steer a generation.
    Steering,
    /// A fixed number of characters.
    Characters(u16),
}

/// Which subcommands of the program take a setting as a flag, with the flag's description (without a full stop at the end).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingFlag {
    /// Each subcommand declares an argument of its own.
    Own,
    /// Those that write texts.
    Writing(&'static str),
    /// Those that write texts or fill blanks.
    Sampling(&'static str),
}

/// A value of a setting: parsed from what people type, and displayed in the same form.
pub(super) trait SettingValue: Sized {
    /// Parses the value.
    ///
    /// # Errors
    /// When it is malformed or out of range.
    fn typed(text: &str) -> Result<Self, OutOfRange>;
}

/// Values whose text form is checked by `FromStr`.
macro_rules! checked {
    ($($value:ty),*) => {$(
        impl SettingValue for $value {
            fn typed(text: &str) -> Result<Self, OutOfRange> {
                text.parse()
            }
        }
    )*};
}

checked!(Temperature, TopK, TopP, Length, Seed);

impl SettingValue for String {
    fn typed(text: &str) -> Result<Self, OutOfRange> {
        Ok(text.to_owned())
    }
}

impl SettingValue for StrategyName {
    fn typed(text: &str) -> Result<Self, OutOfRange> {
        Ok(text.into())
    }
}
