//! What is in force for a text, and who set it: a command's option over the person's own settings, over the channel's,
//! over the server's, over the configuration. Pure.

use std::collections::BTreeMap;

use crate::domain::Rules;
use generation::strategy::Strategy;
use generation::{Length, OptionValues, Sampling, Seed, Settings, strategy};

use crate::service::Setting;

/// Who set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The command itself.
    Call,
    /// The person.
    User,
    /// The channel's managers.
    Channel,
    /// The server's managers.
    Server,
    /// Whoever runs the bot.
    Configuration,
    /// Nobody: the strategy prefers it.
    Strategy,
}

/// Settings as they are in force, each with who set it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResolvedSettings {
    settings: Settings,
    origins: BTreeMap<Setting, Origin>,
}

impl ResolvedSettings {
    /// What `layers`, weakest first, come to where `rules` hold. What was kept and is not allowed there is passed over, so
    /// that nobody is locked out by a setting of another place; what the call says stays, and is refused by the rules.
    /// `by` is who chose the strategies that are allowed.
    pub(in crate::service) fn new(
        layers: impl IntoIterator<Item = (Origin, Settings)>,
        rules: &Rules,
        by: Origin,
    ) -> Self {
        let mut resolved = Self::default();
        // Something must be left if the configuration's strategy is not allowed.
        if let Some(first) = rules.strategies.first() {
            let strategy = Some(first.clone());
            let fallback = Settings {
                strategy,
                ..Settings::default()
            };
            resolved.cover(by, &fallback);
        }
        for (origin, layer) in layers {
            let layer = if origin == Origin::Call {
                layer
            } else {
                resolved.fitting(layer, rules)
            };
            resolved.cover(origin, &layer);
        }
        resolved
    }

    /// The part of what was kept that can be used here.
    fn fitting(&self, mut layer: Settings, rules: &Rules) -> Settings {
        if layer
            .strategy
            .as_ref()
            .is_some_and(|name| !allows(rules, name))
        {
            (layer.strategy, layer.options, layer.keywords) = (None, None, None);
        }
        if layer.strategy.is_none() {
            // They may have been kept with another strategy in mind: that of elsewhere, or the default of another time.
            let below = self.strategy();
            layer.options = layer.options.filter(|options| understands(below, options));
            layer.keywords = layer.keywords.filter(|_| below.uses_keywords());
        }
        layer
    }

    fn cover(&mut self, origin: Origin, layer: &Settings) {
        let after = layer.clone().over(&self.settings);
        for setting in Setting::ALL {
            if setting.of(layer).is_some() {
                self.origins.insert(setting, origin);
            } else if setting.of(&after).is_none() {
                self.origins.remove(&setting);
            }
        }
        self.settings = after;
    }

    /// No longer than is allowed, by whom `by` says, unless the call itself says so.
    pub(in crate::service) fn within(mut self, most: Option<Length>, by: Origin) -> Self {
        let kept = self.origin(Setting::Length) != Some(Origin::Call);
        let length = self.settings.length;
        if let Some(most) = most.filter(|most| kept && length.is_none_or(|length| length > *most)) {
            self.settings.length = Some(most);
            self.origins.insert(Setting::Length, by);
        }
        self
    }

    /// Settings that all come from one origin.
    pub fn of(origin: Origin, settings: Settings) -> Self {
        Self::new([(origin, settings)], &Rules::default(), Origin::Server)
    }

    /// The settings alone.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who set it; `None` if nobody did and no strategy has a preference.
    pub fn origin(&self, setting: Setting) -> Option<Origin> {
        let preferred = matches!(
            setting,
            Setting::Temperature | Setting::TopK | Setting::TopP
        );
        let set = self.origins.get(&setting).copied();
        set.or(preferred.then_some(Origin::Strategy))
    }

    /// The value in force, as it would be typed.
    pub fn value(&self, setting: Setting) -> Option<String> {
        setting.of(&self.settings).or_else(|| {
            let preferred = self.preferred();
            match setting {
                Setting::Temperature => Some(preferred.temperature.to_string()),
                Setting::TopK => Some(preferred.top_k.to_string()),
                Setting::TopP => Some(preferred.top_p.to_string()),
                _ => None,
            }
        })
    }

    fn strategy(&self) -> &'static dyn Strategy {
        self.settings.strategy().unwrap_or(strategy::ALL[0])
    }

    /// How the strategy would draw.
    fn preferred(&self) -> Sampling {
        let strategy = self.strategy();
        let params = self.settings.params(strategy, Seed::from(0));
        params.map_or_else(
            |_| strategy::default_sampling(strategy),
            |params| params.sampling,
        )
    }
}

/// Whether `rules` allow the strategy of that name.
pub(in crate::service) fn allows(rules: &Rules, strategy: &str) -> bool {
    rules.strategies.is_empty()
        || rules
            .strategies
            .iter()
            .any(|allowed| **allowed == *strategy)
}

