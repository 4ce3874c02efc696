//! The personal settings: the table that declares them, and how they are merged and completed.
//!
//! Commands, forms, the settings panel, the command line, the database and preset codes walk [`Setting::ALL`], so that a new
//! setting is a new row here.

use serde::{Deserialize, Serialize};

use super::setting_spec::{SettingFlag, SettingKind, SettingSpec, SettingValue, TextLimit};
use super::strategy::{self, Strategy};
use super::{
    Bans, Length, OptionError, OptionValues, OutOfRange, Params, Sampling, Seed, StrategyName,
    Temperature, TopK, TopP,
};

/// Declares the personal settings once: the fields of [`Settings`], the variants of [`Setting`], and what is known of each.
macro_rules! settings {
    ($($(#[$doc:meta])* $variant:ident, $field:ident: $value:ty, $spec:expr;)*) => {
        /// The settings that a person chose. `None` leaves a setting to its default.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Settings {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$value>,
            )*
        }

        /// One field of [`Settings`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $($(#[$doc])* $variant,)*
        }

        impl Setting {
            /// All settings in display order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in menus, commands and stored data.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($field),)*
                }
            }

            /// How it is typed, and what people read about it.
            pub fn spec(self) -> SettingSpec {
                match self {
                    $(Self::$variant => $spec,)*
                }
            }

            /// The value in `settings` as a user would type it.
            pub fn of(self, settings: &Settings) -> Option<String> {
                match self {
                    $(Self::$variant => settings.$field.as_ref().map(ToString::to_string),)*
                }
            }

            /// `settings` with this setting parsed from `typed`, as [`Settings::over`] merges them.
            ///
            /// # Errors
            /// When a number cannot be parsed, or is out of range.
            pub fn set(self, settings: &Settings, typed: &str) -> Result<Settings, OutOfRange> {
                let mut one = Settings::default();
                match self {
                    $(Self::$variant => one.$field = Some(SettingValue::typed(typed)?),)*
                }
                Ok(one.over(settings))
            }

            fn clear(self, settings: &mut Settings) {
                match self {
                    $(Self::$variant => settings.$field = None,)*
                }
            }

            fn inherit(self, settings: &mut Settings, base: &Settings) {
                match self {
                    $(Self::$variant => if settings.$field.is_none() {
                        settings.$field.clone_from(&base.$field);
                    },)*
                }
            }
        }
    };
}

settings! {
    /// The text to continue, as typed.
    Prompt, prompt: String, SettingSpec {
        kind: SettingKind::Text(TextLimit::Prompt),
        command_help: "The text to go on from. Mark blanks with ___ or [MASK].",
        form_label: "The text to go on from; ___ marks a blank",
        flag: SettingFlag::Own,
    };
    /// The strategy.
    Strategy, strategy: StrategyName, SettingSpec {
        kind: SettingKind::Strategy,
        command_help: "How the text is written.",
        form_label: "The name of a strategy",
        flag: SettingFlag::Writing("Strategy; `mouthpiece strategies` lists them"),
    };
    /// The temperature.
    Temperature, temperature: Temperature, SettingSpec {
        kind: SettingKind::Number { min: 0.0, max: 5.0 },
        command_help: "How boldly words are drawn: 0 takes the best, 1 as the model believes, up to 5.",
        form_label: Temperature::RANGE,
        flag: SettingFlag::Sampling("Sampling temperature, 0 to 5: 0 takes the most probable token, 1 samples from the unchanged distribution"),
    };
    /// The number of new tokens.
    Length, length: Length, SettingSpec {
        kind: SettingKind::Whole { min: 1, max: 400 },
        command_help: "How many new tokens, about as many as words.",
        form_label: Length::RANGE,
        flag: SettingFlag::Own,
    };
    /// The seed of the random numbers.
    Seed, seed: Seed, SettingSpec {
        kind: SettingKind::Whole { min: 0, max: Seed::MAX },
        command_help: "The same seed with the same settings gives the same text.",
        form_label: Seed::RANGE,
        flag: SettingFlag::Sampling("Seed of the random numbers; the same seed gives the same text"),
    };
    /// The top-k.
    TopK, top_k: TopK, SettingSpec {
        kind: SettingKind::Whole { min: 0, max: 1000 },
        command_help: "Draw only from so many of the best words; 0 is off.",
        form_label: TopK::RANGE,
        flag: SettingFlag::Sampling("Sample from this number of the most probable tokens; 0 is off"),
    };
    /// The top-p.
    TopP, top_p: TopP, SettingSpec {
        kind: SettingKind::Number { min: 0.0, max: 1.0 },
        command_help: "Draw only from the best words that together reach this probability.",
        form_label: TopP::RANGE,
        flag: SettingFlag::Sampling("Sample from the most probable tokens whose cumulative probability reaches this"),
    };
    /// The strategy's options as `name=value name=value`.
    Options, options: String, SettingSpec {
        kind: SettingKind::Text(TextLimit::Characters(200)),
        command_help: "The strategy's own options, such as window=8. /help topic: strategies.",
        form_label: "The strategy's own, such as window=8",
        flag: SettingFlag::Sampling("Option of the strategy, such as window=8; repeatable"),
    };
    /// Words that steer the text from behind and are no part of it, separated by commas.
    Tags, tags: String, SettingSpec {
        kind: SettingKind::Text(TextLimit::Steering),
        command_help: "Words that steer the text from behind and do not appear, such as healthy, delicious.",
        form_label: "Words that steer it, separated by commas",
        flag: SettingFlag::Writing("Words that steer the text without appearing in it, separated by commas"),
    };
    /// A sentence that steers the text from behind and is no part of it.
    Context, context: String, SettingSpec {
        kind: SettingKind::Text(TextLimit::Steering),
        command_help: "A sentence that steers the text from behind and does not appear.",
        form_label: "A sentence that steers it",
        flag: SettingFlag::Writing("Sentence that steers the text without appearing in it"),
    };
    /// Words that must appear, separated by commas.
    Keywords, keywords: String, SettingSpec {
        kind: SettingKind::Text(TextLimit::Steering),
        command_help: "Words, by commas: keywords puts all of them in, best-of favours texts that have them.",
        form_label: "Words that must appear, separated by commas",
        flag: SettingFlag::Writing("Words that must appear in the text, separated by commas; for the strategies keywords and best-of"),
    };
}

