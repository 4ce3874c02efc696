//! What is to be written, checked and settled in every respect.

use generation::strategy::{self, Strategy, Task};
use generation::{
    Attention, Bans, Draft, Generation, Length, Params, Seed, Settings, Steering, TokenId,
};
use model::{EncodeOptions, Prompt, Vocabulary};

use crate::service::{Limits, Refusal};

/// A text that can be begun.
pub struct GenerationRequest {
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
    /// What steers the text.
    pub steering: Steering,
    draft: Draft,
}

impl GenerationRequest {
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
        // Words that must appear are enough to write around.
        let unprompted = settings.strategy()?.needs_keywords();
        if settings.prompt.is_none() && !unprompted {
            return Err(Refusal::NoPrompt);
        }
        Self::settled(vocabulary, limits, settings, seed, unprompted)
    }

    /// The same where there may always be no prompt, so that a text is written out of nothing.
    ///
    /// # Errors
    /// When something does not fit.
    pub fn unprompted(
        vocabulary: &Vocabulary,
        limits: &Limits,
        settings: &Settings,
        seed: Seed,
    ) -> Result<Self, Refusal> {
        Self::settled(vocabulary, limits, settings, seed, true)
    }

    fn settled(
        vocabulary: &Vocabulary,
        limits: &Limits,
        settings: &Settings,
        seed: Seed,
        unprompted: bool,
    ) -> Result<Self, Refusal> {
        let typed = settings.prompt.as_deref().unwrap_or_default();
        limits.check_characters(typed)?;
        let prompt = Prompt::parse(typed);
        limits.check_blanks(&prompt)?;
        let steering = settings.steering();
        limits.check_steering(&steering)?;
        let strategy = settings.strategy()?;
        let mut params = settings.params(strategy, seed)?;
        let length = settings.length.unwrap_or(limits.length);
        limits.check_length(length)?;
        if strategy.needs_causal_model(&params.options)
            && !vocabulary.attention_modes().contains(&Attention::Causal)
        {
            return Err(Refusal::NoStudent(strategy.name()));
        }
        let task = strategy.task(prompt.blanks(), &params.options);
        params.keywords = keywords(vocabulary, strategy, settings, length)?;
        let layout = EncodeOptions {
            task,
            length,
            suffix: vocabulary.suffix(&steering)?,
            unprompted,
        };
        let draft = vocabulary.draft(&prompt, &layout)?;
        Ok(Self {
            prompt,
            strategy,
            params,
            length: (task == Task::Continue).then_some(length),
            options: settings.options.clone().unwrap_or_default(),
            steering,
            draft,
        })
    }

    /// The same order with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.params.seed = seed;
        self
    }

    /// The same order without the words of `bans`, which must not be written and may not have been typed either: the bot
    /// shows what was typed as its own.
    ///
    /// # Errors
    /// When a banned word was typed.
    pub fn banning(mut self, bans: &Bans, vocabulary: &Vocabulary) -> Result<Self, Refusal> {
        let Steering {
            tags,
            context,
            keywords,
        } = &self.steering;
        let steering = [tags, context, keywords].into_iter().flatten();
        for typed in self.prompt.given().chain(steering.map(String::as_str)) {
            if let Some(word) = bans.find_in(&vocabulary.plain(typed)) {
                return Err(Refusal::Banned(word.to_owned()));
            }
        }
        if let Some(position) = bans.first_violation(&self.draft) {
            let piece = vocabulary.piece(self.draft.positions()[position].token);
            return Err(Refusal::Banned(piece.trim_start_matches('#').to_owned()));
        }
        self.params.bans = self.params.bans.union(bans);
        Ok(self)
    }

    /// The draft before anything is written.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Begins to write.
    pub fn begin(&self) -> Box<dyn Generation> {
        strategy::begin(self.strategy, self.draft.clone(), &self.params)
    }
}

/// The keywords of `settings` as tokens, if they and `strategy` fit together.
fn keywords(
    vocabulary: &Vocabulary,
    strategy: &dyn Strategy,
    settings: &Settings,
    length: Length,
) -> Result<Vec<Vec<TokenId>>, Refusal> {
    let words = settings.keywords();
    match (words.is_empty(), strategy.uses_keywords()) {
        (true, _) if strategy.needs_keywords() => return Err(Refusal::NoKeywords),
        (true, _) => return Ok(Vec::new()),
        (false, false) => return Err(Refusal::KeywordsUnused(strategy.name())),
        (false, true) => {}
    }
    let tokens = |word: &str| {
        let unknown = || Refusal::KeywordUnknown(word.to_owned());
        vocabulary.keyword(word).ok_or_else(unknown)
    };
    let tokens: Vec<Vec<TokenId>> = words.into_iter().map(tokens).collect::<Result<_, _>>()?;
    let count = tokens.iter().map(Vec::len).sum();
    // A token before each keyword, and the full stop.
    let (least, given) = (count + tokens.len() + 1, length.get() as usize);
    if given < least {
        return Err(Refusal::KeywordsTooLong {
            tokens: count,
            least,
            given,
        });
    }
    Ok(tokens)
}
