//! The settings that apply to a request, and the origin of each. An option of the command overrides the user's
//! settings, which override the channel's, the guild's and the configuration's, in this order. Pure.

use std::collections::BTreeMap;

use crate::domain::Rules;
use crate::service::policy::guild_policy::{GuildPolicy, RuleLevel, allows};
use generation::strategy::Strategy;
use generation::{Length, OptionValues, Sampling, Seed, Setting, Settings, strategy};

/// The origin of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingOrigin {
    /// An option of the command.
    Call,
    /// The user's settings.
    User,
    /// The channel's settings or rules.
    Channel,
    /// The guild's settings or rules.
    Server,
    /// The operator's configuration.
    Configuration,
    /// The strategy's default.
    Strategy,
}

impl From<RuleLevel> for SettingOrigin {
    fn from(level: RuleLevel) -> Self {
        match level {
            RuleLevel::Guild => Self::Server,
            RuleLevel::Channel => Self::Channel,
        }
    }
}

/// The settings that apply to a request, each with its origin.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResolvedSettings {
    settings: Settings,
    origins: BTreeMap<Setting, SettingOrigin>,
}

impl ResolvedSettings {
    /// Merges `layers`, the widest scope first, under `policy`.
    pub(in crate::service) fn under(
        policy: &GuildPolicy,
        layers: impl IntoIterator<Item = (SettingOrigin, Settings)>,
    ) -> Self {
        Self::new(layers, policy.rules(), policy.strategies_level().into())
            .cap_length(policy.rules().length(), policy.length_level().into())
    }

    /// Merges `layers`, the widest scope first, under `rules`. `rules_origin` is the origin of the allowed strategies.
    ///
    /// A stored value that the rules do not allow is skipped, so that a setting made elsewhere locks nobody out. A
    /// value of [`SettingOrigin::Call`] stays, so that [`GuildPolicy::check`] can refuse it.
    fn new(
        layers: impl IntoIterator<Item = (SettingOrigin, Settings)>,
        rules: &Rules,
        rules_origin: SettingOrigin,
    ) -> Self {
        let mut resolved = Self::default();
        // The fallback applies when the configuration's strategy is not allowed either.
        if let Some(first) = rules.strategies.first() {
            let strategy = Some(first.clone());
            let fallback = Settings {
                strategy,
                ..Settings::default()
            };
            resolved.merge(rules_origin, &fallback);
        }
        for (origin, layer) in layers {
            let layer = if origin == SettingOrigin::Call {
                layer
            } else {
                resolved.applicable(layer, rules)
            };
            resolved.merge(origin, &layer);
        }
        resolved
    }

    /// The part of a stored layer that the rules and the strategy in force allow.
    fn applicable(&self, mut layer: Settings, rules: &Rules) -> Settings {
        if layer
            .strategy
            .as_ref()
            .is_some_and(|name| !allows(rules, name))
        {
            (layer.strategy, layer.options, layer.keywords) = (None, None, None);
        }
        if layer.strategy.is_none() {
            // The options may have been stored for another strategy: that of another location, or a former default.
            let strategy = self.strategy();
            layer.options = layer
                .options
                .filter(|options| accepts_options(strategy, options));
            layer.keywords = layer.keywords.filter(|_| strategy.uses_keywords());
        }
        layer
    }

    fn merge(&mut self, origin: SettingOrigin, layer: &Settings) {
        let merged = layer.clone().over(&self.settings);
        for &setting in Setting::ALL {
            if setting.of(layer).is_some() {
                self.origins.insert(setting, origin);
            } else if setting.of(&merged).is_none() {
                self.origins.remove(&setting);
            }
        }
        self.settings = merged;
    }

    /// Caps a length that is not an option of the command at `most`, a rule of `rule_origin`.
    fn cap_length(mut self, most: Option<Length>, rule_origin: SettingOrigin) -> Self {
        let stored = self.origin(Setting::Length) != Some(SettingOrigin::Call);
        let length = self.settings.length;
        if let Some(most) = most.filter(|most| stored && length.is_none_or(|length| length > *most))
        {
            self.settings.length = Some(most);
            self.origins.insert(Setting::Length, rule_origin);
        }
        self
    }

    /// Settings that all have the same origin.
    pub fn of(origin: SettingOrigin, settings: Settings) -> Self {
        Self::new(
            [(origin, settings)],
            &Rules::default(),
            SettingOrigin::Server,
        )
    }

    /// The settings without their origins.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The origin of a setting's value; `None` if the setting has no value.
    pub fn origin(&self, setting: Setting) -> Option<SettingOrigin> {
        let has_default = matches!(
            setting,
            Setting::Temperature | Setting::TopK | Setting::TopP
        );
        let explicit = self.origins.get(&setting).copied();
        explicit.or(has_default.then_some(SettingOrigin::Strategy))
    }

