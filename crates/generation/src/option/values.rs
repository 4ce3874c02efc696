//! The values of all options of one strategy, parsed from what a person typed.

use std::collections::BTreeMap;

use super::{OptionError, OptionSpec, OptionType, OptionValue, StrategyOption};

/// The values of all options of one strategy.
///
/// ```
/// use generation::{OptionValues, strategy};
///
/// let gibbs = strategy::find("gibbs").expect("gibbs is a strategy");
/// let options = strategy::options(gibbs);
/// assert!(OptionValues::parse(gibbs.name(), &options, "iterations=200 burn-in=0.3").is_ok());
///
/// let refused = OptionValues::parse(gibbs.name(), &options, "burn-in=3").unwrap_err();
/// assert_eq!(refused.to_string(), "burn-in must be a number from 0 to 1, not \"3\"");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OptionValues(BTreeMap<&'static str, OptionValue>);

impl OptionValues {
    /// The defaults of `options`, overridden by `text`: pairs `name=value`, separated by spaces or commas.
    ///
    /// # Errors
    /// When `text` is malformed, names an option that `strategy` does not have, or gives a value outside its range.
    pub fn parse(
        strategy: &'static str,
        options: &[OptionSpec],
        text: &str,
    ) -> Result<Self, OptionError> {
        let mut values = Self::defaults(options);
        for pair in text.split([' ', ',']).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| OptionError::Form(pair.to_owned()))?;
            let option = options
                .iter()
                .find(|option| option.name == name)
                .ok_or_else(|| unknown(strategy, options, name))?;
            values.0.insert(option.name, option.parse(value)?);
        }
        Ok(values)
    }

    /// The defaults of `options`.
    pub fn defaults(options: &[OptionSpec]) -> Self {
        let default = |option: &OptionSpec| (option.name, option.default);
        Self(options.iter().map(default).collect())
    }

    /// The value of `option`.
    ///
    /// # Panics
    /// If the strategy of these values does not declare `option`; a test runs every strategy with all of its options.
    pub fn get<T: OptionType>(&self, option: StrategyOption<T>) -> T {
        let name = option.spec().name;
        let value = self.0.get(name).copied().and_then(T::read);
        value.unwrap_or_else(|| panic!("option {name} is read but not declared"))
    }

    /// These values with the value that `other` has of `option`.
    #[must_use]
    pub(crate) fn adopting<T>(mut self, option: StrategyOption<T>, other: &Self) -> Self {
        let name = option.spec().name;
        if let Some(value) = other.0.get(name) {
            self.0.insert(name, *value);
        }
        self
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
    use crate::FillOrder;
    use crate::option::OptionKind;
    use proptest::prelude::*;

    const WINDOW: StrategyOption<usize> = StrategyOption::integer("window", (1, 20), 6, "");
    const ORDER: StrategyOption<FillOrder> = StrategyOption::choice("order", "");
    const DELTA: StrategyOption<f64> = StrategyOption::real("delta", (0.0, 2.0), 0.7, "");
    const OPTIONS: &[OptionSpec] = &[WINDOW.spec(), ORDER.spec(), DELTA.spec()];

    #[test]
    fn what_is_not_set_keeps_its_default() {
        let options = OptionValues::parse("x", OPTIONS, "order=joint").unwrap();
        assert_eq!(
            (options.get(WINDOW), options.get(ORDER), options.get(DELTA)),
            (6, FillOrder::Joint, 0.7)
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let message = |text| {
            OptionValues::parse("x", OPTIONS, text)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message("window=99"),
            "window must be a whole number from 1 to 20, not \"99\""
        );
        assert_eq!(
            message("order=up"),
            "order must be one of confident, l2r, joint, not \"up\""
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

    #[test]
    fn a_default_is_displayed_as_it_is_typed() {
        let defaults: Vec<String> = OPTIONS
            .iter()
            .map(|option| option.default.to_string())
            .collect();
        assert_eq!(defaults, ["6", "confident", "0.7"]);
    }

    proptest! {
        #[test]
        fn accepted_values_are_within_their_ranges(
            name in prop::sample::select(crate::strategy::names()),
            pairs in prop::collection::vec(("[a-z_]{1,10}", "[-+0-9a-z.e]{0,6}"), 0..4),
            option in any::<prop::sample::Index>(),
        ) {
            let strategy = crate::strategy::find(name).unwrap();
            let options = crate::strategy::options(strategy);
            let own = |(_, value): (String, String)| format!("{}={value}", options[option.index(options.len())].name);
            let text: Vec<String> = pairs.into_iter().map(own).collect();
            let Ok(values) = OptionValues::parse(strategy.name(), &options, &text.join(" ")) else { return Ok(()) };
            for option in &options {
                let fits = match (option.kind, values.0[option.name]) {
                    (OptionKind::Integer(low, high), OptionValue::Integer(n)) => (low..=high).contains(&n),
                    (OptionKind::Real(low, high), OptionValue::Real(x)) => (low..=high).contains(&x),
                    (OptionKind::Choice(words), OptionValue::Choice(word)) => words.contains(&word),
                    _ => false,
                };
                prop_assert!(fits, "{}", option.name);
            }
        }
    }
}
