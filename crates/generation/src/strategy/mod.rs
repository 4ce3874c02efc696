//! The ways to make a masked model speak: a registry with one file each.
//!
//! To add one, write `strategy/<name>.rs` with a unit struct that implements [`Strategy`] and its tests, then add its
//! `mod` line and its entry in [`ALL`]. Menus, help, evaluation and the tests that walk the registry take it from there.

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

use super::guidance::{self, Guidance};
use super::truncation::{self, Truncation};
use super::{Attention, Draft, Generation, OptionSpec, OptionValues, Params, Repetition, Sampling};

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
pub trait Strategy: Sync {
    /// What it is called in menus: lower case, words joined by hyphens.
    fn name(&self) -> &'static str;

    /// What it does, in one sentence of at most 100 characters.
    fn summary(&self) -> &'static str;

    /// More about it, for its page in the documentation.
    fn about(&self) -> About;

    /// How it draws tokens with these settings when nobody says otherwise.
    fn sampling(&self, options: &OptionValues) -> Sampling;

    /// The settings that only it has.
    fn options(&self) -> &'static [OptionSpec] {
        &[]
    }

    /// The settings that all strategies have, with its own defaults.
    fn common_options(&self) -> [OptionSpec; 3] {
        [Repetition::OPTION, truncation::OPTION, guidance::OPTION]
    }

    /// What it does with a prompt that has so many blanks.
    fn task(&self, blanks: usize, options: &OptionValues) -> Task {
        let _ = (blanks, options);
        Task::Continue
    }

    /// Whether it cannot go without words that must appear.
    fn needs_keywords(&self) -> bool {
        false
    }

    /// Whether it promises that words a person names appear.
    fn uses_keywords(&self) -> bool {
        false
    }

    /// Whether it asks the model's student with these settings; not every model has one.
    fn needs_causal_model(&self, options: &OptionValues) -> bool {
        let _ = options;
        false
    }

    /// At most how many sequences it scores to write `tokens` tokens; guidance doubles it.
    fn passes(&self, tokens: usize, options: &OptionValues) -> usize;

    /// A generation that will write all open positions of `draft`, and replace what may be replaced. Deterministic in
    /// `draft` and `params`. Call [`begin`], which adds what all strategies have in common.
    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation>;
}

/// What a strategy does with a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Fills its blanks and writes new text behind it.
    Continue,
    /// Only fills its blanks.
    Fill {
        /// Tokens that a blank may be made wide.
        widest: usize,
    },
    /// Replaces its words.
    Rewrite,
}

/// What a strategy's page in the documentation says, in whole sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// How it works.
    pub how: &'static str,
    /// Where it comes from: authors, year, identifier; and what differs here.
    pub source: &'static str,
    /// When to use it.
    pub when: &'static str,
}

/// Begins to write `draft` with `strategy`, and with what every strategy can do: guidance and an ending.
pub fn begin(strategy: &dyn Strategy, draft: Draft, params: &Params) -> Box<dyn Generation> {
    let steered = !draft.suffix().is_empty();
    let mut generation = strategy.write(draft, params);
    let strength = params.options.real(guidance::OPTION.name);
    if steered && strength > 0.0 {
        generation = Box::new(Guidance::new(generation, strength));
    }
    if params.options.choice(truncation::OPTION.name) == "sentence" {
        generation = Box::new(Truncation::new(generation));
    }
    generation
}

/// All settings of `strategy`: its own, then those that all have.
pub fn options(strategy: &dyn Strategy) -> Vec<OptionSpec> {
    [strategy.options(), &strategy.common_options()].concat()
}

/// The settings of `strategy` when nobody says otherwise.
///
/// # Panics
/// If one of its defaults is invalid, which a test rules out.
pub fn defaults(strategy: &dyn Strategy) -> OptionValues {
    OptionValues::parse(strategy.name(), &options(strategy), "").expect("a test walks all defaults")
}

/// How `strategy` draws tokens when nobody says otherwise.
pub fn default_sampling(strategy: &dyn Strategy) -> Sampling {
    strategy.sampling(&defaults(strategy))
}

/// The strategy of that name.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    ALL.iter().copied().find(|strategy| strategy.name() == name)
}

/// The strategies for a model that can look these ways, in menu order.
pub fn available(
    attention_modes: &'static [Attention],
) -> impl Iterator<Item = &'static dyn Strategy> {
    let available = |strategy: &&dyn Strategy| {
        attention_modes.contains(&Attention::Causal)
            || !strategy.needs_causal_model(&defaults(*strategy))
    };
    ALL.iter().copied().filter(available)
}

/// What writes where nobody has chosen, with a model that can look these ways: a student's texts were preferred
/// where the reader was not told which was which (docs/model.md).
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

/// The common settings of a strategy that is shown as its authors published it: no rule against repetition, and the text
/// ends where its room ends.
const PUBLISHED_DEFAULTS: [OptionSpec; 3] = [
    Repetition::OPTION.set_to("1"),
    truncation::OPTION.set_to("none"),
    guidance::OPTION,
];

/// The sampling a strategy prefers, from constants that are within their ranges.
fn prefer(temperature: f64, top_k: u32, top_p: f64) -> Sampling {
    const VALID: &str = "a test walks the preferences of all strategies";
    Sampling {
        temperature: temperature.try_into().expect(VALID),
        top_k: f64::from(top_k).try_into().expect(VALID),
        top_p: top_p.try_into().expect(VALID),
    }
}

/// The settings of lookahead with which it writes each sentence once.
fn once() -> OptionValues {
    let strategy = &lookahead::LookaheadStrategy;
    OptionValues::parse(strategy.name(), &options(strategy), "tries=1").expect("a knob of its own")
}

/// Writes `draft` once as lookahead does, with the sampling, seed and repetition of another strategy's `params`.
fn drafted(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let params = Params {
        options: once().adopting(&params.options),
        ..params.clone()
    };
    lookahead::LookaheadStrategy.write(draft, &params)
}

/// The same with lookahead's own sampling and repetition, for strategies that only start from a draft.
fn first_draft(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let options = once();
    let params = Params {
        sampling: lookahead::LookaheadStrategy.sampling(&options),
        seed: params.seed,
        options,
        keywords: Vec::new(),
        bans: params.bans.clone(),
    };
    drafted(draft, &params)
}
