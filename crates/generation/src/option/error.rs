//! Errors in options that people type.

/// The text of a person's options is malformed, names an unknown option, or gives a value outside the range. Displays
/// as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The text is not of the form `name=value`.
    #[error("write options as name=value, separated by spaces, not {0:?}")]
    Form(String),
    /// The strategy has no such option.
    #[error("{strategy} has no option {name:?}; it has {known}")]
    Unknown {
        /// The name of the strategy.
        strategy: &'static str,
        /// The name that was given.
        name: String,
        /// The names of the strategy's options, separated by commas, or "none".
        known: String,
    },
    /// The value is not accepted.
    #[error("{name} must be {range}, not {given:?}")]
    Value {
        /// The name of the option.
        name: &'static str,
        /// The accepted values, in words.
        range: String,
        /// The value that was given.
        given: String,
    },
}
