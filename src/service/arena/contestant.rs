//! Who meets whom in the arena: ways to write, drawn by lot or named.

use std::str::FromStr;

use rand::seq::SliceRandom;

use crate::service::Refusal;
use generation::strategy::{self, Strategy};
use generation::{Settings, Temperature};

/// The temperatures that are drawn: careful, middling, bold.
const TEMPERATURES: [f64; 3] = [0.5, 0.8, 1.1];
/// Strategies that only meet others when they are named, since it is known how that ends.
const NOT_DRAWN: [&str; 1] = ["naive"];

/// A strategy with a temperature: its own preference, unless one is named.
#[derive(Clone, Copy)]
pub struct Contestant {
    strategy: &'static dyn Strategy,
    temperature: Option<Temperature>,
}

impl Contestant {
    /// All that can be drawn of those `allowed`, in a new order every time.
    pub(in crate::service) fn drawn(allowed: impl Fn(&str) -> bool) -> Vec<Self> {
        let all = Self::every().filter(|contestant| allowed(contestant.strategy.name()));
        let (others, drawn): (Vec<Self>, Vec<Self>) =
            all.partition(|contestant| NOT_DRAWN.contains(&contestant.strategy.name()));
        // Where there is nothing else, they meet each other.
        let mut drawn = if drawn.is_empty() { others } else { drawn };
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

    /// Names that begin with `typed` of those `allowed`: of strategies, and behind them of temperatures as well.
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

    /// What is written: `common` in this way.
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
    fn a_strategy_is_named_alone_or_with_a_temperature() {
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
    fn what_is_suggested_can_be_named() {
        let all = Contestant::suggestions("", |_| true);
        assert!(all.len() > 20);
        assert!(all.iter().all(|name| name.parse::<Contestant>().is_ok()));
        let gibbs = Contestant::suggestions("GIB", |_| true);
        assert_eq!(gibbs, ["gibbs", "gibbs 0.5", "gibbs 0.8", "gibbs 1.1"]);
        let without = Contestant::suggestions("gib", |name| name != "gibbs");
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn the_lot_falls_on_all_who_have_a_chance() {
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
        fn whatever_names_an_entrant_is_written_out_as_one_that_names_it(
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