fn understands(strategy: &dyn Strategy, options: &str) -> bool {
    OptionValues::parse(strategy.name(), &strategy::options(strategy), options).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with(pairs: &[(Setting, &str)]) -> Settings {
        let set =
            |settings, (setting, typed): &(Setting, &str)| setting.set(&settings, typed).unwrap();
        pairs.iter().fold(Settings::default(), set)
    }

    const ORDER: [Origin; 5] = [
        Origin::Configuration,
        Origin::Server,
        Origin::Channel,
        Origin::User,
        Origin::Call,
    ];

    proptest! {
        #[test]
        fn the_strongest_layer_that_sets_something_wins(
            lengths in proptest::collection::vec(proptest::option::of(1_u32..400), 5),
        ) {
            let layers = ORDER.into_iter().zip(&lengths).map(|(origin, length)| {
                let length = length.map(|length| length.to_string());
                (origin, length.map_or_else(Settings::default, |length| with(&[(Setting::Length, &length)])))
            });
            let resolved = ResolvedSettings::new(layers, &Rules::default(), Origin::Server);
            let winner = (0..5).rev().find(|&layer| lengths[layer].is_some());
            prop_assert_eq!(resolved.origin(Setting::Length), winner.map(|layer| ORDER[layer]));
            let value = winner.and_then(|layer| lengths[layer]).map(|length| length.to_string());
            prop_assert_eq!(resolved.value(Setting::Length), value);
        }
    }

    #[test]
    fn options_go_with_their_strategy() {
        let channel = with(&[
            (Setting::Strategy, "gibbs"),
            (Setting::Options, "iterations=9"),
        ]);
        let user = with(&[(Setting::Strategy, "naive")]);
        let resolved = ResolvedSettings::new(
            [(Origin::Channel, channel), (Origin::User, user)],
            &Rules::default(),
            Origin::Server,
        );
        assert_eq!(resolved.origin(Setting::Options), None);
        assert_eq!(resolved.origin(Setting::Strategy), Some(Origin::User));
    }

    #[test]
    fn options_kept_for_another_strategy_do_not_lock_anybody_out_of_a_channel() {
        let channel = with(&[(Setting::Strategy, "gibbs")]);
        let user = with(&[(Setting::Options, "window=3")]);
        let resolved = ResolvedSettings::new(
            [(Origin::Channel, channel), (Origin::User, user.clone())],
            &Rules::default(),
            Origin::Server,
        );
        assert_eq!(resolved.value(Setting::Options), None);
        let elsewhere =
            ResolvedSettings::new([(Origin::User, user)], &Rules::default(), Origin::Server);
        assert_eq!(
            elsewhere.value(Setting::Options).as_deref(),
            Some("window=3")
        );
    }

    #[test]
    fn what_the_strategy_prefers_is_shown_as_such() {
        let resolved = ResolvedSettings::new(
            [(
                Origin::Configuration,
                with(&[(Setting::Strategy, "lookahead")]),
            )],
            &Rules::default(),
            Origin::Server,
        );
        assert_eq!(
            resolved.origin(Setting::Temperature),
            Some(Origin::Strategy)
        );
        assert_eq!(
            resolved.value(Setting::Temperature).as_deref(),
            Some("0.75")
        );
        assert_eq!(
            (
                resolved.value(Setting::Seed),
                resolved.origin(Setting::Seed)
            ),
            (None, None)
        );
    }

    #[test]
    fn what_was_kept_gives_way_to_a_servers_rules_and_what_is_asked_for_does_not() {
        let rules = Rules {
            strategies: vec!["naive".into(), "gibbs".into()],
            length: Some(20),
            ..Rules::default()
        };
        let base = with(&[(Setting::Strategy, "lookahead"), (Setting::Length, "40")]);
        let user = with(&[
            (Setting::Strategy, "mh"),
            (Setting::Options, "iterations=9"),
        ]);
        let layers = [(Origin::Configuration, base), (Origin::User, user)];
        let kept = ResolvedSettings::new(layers.clone(), &rules, Origin::Server)
            .within(rules.length(), Origin::Channel);
        assert_eq!(kept.value(Setting::Strategy).as_deref(), Some("naive"));
        assert_eq!(kept.origin(Setting::Strategy), Some(Origin::Server));
        assert_eq!(kept.value(Setting::Options), None);
        assert_eq!(
            (
                kept.value(Setting::Length).as_deref(),
                kept.origin(Setting::Length)
            ),
            (Some("20"), Some(Origin::Channel))
        );
        let call = with(&[(Setting::Strategy, "mh"), (Setting::Length, "30")]);
        let asked = ResolvedSettings::new(
            layers.into_iter().chain([(Origin::Call, call)]),
            &rules,
            Origin::Server,
        )
        .within(rules.length(), Origin::Server);
        assert_eq!(asked.value(Setting::Strategy).as_deref(), Some("mh"));
        assert_eq!(asked.value(Setting::Length).as_deref(), Some("30"));
    }
}