impl Setting {
    /// The setting of this name.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|setting| setting.name() == name)
    }

    /// All settings whose value is a text that steers the generation besides the prompt.
    pub fn steering() -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|setting| setting.spec().kind == SettingKind::Text(TextLimit::Steering))
    }

    /// `settings` without a value for this setting.
    #[must_use]
    pub fn unset(self, mut settings: Settings) -> Settings {
        self.clear(&mut settings);
        if self == Self::Strategy {
            // Options belong to their strategy.
            Self::Options.clear(&mut settings);
        }
        settings
    }

    /// Whether a value is only meant for the strategy that it was chosen with.
    fn belongs_to_strategy(self) -> bool {
        matches!(self, Self::Options | Self::Keywords)
    }
}

/// Settings that do not fit together. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// There is no strategy of the given name.
    #[error("there is no strategy {given:?}; there are {}", strategy::names().join(", "))]
    Strategy {
        /// The name that was given.
        given: String,
    },
    /// The options do not fit the strategy.
    #[error(transparent)]
    Options(#[from] OptionError),
}

impl Settings {
    /// These settings, completed by those of `base`. Keywords and options of `base` are taken only if the strategy is
    /// the same, since another strategy has other options.
    #[must_use]
    pub fn over(mut self, base: &Self) -> Self {
        let default = || StrategyName::from(strategy::ALL[0].name());
        let base_strategy = base.strategy.clone().unwrap_or_else(default);
        let same_strategy = self.strategy.is_none() || self.strategy == Some(base_strategy);
        for setting in Setting::ALL {
            if same_strategy || !setting.belongs_to_strategy() {
                setting.inherit(&mut self, base);
            }
        }
        self
    }

