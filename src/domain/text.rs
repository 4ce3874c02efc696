//! Generated texts: content, provenance, and the query that lists them.

use generation::{Length, Sampling, Seed, Setting, Settings, StrategyName};
use serde::{Deserialize, Serialize};

use super::{ChannelId, GuildId, TextId, UserId};

/// A generated text with everything needed to reproduce it.
///
/// The JSON form is stored in open duels, so its keys and variant names never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// Identifier that users type: short, unique.
    pub id: TextId,
    /// The requesting user.
    pub user: UserId,
    /// The guild of the request. `None` in direct messages and for the oldest texts.
    pub server: Option<GuildId>,
    /// The channel of the request. `None` for the oldest texts.
    pub channel: Option<ChannelId>,
    /// The text that this one varies or continues.
    pub parent: Option<TextId>,
    /// The prompt as typed.
    pub prompt: String,
    /// The whole text, including the prompt.
    pub text: String,
    /// Name of the strategy.
    pub strategy: StrategyName,
    /// Sampling parameters.
    pub sampling: Sampling,
    /// Requested number of new tokens. `None` if the prompt's blanks determined it.
    pub length: Option<Length>,
    /// Seed of the random number generator.
    pub seed: Seed,
    /// The strategy's options as given.
    pub options: String,
    /// The settings that have no field of their own, such as tags, context and keywords.
    #[serde(rename = "steering")]
    pub other: Settings,
    /// Fingerprint of the model.
    pub model: String,
    /// Number of generated tokens.
    pub tokens: usize,
    /// Number of sequences that the model scored.
    pub passes: u64,
    /// Time from the request to the last token.
    pub milliseconds: u64,
    /// How the generation ended.
    pub ended: TextOutcome,
    /// Time of insertion in seconds since the Unix epoch. `Store::add_text` ignores the given value and sets it.
    pub kept_at: i64,
}

/// How a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextOutcome {
    /// The text is complete.
    Done,
    /// A user stopped it.
    Stopped,
    /// It failed.
    Failed,
}

impl TextOutcome {
    const ALL: [Self; 3] = [Self::Done, Self::Stopped, Self::Failed];

    /// Stable name, as stored in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The outcome with this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

impl Text {
    /// The settings that have a field of their own.
    const FIELDS: [Setting; 8] = [
        Setting::Prompt,
        Setting::Strategy,
        Setting::Temperature,
        Setting::TopK,
        Setting::TopP,
        Setting::Length,
        Setting::Seed,
        Setting::Options,
    ];

    /// The settings with which the same model reproduces this text.
    pub fn settings(&self) -> Settings {
        Settings {
            prompt: Some(self.prompt.clone()),
            strategy: Some(self.strategy.clone()),
            temperature: Some(self.sampling.temperature),
            top_k: Some(self.sampling.top_k),
            top_p: Some(self.sampling.top_p),
            length: self.length,
            seed: Some(self.seed),
            options: Some(self.options.clone()).filter(|options| !options.is_empty()),
            ..self.other.clone()
        }
    }

    /// The value of [`Text::other`] for a text that is written with `settings`.
    pub fn settings_without_field(settings: Settings) -> Settings {
        let fields = Self::FIELDS.into_iter();
        fields.fold(settings, |settings, field| field.unset(settings))
    }
}

/// The set of texts that a query searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextScope {
    /// All texts requested by a user.
    User(UserId),
    /// All texts requested in a guild.
    Server(GuildId),
}

/// A page of a scope's texts, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextQuery<'a> {
    /// Maximum number of texts.
    pub limit: u32,
    /// Number of newer texts to skip.
    pub offset: u32,
    /// Prefix of the id or part of the text to match, ignoring ASCII case. Empty matches every text.
    pub search: &'a str,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use generation::strategy;

    /// A text with a value in every optional field but its place and parent.
    pub(crate) fn text(id: &str) -> Text {
        Text {
            id: id.into(),
            user: UserId(1),
            server: None,
            channel: None,
            parent: None,
            prompt: "Once".into(),
            text: "Once more.".into(),
            strategy: "lookahead".into(),
            sampling: strategy::default_sampling(strategy::ALL[0]),
            length: "2".parse().ok(),
            seed: "9007199254740991".parse().unwrap(),
            options: "window=3".into(),
            other: Settings {
                tags: Some("warm".into()),
                ..Settings::default()
            },
            model: "f".into(),
            tokens: 2,
            passes: 2,
            milliseconds: 10,
            ended: TextOutcome::Stopped,
            kept_at: 0,
        }
    }

    #[test]
    fn settings_of_a_text_reproduce_its_parameters() {
        let text = text("abc");
        let settings = text.settings();
        let strategy = settings.strategy().unwrap();
        let params = settings.params(strategy, Seed::from(1)).unwrap();
        assert_eq!(
            (params.seed, params.sampling, strategy.name()),
            (text.seed, text.sampling, "lookahead")
        );
        assert_eq!(settings.tags, text.other.tags);
        assert_eq!(Text::settings_without_field(settings.clone()), text.other);
        assert_eq!(
            (settings.prompt.as_deref(), settings.options.as_deref()),
            (Some("Once"), Some("window=3"))
        );
    }
}
