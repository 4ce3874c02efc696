//! Upper bounds that the operator configures for all requests.

use crate::service::refusal::Refusal;
use generation::{Length, Setting, SettingKind, Settings, TextLimit};
use model::{Prompt, PromptError};

/// Upper bounds of requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Maximum concurrent jobs per user.
    pub running_per_user: usize,
    /// Maximum characters of a prompt.
    pub prompt_characters: usize,
    /// Maximum blanks in a prompt.
    pub blanks: usize,
    /// Maximum new tokens of a text.
    pub length: Length,
    /// Maximum characters of each of tags, context and keywords.
    pub steering_characters: usize,
}

impl Limits {
    pub(in crate::service) fn check_characters(&self, typed: &str) -> Result<(), Refusal> {
        let (given, most) = (typed.chars().count(), self.prompt_characters);
        if given > most {
            Err(PromptError::TooManyCharacters { given, most }.into())
        } else {
            Ok(())
        }
    }

    /// Maximum characters of a text.
    pub fn characters(&self, limit: TextLimit) -> usize {
        match limit {
            TextLimit::Prompt => self.prompt_characters,
            TextLimit::Steering => self.steering_characters,
            TextLimit::Characters(most) => most.into(),
        }
    }

    /// Checks the lengths of all texts but the prompt, which [`Limits::check_characters`] checks.
    pub(in crate::service) fn check_texts(&self, settings: &Settings) -> Result<(), Refusal> {
        for (setting, text) in settings.values() {
            let most = match setting.spec().kind {
                SettingKind::Text(limit) if setting != Setting::Prompt => self.characters(limit),
                _ => continue,
            };
            let (name, given) = (setting.name(), text.chars().count());
            if given > most {
                return Err(Refusal::SettingTooLong { name, given, most });
            }
        }
        Ok(())
    }

    pub(in crate::service) fn check_length(&self, length: Length) -> Result<(), Refusal> {
        let (given, most) = (length.get(), self.length.get());
        if given > most {
            Err(Refusal::Length { given, most })
        } else {
            Ok(())
        }
    }

    pub(in crate::service) fn check_blanks(&self, prompt: &Prompt) -> Result<(), Refusal> {
        let (given, most) = (prompt.blanks(), self.blanks);
        if given > most {
            Err(PromptError::TooManyBlanks { given, most }.into())
        } else {
            Ok(())
        }
    }
}