    /// The strategy of these settings; without one, the first of [`strategy::ALL`], which works with every model.
    ///
    /// # Errors
    /// When there is no strategy of that name.
    pub fn strategy(&self) -> Result<&'static dyn Strategy, SettingsError> {
        match &self.strategy {
            None => Ok(strategy::ALL[0]),
            Some(name) => strategy::find(name).ok_or_else(|| SettingsError::Strategy {
                given: name.to_string(),
            }),
        }
    }

    /// The settings that have a value, with the value as a user would type it.
    pub fn values(&self) -> impl Iterator<Item = (Setting, String)> {
        let value = |&setting: &Setting| Some((setting, setting.of(self)?));
        Setting::ALL.iter().filter_map(value)
    }

    /// The words that must appear, as typed, without duplicates and empty words.
    pub fn keywords(&self) -> Vec<&str> {
        let mut words: Vec<&str> = Vec::new();
        for word in self.keywords.as_deref().unwrap_or_default().split(',') {
            let word = word.trim();
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }

    /// The parameters for `strategy`: these settings, completed by the strategy's defaults and by `seed`. Keywords and
    /// bans are empty, since they depend on the vocabulary.
    ///
    /// # Errors
    /// When the options do not fit the strategy.
    pub fn params(&self, strategy: &dyn Strategy, seed: Seed) -> Result<Params, SettingsError> {
        let options = OptionValues::parse(
            strategy.name(),
            &strategy::options(strategy),
            self.options.as_deref().unwrap_or_default(),
        )?;
        let preferred = strategy.sampling(&options);
        Ok(Params {
            sampling: Sampling {
                temperature: self.temperature.unwrap_or(preferred.temperature),
                top_k: self.top_k.unwrap_or(preferred.top_k),
                top_p: self.top_p.unwrap_or(preferred.top_p),
            },
            seed: self.seed.unwrap_or(seed),
            options,
            keywords: Vec::new(),
            bans: Bans::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::full_settings;

    #[test]
    fn one_call_overrides_what_is_stored_and_keeps_the_rest() {
        let stored = Settings {
            temperature: Some(0.5.try_into().unwrap()),
            prompt: Some("Once".into()),
            ..Settings::default()
        };
        let call = Settings {
            temperature: Some(1.5.try_into().unwrap()),
            ..Settings::default()
        };
        let both = call.over(&stored);
        assert_eq!(both.temperature, "1.5".parse().ok());
        assert_eq!(both.prompt.as_deref(), Some("Once"));
    }

    #[test]
    fn options_do_not_follow_to_another_strategy() {
        let stored = Settings {
            strategy: Some("gibbs".into()),
            options: Some("iterations=9".into()),
            ..Settings::default()
        };
        let same = Settings::default().over(&stored);
        assert_eq!(same.options.as_deref(), Some("iterations=9"));
        let unnamed = Settings {
            options: Some("window=3".into()),
            ..Settings::default()
        };
        let named = Settings {
            strategy: Some("lookahead".into()),
            ..Settings::default()
        };
        assert_eq!(named.over(&unnamed).options.as_deref(), Some("window=3"));
        let other = Settings {
            strategy: Some("naive".into()),
            ..Settings::default()
        }
        .over(&stored);
        assert_eq!(other.options, None);
    }

    #[test]
    fn an_unknown_strategy_is_named_with_those_there_are() {
        let message = Settings {
            strategy: Some("beam".into()),
            ..Settings::default()
        }
        .strategy()
        .err()
        .unwrap()
        .to_string();
        assert!(
            message.starts_with("there is no strategy \"beam\"; there are lookahead, "),
            "{message}"
        );
    }

    #[test]
    fn each_setting_can_be_set_read_and_unset_alone() {
        for &setting in Setting::ALL {
            assert!(setting.of(&full_settings()).is_some(), "{setting:?}");
            assert_eq!(Setting::named(setting.name()), Some(setting));
            let left = setting.unset(full_settings());
            assert_eq!(setting.of(&left), None);
            assert_ne!(left, Settings::default(), "{setting:?}");
        }
        let none = Setting::ALL
            .iter()
            .fold(full_settings(), |left, setting| setting.unset(left));
        assert_eq!(none, Settings::default());
    }

    #[test]
    fn an_invalid_number_is_refused_with_its_range() {
        let refused = Setting::Temperature
            .set(&Settings::default(), "warm")
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "temperature must be a number from 0 to 5, not \"warm\""
        );
    }

    #[test]
    fn descriptions_and_labels_fit_into_discord() {
        for setting in Setting::ALL {
            let spec = setting.spec();
            assert!(spec.command_help.chars().count() <= 100, "{setting:?}");
            assert!(spec.form_label.chars().count() <= 45, "{setting:?}");
        }
    }

    #[test]
    fn ranges_of_numbers_are_those_of_their_types() {
        for setting in Setting::ALL {
            let accepts = |typed: String| setting.set(&Settings::default(), &typed).is_ok();
            let kind = setting.spec().kind;
            if let SettingKind::Whole { min, max } = kind {
                assert!(
                    accepts(min.to_string()) && accepts(max.to_string()),
                    "{setting:?}"
                );
                assert!(!accepts((max + 1).to_string()), "{setting:?}");
                assert!(min == 0 || !accepts((min - 1).to_string()), "{setting:?}");
            }
            if let SettingKind::Number { min, max } = kind {
                assert!(accepts(max.to_string()), "{setting:?}");
                assert!(!accepts((max + 0.1).to_string()), "{setting:?}");
                assert!(!accepts((min - 0.1).to_string()), "{setting:?}");
            }
        }
    }
}
