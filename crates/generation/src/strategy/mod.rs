//! The strategies: a registry with one file each.
//!
//! To add one, write `strategy/<name>.rs` with a unit struct that implements [`Strategy`] and with its tests, then add
//! its `mod` line and its entry in [`ALL`]. Menus, help, evaluation and the tests that walk the registry read [`ALL`].

mod best_of;
mod blocks;
mod causal;
mod denoise;
mod diffusion;
mod gibbs;
mod keywords;
mod lookahead;
mod mask_predict;
mod maskgit;
mod mh;
mod naive;
mod template;
#[cfg(test)]
mod tests;

use super::guidance::{Guidance, STRENGTH};
use super::repetition::REPETITION;
use super::truncation::{ENDING, Ending, Truncation};
use super::{Attention, Draft, Generation, OptionSpec, OptionValues, Params, Sampling};

pub use template::ORDER as FILL_ORDER;

/// All strategies in the order of the menus; the first works with every model.
pub const ALL: &[&dyn Strategy] = &[
    &lookahead::LookaheadStrategy,
    &causal::CausalStrategy,
    &best_of::BestOfStrategy,
    &blocks::BlocksStrategy,
    &template::TemplateStrategy,
    &keywords::KeywordsStrategy,
    &denoise::DenoiseStrategy,
    &gibbs::GibbsStrategy,
    &mh::MhStrategy,
    &mask_predict::MaskPredictStrategy,
    &maskgit::MaskGitStrategy,
    &diffusion::DiffusionStrategy,
    &naive::NaiveStrategy,
];

/// A way to write text with a masked model.
///
/// ```
/// use generation::testing::{drive, params_for, row, text_of, token_table};
/// use generation::{Draft, Segment, strategy};
///
/// let lookahead = strategy::find("lookahead").expect("lookahead is a strategy");
/// let draft = Draft::new(token_table(), &[Segment::Region(3)]);
/// let params = params_for(lookahead, "tries=1 sentences=free ending=none", 7);
/// let mut generation = strategy::begin(lookahead, draft, &params);
/// drive(&mut *generation, |_, _| row("cat dog fish"));
/// assert_eq!(generation.draft().written(), 3);
/// ```
pub trait Strategy: Sync {
    /// The name in menus and data: lower case, words joined by hyphens.
    fn name(&self) -> &'static str;

    /// Former names, which are still understood wherever people type them or data keeps them.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the strategy does, in one sentence of at most 100 characters.
    fn summary(&self) -> &'static str;

    /// More about the strategy, for its page in the documentation.
    fn about(&self) -> About;

    /// The default sampling with these options.
    fn sampling(&self, options: &OptionValues) -> Sampling;

    /// The options that only this strategy has.
    fn options(&self) -> &'static [OptionSpec] {
        &[]
    }

    /// The options that all strategies have, with this strategy's defaults.
    fn common_options(&self) -> [OptionSpec; 3] {
        [REPETITION.spec(), ENDING.spec(), STRENGTH.spec()]
    }

    /// What the strategy does with a prompt of `blanks` blanks.
    fn task(&self, blanks: usize, options: &OptionValues) -> Task {
        let _ = (blanks, options);
        Task::Continue
    }

    /// Whether the strategy requires words that must appear.
    fn needs_keywords(&self) -> bool {
        false
    }

    /// Whether the strategy takes account of words that must appear.
    fn uses_keywords(&self) -> bool {
        false
    }

    /// Whether the strategy, with these options, asks causal queries. Not every model answers them.
    fn needs_causal_model(&self, options: &OptionValues) -> bool {
        let _ = options;
        false
    }

    /// Maximum number of sequences that are scored to write `tokens` tokens. Guidance doubles the number.
    fn passes(&self, tokens: usize, options: &OptionValues) -> usize;

    /// A generation that writes all open positions of `draft` and may replace writable ones. Deterministic in `draft`
    /// and `params`. Call [`begin`] instead, which adds what all strategies have in common.
    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation>;
}

/// What a strategy does with a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Fills the blanks and writes new text behind the prompt.
    Continue,
    /// Only fills the blanks.
    Fill {
        /// Maximum width of a blank, in tokens.
        widest: usize,
    },
    /// Replaces the words of the prompt.
    Rewrite,
}

/// The texts of a strategy's page in the documentation, in whole sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// How the strategy works.
    pub how: &'static str,
    /// Its source: authors, year, identifier; and what differs here.
    pub source: &'static str,
    /// When to use it.
    pub when: &'static str,
}

/// Begins to write `draft` with `strategy`, and with guidance and truncation as the options say.
pub fn begin(strategy: &dyn Strategy, draft: Draft, params: &Params) -> Box<dyn Generation> {
    let steered = !draft.suffix().is_empty();
    let mut generation = strategy.write(draft, params);
    let strength = params.options.get(STRENGTH);
    if steered && strength > 0.0 {
        generation = Box::new(Guidance::new(generation, strength));
    }
    if params.options.get(ENDING) == Ending::Sentence {
        generation = Box::new(Truncation::new(generation));
    }
    generation
}

/// All options of `strategy`: its own, then those that all strategies have.
pub fn options(strategy: &dyn Strategy) -> Vec<OptionSpec> {
    [strategy.options(), &strategy.common_options()].concat()
}

/// The default values of all options of `strategy`.
pub fn defaults(strategy: &dyn Strategy) -> OptionValues {
    OptionValues::defaults(&options(strategy))
}

/// The sampling of `strategy` with its default options.
pub fn default_sampling(strategy: &dyn Strategy) -> Sampling {
    strategy.sampling(&defaults(strategy))
}

/// The strategy with this name or alias.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    let named =
        |strategy: &&dyn Strategy| strategy.name() == name || strategy.aliases().contains(&name);
    ALL.iter().copied().find(named)
}

/// The strategies for a model with these attention modes, in menu order.
pub fn available(
    attention_modes: &'static [Attention],
) -> impl Iterator<Item = &'static dyn Strategy> {
    let available = |strategy: &&dyn Strategy| {
        attention_modes.contains(&Attention::Causal)
            || !strategy.needs_causal_model(&defaults(*strategy))
    };
    ALL.iter().copied().filter(available)
}

/// The default strategy for a model with these attention modes. Readers who did not know which text was which preferred
/// those of `causal` (docs/model.md).
pub fn default_for(attention_modes: &[Attention]) -> &'static dyn Strategy {
    if attention_modes.contains(&Attention::Causal) {
        &causal::CausalStrategy
    } else {
        ALL[0]
    }
}

/// The names of all strategies, in menu order.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|strategy| strategy.name()).collect()
}

/// The common options of a strategy that is shown as published: no rule against repetition, and the text ends at the
/// end of its region.
const PUBLISHED_DEFAULTS: [OptionSpec; 3] = [
    REPETITION.with_default(1.0).spec(),
    ENDING.with_default_name("none").spec(),
    STRENGTH.spec(),
];

/// A sampling from constants that are within their ranges.
fn sampling(temperature: f64, top_k: u32, top_p: f64) -> Sampling {
    const VALID: &str = "a test takes the default sampling of every strategy";
    Sampling {
        temperature: temperature.try_into().expect(VALID),
        top_k: f64::from(top_k).try_into().expect(VALID),
        top_p: top_p.try_into().expect(VALID),
    }
}
