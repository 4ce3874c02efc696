//! The payloads of preset codes, one for each version.

use std::collections::BTreeMap;

use generation::{Length, Setting, Settings, TopK};
use serde::{Deserialize, Serialize};

use super::CodeError;

/// A version of preset codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// The settings of the first release, as [`V1`]. Written wherever it can hold the settings, so that bots of all releases
    /// read the code.
    V1,
    /// Any settings, as pairs of name and value.
    V2,
}

/// The payload of version 1. Its layout is frozen, since codes are stored and shared outside the program.
#[derive(Serialize, Deserialize)]
struct V1 {
    prompt: Option<String>,
    strategy: Option<String>,
    temperature: Option<f64>,
    top_k: Option<u32>,
    top_p: Option<f64>,
    length: Option<u32>,
    seed: Option<u64>,
    options: Option<String>,
    tags: Option<String>,
    context: Option<String>,
    keywords: Option<String>,
}

impl From<&Settings> for V1 {
    fn from(settings: &Settings) -> Self {
        Self {
            prompt: settings.prompt.clone(),
            strategy: settings.strategy.clone().map(String::from),
            temperature: settings.temperature.map(f64::from),
            top_k: settings.top_k.map(TopK::get),
            top_p: settings.top_p.map(f64::from),
            length: settings.length.map(Length::get),
            seed: settings.seed.map(u64::from),
            options: settings.options.clone(),
            tags: settings.tags.clone(),
            context: settings.context.clone(),
            keywords: settings.keywords.clone(),
        }
    }
}

impl V1 {
    fn values(self) -> BTreeMap<Setting, String> {
        fn text<T: ToString>(number: Option<T>) -> Option<String> {
            number.map(|number| number.to_string())
        }
        let values = [
            (Setting::Prompt, self.prompt),
            (Setting::Strategy, self.strategy),
            (Setting::Temperature, text(self.temperature)),
            (Setting::TopK, text(self.top_k)),
            (Setting::TopP, text(self.top_p)),
            (Setting::Length, text(self.length)),
            (Setting::Seed, text(self.seed)),
            (Setting::Options, self.options),
            (Setting::Tags, self.tags),
            (Setting::Context, self.context),
            (Setting::Keywords, self.keywords),
        ];
        let set = |(setting, value): (Setting, Option<String>)| Some((setting, value?));
        values.into_iter().filter_map(set).collect()
    }
}

/// Encodes `settings` with `postcard`, in the lowest version that can hold them.
///
/// # Errors
/// [`CodeError::TooLong`] if they cannot be serialised.
pub(super) fn encode(settings: &Settings) -> Result<(Version, Vec<u8>), CodeError> {
    let first = V1::from(settings);
    let bytes = postcard::to_allocvec(&first).map_err(|_| CodeError::TooLong)?;
    let all: BTreeMap<Setting, String> = settings.values().collect();
    if first.values() == all {
        return Ok((Version::V1, bytes));
    }
    let pairs = all
        .iter()
        .map(|(setting, value)| (setting.name(), value.as_str()));
    Ok((Version::V2, encode_pairs(&pairs.collect::<Vec<_>>())))
}

/// The payload of version 2.
pub(super) fn encode_pairs(pairs: &[(&str, &str)]) -> Vec<u8> {
    postcard::to_allocvec(pairs).expect("pairs of text serialize without error")
}

/// Decodes a payload.
///
/// # Errors
/// [`CodeError::Unfit`] when it is malformed, names an unknown setting, or has a value out of range.
pub(super) fn decode(version: Version, bytes: &[u8]) -> Result<Settings, CodeError> {
    let unfit = |error: postcard::Error| CodeError::Unfit(error.to_string());
    let values = match version {
        Version::V1 => postcard::from_bytes::<V1>(bytes).map_err(unfit)?.values(),
        Version::V2 => postcard::from_bytes::<Vec<(&str, String)>>(bytes)
            .map_err(unfit)?
            .into_iter()
            .map(|(name, value)| match Setting::named(name) {
                Some(setting) => Ok((setting, value)),
                None => Err(CodeError::Unfit(format!(
                    "this bot has no setting {name:?}"
                ))),
            })
            .collect::<Result<_, _>>()?,
    };
    // In the order of the table, since options belong to the strategy that is set before them.
    let settings = values
        .into_iter()
        .try_fold(Settings::default(), |settings, (setting, value)| {
            setting.set(&settings, &value)
        })?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_former_name_of_a_strategy_in_a_code_is_read_as_the_current_one() {
        let read = |strategy: &str| {
            let payload = V1 {
                strategy: Some(strategy.to_owned()),
                ..V1::from(&Settings::default())
            };
            let bytes = postcard::to_allocvec(&payload).unwrap();
            decode(Version::V1, &bytes).unwrap().strategy
        };
        assert_eq!(read("student").as_deref(), Some("causal"));
        assert_eq!(read("student"), read("causal"));
    }

    #[test]
    fn version_2_holds_settings_by_name_in_any_order() {
        let pairs = [
            ("options", "iterations=9"),
            ("strategy", "gibbs"),
            ("seed", "7"),
        ];
        let settings = decode(Version::V2, &encode_pairs(&pairs)).unwrap();
        let same = Settings {
            strategy: Some("gibbs".into()),
            options: Some("iterations=9".into()),
            seed: "7".parse().ok(),
            ..Settings::default()
        };
        assert_eq!(settings, same);
    }

    #[test]
    fn a_setting_that_this_bot_does_not_have_is_named() {
        let told = decode(Version::V2, &encode_pairs(&[("colour", "red")]));
        let told = told.unwrap_err().to_string();
        assert!(
            told.ends_with("this bot has no setting \"colour\""),
            "{told}"
        );
    }
}