    /// The value in force as a user would type it; `None` if the setting has no value.
    pub fn value(&self, setting: Setting) -> Option<String> {
        setting.of(&self.settings).or_else(|| {
            let defaults = self.default_sampling();
            match setting {
                Setting::Temperature => Some(defaults.temperature.to_string()),
                Setting::TopK => Some(defaults.top_k.to_string()),
                Setting::TopP => Some(defaults.top_p.to_string()),
                _ => None,
            }
        })
    }

    fn strategy(&self) -> &'static dyn Strategy {
        self.settings.strategy().unwrap_or(strategy::ALL[0])
    }

    /// The sampling parameters that the strategy uses by default.
    fn default_sampling(&self) -> Sampling {
        let strategy = self.strategy();
        let params = self.settings.params(strategy, Seed::from(0));
        params.map_or_else(
            |_| strategy::default_sampling(strategy),
            |params| params.sampling,
        )
    }
}

fn accepts_options(strategy: &dyn Strategy, options: &str) -> bool {
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

    const ORDER: [SettingOrigin; 5] = [
        SettingOrigin::Configuration,
        SettingOrigin::Server,
        SettingOrigin::Channel,
        SettingOrigin::User,
        SettingOrigin::Call,
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
            let resolved = ResolvedSettings::new(layers, &Rules::default(), SettingOrigin::Server);
            let winner = (0..5).rev().find(|&layer| lengths[layer].is_some());
            prop_assert_eq!(resolved.origin(Setting::Length), winner.map(|layer| ORDER[layer]));
            let value = winner.and_then(|layer| lengths[layer]).map(|length| length.to_string());
            prop_assert_eq!(resolved.value(Setting::Length), value);
        }
    }

    #[test]
    fn options_apply_only_with_their_strategy() {
        let channel = with(&[
            (Setting::Strategy, "gibbs"),
            (Setting::Options, "iterations=9"),
        ]);
        let user = with(&[(Setting::Strategy, "naive")]);
        let resolved = ResolvedSettings::new(
            [
                (SettingOrigin::Channel, channel),
                (SettingOrigin::User, user),
            ],
            &Rules::default(),
            SettingOrigin::Server,
        );
        assert_eq!(resolved.origin(Setting::Options), None);
        assert_eq!(
            resolved.origin(Setting::Strategy),
            Some(SettingOrigin::User)
        );
    }

    #[test]
    fn stored_options_of_another_strategy_are_skipped() {
        let channel = with(&[(Setting::Strategy, "gibbs")]);
        let user = with(&[(Setting::Options, "window=3")]);
        let resolved = ResolvedSettings::new(
            [
                (SettingOrigin::Channel, channel),
                (SettingOrigin::User, user.clone()),
            ],
            &Rules::default(),
            SettingOrigin::Server,
        );
        assert_eq!(resolved.value(Setting::Options), None);
        let elsewhere = ResolvedSettings::new(
            [(SettingOrigin::User, user)],
            &Rules::default(),
            SettingOrigin::Server,
        );
        assert_eq!(
            elsewhere.value(Setting::Options).as_deref(),
            Some("window=3")
        );
    }

    #[test]
    fn defaults_of_the_strategy_have_the_strategy_as_origin() {
        let resolved = ResolvedSettings::new(
            [(
                SettingOrigin::Configuration,
                with(&[(Setting::Strategy, "lookahead")]),
            )],
            &Rules::default(),
            SettingOrigin::Server,
        );
        assert_eq!(
            resolved.origin(Setting::Temperature),
            Some(SettingOrigin::Strategy)
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
    fn stored_settings_yield_to_rules_and_options_of_the_command_do_not() {
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
        let layers = [
            (SettingOrigin::Configuration, base),
            (SettingOrigin::User, user),
        ];
        let kept = ResolvedSettings::new(layers.clone(), &rules, SettingOrigin::Server)
            .cap_length(rules.length(), SettingOrigin::Channel);
        assert_eq!(kept.value(Setting::Strategy).as_deref(), Some("naive"));
        assert_eq!(kept.origin(Setting::Strategy), Some(SettingOrigin::Server));
        assert_eq!(kept.value(Setting::Options), None);
        assert_eq!(
            (
                kept.value(Setting::Length).as_deref(),
                kept.origin(Setting::Length)
            ),
            (Some("20"), Some(SettingOrigin::Channel))
        );
        let call = with(&[(Setting::Strategy, "mh"), (Setting::Length, "30")]);
        let asked = ResolvedSettings::new(
            layers.into_iter().chain([(SettingOrigin::Call, call)]),
            &rules,
            SettingOrigin::Server,
        )
        .cap_length(rules.length(), SettingOrigin::Server);
        assert_eq!(asked.value(Setting::Strategy).as_deref(), Some("mh"));
        assert_eq!(asked.value(Setting::Length).as_deref(), Some("30"));
    }
}
