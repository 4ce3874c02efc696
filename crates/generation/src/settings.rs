//! The settings that a person chose; the strategy's defaults complete them.

use serde::{Deserialize, Serialize};

use super::strategy::{self, Strategy};
use super::{
    Bans, Length, OptionError, OptionValues, Params, Sampling, Seed, StrategyName, Temperature,
    TopK, TopP,
};

/// The settings that a person chose. `None` leaves a setting to its default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The text to continue, as typed.
    pub prompt: Option<String>,
    /// The strategy.
    pub strategy: Option<StrategyName>,
    /// The temperature.
    pub temperature: Option<Temperature>,
    /// The top-k.
    pub top_k: Option<TopK>,
    /// The top-p.
    pub top_p: Option<TopP>,
    /// The number of new tokens.
    pub length: Option<Length>,
    /// The seed of the random numbers.
    pub seed: Option<Seed>,
    /// The strategy's options as `name=value name=value`.
    pub options: Option<String>,
    /// Words that steer the text from behind and are no part of it, separated by commas.
    pub tags: Option<String>,
    /// A sentence that steers the text from behind and is no part of it.
    pub context: Option<String>,
    /// Words that must appear, separated by commas.
    pub keywords: Option<String>,
}

/// The settings that steer a text besides its prompt, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Steering {
    /// See [`Settings::tags`].
    pub tags: Option<String>,
    /// See [`Settings::context`].
    pub context: Option<String>,
    /// See [`Settings::keywords`].
    pub keywords: Option<String>,
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
    pub fn over(self, base: &Self) -> Self {
        let default = || StrategyName::from(strategy::ALL[0].name());
        let base_strategy = base.strategy.clone().unwrap_or_else(default);
        let same_strategy = self.strategy.is_none() || self.strategy == Some(base_strategy);
        Self {
            prompt: self.prompt.or_else(|| base.prompt.clone()),
            strategy: self.strategy.or_else(|| base.strategy.clone()),
            temperature: self.temperature.or(base.temperature),
            top_k: self.top_k.or(base.top_k),
            top_p: self.top_p.or(base.top_p),
            length: self.length.or(base.length),
            seed: self.seed.or(base.seed),
            options: self
                .options
                .or_else(|| base.options.clone().filter(|_| same_strategy)),
            tags: self.tags.or_else(|| base.tags.clone()),
            context: self.context.or_else(|| base.context.clone()),
            keywords: self
                .keywords
                .or_else(|| base.keywords.clone().filter(|_| same_strategy)),
        }
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

    /// The settings that steer a text.
    pub fn steering(&self) -> Steering {
        Steering {
            tags: self.tags.clone(),
            context: self.context.clone(),
            keywords: self.keywords.clone(),
        }
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
}
