//! What is to be written, checked and settled in every respect.

use crate::generation::strategy::Strategy;
use crate::generation::{Draft, Generation, Length, Params, Seed, Settings};
use crate::model::{Prompt, Vocabulary};

use super::{Limits, Refusal};

/// A text that can be begun.
pub struct Order {
    /// What was typed.
    pub prompt: Prompt,
    /// How it is written.
    pub strategy: &'static dyn Strategy,
    /// With which numbers.
    pub params: Params,
    /// How many tokens behind the prompt; none if only its blanks are filled.
    pub length: Option<Length>,
    /// The strategy's own settings as they were given.
    pub options: String,
    draft: Draft,
}

impl Order {
    /// Settles `settings`, in which nothing is left open but what the strategy has a preference for. `seed` is used if
    /// they name none.
    ///
    /// # Errors
    /// When something does not fit.
    pub fn new(
        vocabulary: &Vocabulary,
        limits: &Limits,
        settings: &Settings,
        seed: Seed,
    ) -> Result<Self, Refusal> {
        let typed = settings.prompt.as_deref().ok_or(Refusal::NoPrompt)?;
        limits.check_characters(typed)?;
        let prompt = Prompt::parse(typed);
        limits.check_blanks(&prompt)?;
        let strategy = settings.strategy()?;
        let params = settings.params(strategy, seed)?;
        let length = settings.length.unwrap_or(limits.length);
        limits.check_length(length)?;
        let length = strategy.continues(prompt.blanks()).then_some(length);
        let draft = vocabulary.draft(&prompt, length)?;
        Ok(Self {
            prompt,
            strategy,
            params,
            length,
            options: settings.options.clone().unwrap_or_default(),
            draft,
        })
    }

    /// The draft before anything is written.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Begins to write.
    pub fn begin(&self) -> Box<dyn Generation> {
        self.strategy.begin(self.draft.clone(), &self.params)
    }
}
