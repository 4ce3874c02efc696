//! The contestants of a duel: a strategy with a temperature, drawn at random or named by a person.

use std::str::FromStr;

use rand::seq::SliceRandom;

use crate::service::refusal::Refusal;
use generation::strategy::{self, Strategy};
use generation::{Settings, Temperature};

/// The temperatures of drawn contestants: low, medium, high.
const TEMPERATURES: [f64; 3] = [0.5, 0.8, 1.1];
/// Strategies that are not drawn, since they lose predictably. They can be named.
const NOT_DRAWN: [&str; 1] = ["naive"];

/// A strategy with a temperature. Without one, the strategy's default applies.
#[derive(Clone, Copy)]
pub struct Contestant {
    strategy: &'static dyn Strategy,
    temperature: Option<Temperature>,
}

impl Contestant {
    /// All contestants that can be drawn and whose strategy is `allowed`, in random order.
    pub(in crate::service) fn drawn(allowed: impl Fn(&str) -> bool) -> Vec<Self> {
        let all = Self::every().filter(|contestant| allowed(contestant.strategy.name()));
        let (fallback, drawn): (Vec<Self>, Vec<Self>) =
            all.partition(|contestant| NOT_DRAWN.contains(&contestant.strategy.name()));
        // Where no other strategy is allowed, these are drawn after all.
        let mut drawn = if drawn.is_empty() { fallback } else { drawn };
        drawn.shuffle(&mut rand::rng());
        drawn
    }

    fn every() -> impl Iterator<Item = Self> {
        let strategies = strategy::ALL.iter().copied();
        let strategies = strategies.filter(|strategy| !strategy.needs_keywords());
        strategies.flat_map(|strategy| {
            TEMPERATURES.map(|temperature| Self {
                strategy,
                temperature: Temperature::try_from(temperature).ok(),
            })
        })
    }

    /// The names of contestants whose strategy is `allowed` and that begin with `typed`: strategies first, then
    /// strategies with temperatures.
    pub(in crate::service) fn suggestions(
        typed: &str,
        allowed: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let typed = typed.trim().to_lowercase();
        let alone = strategy::ALL.iter().filter(|it| !it.needs_keywords());
        let alone = alone.filter(|strategy| allowed(strategy.name()));
        let alone = alone.map(|strategy| strategy.name().to_owned());
        let every = Self::every().filter(|contestant| allowed(contestant.strategy.name()));
        let with_temperature = every.filter_map(|contestant| {
            let temperature = contestant.temperature?;
            Some(format!("{} {temperature}", contestant.strategy.name()))
        });
        let all = alone.chain(with_temperature);
        all.filter(|name| name.starts_with(&typed)).collect()
    }

    /// The settings `common` with the strategy and the temperature of the contestant.
    pub(in crate::service) fn settings(self, common: &Settings) -> Settings {
        Settings {
            strategy: Some(self.strategy.name().into()),
            temperature: self.temperature,
            prompt: common.prompt.clone(),
            length: common.length,
            tags: common.tags.clone(),
            context: common.context.clone(),
            ..Settings::default()
        }
    }
}

impl FromStr for Contestant {
    type Err = Refusal;

    fn from_str(typed: &str) -> Result<Self, Refusal> {
        let typed = typed.trim().to_lowercase();
        let unknown = || Refusal::NoEntrant(typed.clone());
        let (name, temperature) = match typed.split_once(char::is_whitespace) {
            Some((name, temperature)) => (name, Some(temperature.trim())),
            None => (typed.as_str(), None),
        };
        let strategy = strategy::find(name).ok_or_else(unknown)?;
        let temperature = temperature.map(str::parse).transpose();
        Ok(Self {
            strategy,
            temperature: temperature.map_err(|_| unknown())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_a_strategy_with_an_optional_temperature() {
        let named = |typed: &str| {
            let settings = typed
                .parse::<Contestant>()
                .ok()?
                .settings(&Settings::default());
            Some((
                settings.strategy.map(String::from)?,
                settings.temperature.map(f64::from),
            ))
        };
        assert_eq!(named("gibbs"), Some(("gibbs".into(), None)));
        assert_eq!(named(" Gibbs  0.8 "), Some(("gibbs".into(), Some(0.8))));
        for typed in ["", "beam", "gibbs hot", "gibbs 99", "gibbs 0.8 0.9"] {
            assert_eq!(named(typed), None, "{typed}");
        }
    }

    #[test]
    fn all_suggestions_can_be_parsed() {
        let all = Contestant::suggestions("", |_| true);
        assert!(all.len() > 20);
        assert!(all.iter().all(|name| name.parse::<Contestant>().is_ok()));
        let gibbs = Contestant::suggestions("GIB", |_| true);
        assert_eq!(gibbs, ["gibbs", "gibbs 0.5", "gibbs 0.8", "gibbs 1.1"]);
        let without = Contestant::suggestions("gib", |name| name != "gibbs");
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn all_allowed_contestants_except_predictable_losers_are_drawn() {
        let drawn = |allowed: fn(&str) -> bool| -> Vec<&str> {
            let drawn = Contestant::drawn(allowed).into_iter();
            drawn.map(|contestant| contestant.strategy.name()).collect()
        };
        assert!(drawn(|_| true).contains(&"gibbs"));
        assert!(!drawn(|_| true).contains(&"naive"));
        assert!(!drawn(|name| name != "gibbs").contains(&"gibbs"));
        assert_eq!(drawn(|name| name == "naive"), ["naive"; 3]);
    }

    proptest! {
        #[test]
        fn a_formatted_contestant_parses_to_the_same_contestant(
            name in prop::sample::select(strategy::names()), rest in "[ 0-9.a-z+-]{0,8}",
        ) {
            let typed = format!("{name}{rest}");
            let Ok(contestant) = typed.parse::<Contestant>() else { return Ok(()) };
            let temperature = contestant.temperature.map(|temperature| format!(" {temperature}"));
            let written = format!("{}{}", contestant.strategy.name(), temperature.unwrap_or_default());
            let again: Contestant = written.parse().unwrap();
            prop_assert_eq!(again.strategy.name(), contestant.strategy.name());
            prop_assert_eq!(again.temperature, contestant.temperature);
        }
    }
}
