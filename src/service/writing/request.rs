//! A validated request for a text.

use generation::strategy::{self, Strategy, Task};
use generation::{
    Attention, Bans, Draft, FillOrder, Generation, Length, Params, Seed, Setting, Settings, TokenId,
};
use model::{EncodeOptions, Prompt, Vocabulary};

use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::policy::limits::Limits;
use crate::service::refusal::Refusal;

/// A validated request: all parameters are set and in range, and the prompt is encoded.
pub struct GenerationRequest {
    /// The parsed prompt.
    pub prompt: Prompt,
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// The strategy's parameters.
    pub params: Params,
    /// The number of tokens to append to the prompt; `None` if the strategy only fills its blanks.
    pub length: Option<Length>,
    /// The settings that were asked for, as they were typed.
    pub settings: Settings,
    draft: Draft,
}

/// Whether a request needs a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PromptNeed {
    Required,
    Optional,
}

impl GenerationRequest {
    /// Validates `settings` under the limits and banned words of `policy`.
    ///
    /// # Errors
    /// As [`Self::new`] and [`Self::banning`].
    pub(in crate::service) fn under(
        policy: &GuildPolicy,
        vocabulary: &Vocabulary,
        settings: &Settings,
        seed: Seed,
    ) -> Result<Self, Refusal> {
        Self::new(vocabulary, policy.limits(), settings, seed)?.banning(policy.bans(), vocabulary)
    }

    /// Validates `settings`. Sampling parameters without a value take the strategy's defaults; `seed` applies if the
    /// settings have none.
    ///
    /// # Errors
    /// When there is no prompt and the strategy needs one, or a value is out of range or unsuitable for the strategy.
    pub fn new(
        vocabulary: &Vocabulary,
        limits: &Limits,
        settings: &Settings,
        seed: Seed,
    ) -> Result<Self, Refusal> {
        // Keywords are enough to write around.
        let need = if settings.strategy()?.needs_keywords() {
            PromptNeed::Optional
        } else {
            PromptNeed::Required
        };
        Self::validated(vocabulary, limits, settings, seed, need)
    }

    /// Validates `settings` as [`Self::new`] does, but accepts a missing prompt with every strategy.
    ///
    /// # Errors
    /// When a value is out of range or unsuitable for the strategy.
    pub fn unprompted(
        vocabulary: &Vocabulary,
        limits: &Limits,
        settings: &Settings,
        seed: Seed,
    ) -> Result<Self, Refusal> {
        Self::validated(vocabulary, limits, settings, seed, PromptNeed::Optional)
    }

    fn validated(
        vocabulary: &Vocabulary,
        limits: &Limits,
        settings: &Settings,
        seed: Seed,
        need: PromptNeed,
    ) -> Result<Self, Refusal> {
        if settings.prompt.is_none() && need == PromptNeed::Required {
            return Err(Refusal::NoPrompt);
        }
        let typed = settings.prompt.as_deref().unwrap_or_default();
        limits.check_characters(typed)?;
        let prompt = Prompt::parse(typed);
        limits.check_blanks(&prompt)?;
        limits.check_texts(settings)?;
        let strategy = settings.strategy()?;
        let mut params = settings.params(strategy, seed)?;
        let length = settings.length.unwrap_or(limits.length);
        limits.check_length(length)?;
        if strategy.needs_causal_model(&params.options)
            && !vocabulary.attention_modes().contains(&Attention::Causal)
        {
            return Err(Refusal::NoCausalModel(strategy.name()));
        }
        let task = strategy.task(prompt.blanks(), &params.options);
        params.keywords = keywords(vocabulary, strategy, settings, length)?;
        let encoding = EncodeOptions {
            task,
            length,
            suffix: vocabulary.suffix(settings)?,
            unprompted: need == PromptNeed::Optional,
        };
        let draft = vocabulary.draft(&prompt, &encoding)?;
        Ok(Self {
            prompt,
            strategy,
            params,
            length: (task == Task::Continue).then_some(length),
            settings: settings.clone(),
            draft,
        })
    }

    /// This request with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.params.seed = seed;
        self
    }

    /// This request with banned words, which the model must not write. The user may not type them either, since the bot
    /// shows the prompt as part of its own message.
    ///
    /// # Errors
    /// [`Refusal::Banned`] if the prompt or the steering contains a banned word.
    pub fn banning(mut self, bans: &Bans, vocabulary: &Vocabulary) -> Result<Self, Refusal> {
        let steering = Setting::steering().filter_map(|setting| setting.of(&self.settings));
        let prompt = self.prompt.given().map(str::to_owned);
        for typed in prompt.chain(steering) {
            if let Some(word) = bans.find_in(&vocabulary.plain(&typed)) {
                return Err(Refusal::Banned(word.to_owned()));
            }
        }
        if let Some(position) = bans.first_violation(&self.draft) {
            let letters = vocabulary.letters(self.draft.positions()[position].token);
            return Err(Refusal::Banned(letters.to_owned()));
        }
        self.params.bans = self.params.bans.union(bans);
        Ok(self)
    }

    /// The encoded prompt, before the model has written anything.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The order in which the strategy fills blanks, if it has the option `order`.
    pub(in crate::service) fn fill_order(&self) -> FillOrder {
        self.params.options.get(strategy::FILL_ORDER)
    }

    /// Begins the generation.
    pub fn begin(&self) -> Box<dyn Generation> {
        strategy::begin(self.strategy, self.draft.clone(), &self.params)
    }
}

/// A seed for requests without one: 32 bits, so that it is short enough to type.
pub fn fresh_seed() -> Seed {
    Seed::from(rand::random::<u32>())
}

/// The keywords of `settings` as tokens, if `strategy` uses keywords.
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
    // At least one token before each keyword, and the final full stop.
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
