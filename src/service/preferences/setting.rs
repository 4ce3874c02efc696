//! The settings by name: reads, sets and unsets one field of [`Settings`].

use crate::service::refusal::Refusal;
use generation::{Settings, StrategyName};

/// One field of [`Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// [`Settings::prompt`].
    Prompt,
    /// [`Settings::strategy`].
    Strategy,
    /// [`Settings::temperature`].
    Temperature,
    /// [`Settings::length`].
    Length,
    /// [`Settings::seed`].
    Seed,
    /// [`Settings::top_k`].
    TopK,
    /// [`Settings::top_p`].
    TopP,
    /// [`Settings::options`].
    Options,
    /// [`Settings::tags`].
    Tags,
    /// [`Settings::context`].
    Context,
    /// [`Settings::keywords`].
    Keywords,
}

impl Setting {
    /// All settings in display order.
    pub const ALL: [Self; 11] = [
        Self::Prompt,
        Self::Strategy,
        Self::Temperature,
        Self::Length,
        Self::Seed,
        Self::TopK,
        Self::TopP,
        Self::Options,
        Self::Tags,
        Self::Context,
        Self::Keywords,
    ];

    /// The name in menus, commands and stored data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Strategy => "strategy",
            Self::Temperature => "temperature",
            Self::Length => "length",
            Self::Seed => "seed",
            Self::TopK => "top_k",
            Self::TopP => "top_p",
            Self::Options => "options",
            Self::Tags => "tags",
            Self::Context => "context",
            Self::Keywords => "keywords",
        }
    }

    /// The setting of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    /// The value in `settings` as a user would type it.
    pub fn of(self, settings: &Settings) -> Option<String> {
        fn text<T: ToString>(number: Option<T>) -> Option<String> {
            number.map(|number| number.to_string())
        }
        match self {
            Self::Prompt => settings.prompt.clone(),
            Self::Strategy => settings.strategy.clone().map(String::from),
            Self::Temperature => text(settings.temperature),
            Self::Length => text(settings.length),
            Self::Seed => text(settings.seed),
            Self::TopK => text(settings.top_k),
            Self::TopP => text(settings.top_p),
            Self::Options => settings.options.clone(),
            Self::Tags => settings.tags.clone(),
            Self::Context => settings.context.clone(),
            Self::Keywords => settings.keywords.clone(),
        }
    }

    /// `settings` with this setting parsed from `typed`.
    ///
    /// # Errors
    /// When a number cannot be parsed, or is out of range.
    pub fn set(self, settings: &Settings, typed: &str) -> Result<Settings, Refusal> {
        let text = || Some(typed.to_owned());
        let mut one = Settings::default();
        match self {
            Self::Prompt => one.prompt = text(),
            Self::Strategy => one.strategy = text().map(StrategyName::from),
            Self::Temperature => one.temperature = Some(typed.parse()?),
            Self::Length => one.length = Some(typed.parse()?),
            Self::Seed => one.seed = Some(typed.parse()?),
            Self::TopK => one.top_k = Some(typed.parse()?),
            Self::TopP => one.top_p = Some(typed.parse()?),
            Self::Options => one.options = text(),
            Self::Tags => one.tags = text(),
            Self::Context => one.context = text(),
            Self::Keywords => one.keywords = text(),
        }
        Ok(one.over(settings))
    }

    /// `settings` without a value for this setting.
    #[must_use]
    pub fn unset(self, mut settings: Settings) -> Settings {
        match self {
            Self::Prompt => settings.prompt = None,
            // Options belong to their strategy.
            Self::Strategy => (settings.strategy, settings.options) = (None, None),
            Self::Temperature => settings.temperature = None,
            Self::Length => settings.length = None,
            Self::Seed => settings.seed = None,
            Self::TopK => settings.top_k = None,
            Self::TopP => settings.top_p = None,
            Self::Options => settings.options = None,
            Self::Tags => settings.tags = None,
            Self::Context => settings.context = None,
            Self::Keywords => settings.keywords = None,
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Settings {
        let typed = |setting: Setting| match setting {
            Setting::Strategy => "gibbs",
            Setting::Options => "iterations=2",
            Setting::Prompt | Setting::Tags | Setting::Context | Setting::Keywords => "sun",
            _ => "1",
        };
        let all = Setting::ALL.into_iter();
        all.fold(Settings::default(), |settings, setting| {
            setting.set(&settings, typed(setting)).unwrap()
        })
    }

    #[test]
    fn each_setting_can_be_set_read_and_unset_alone() {
        for setting in Setting::ALL {
            assert!(setting.of(&full()).is_some(), "{setting:?}");
            assert_eq!(Setting::named(setting.name()), Some(setting));
            let left = setting.unset(full());
            assert_eq!(setting.of(&left), None);
            assert_ne!(left, Settings::default(), "{setting:?}");
        }
        let none = Setting::ALL
            .into_iter()
            .fold(full(), |left, setting| setting.unset(left));
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
}
