//! Gibbs sampling: resamples one position after another, given all others.
//!
//! Wang and Cho 2019, "BERT has a Mouth, and It Must Speak" (arXiv:1902.04094), with the settings behind their released
//! samples: start from masks, 500 iterations for 40 tokens, a burn-in of half of them from the whole vocabulary, then
//! top-k 100, temperature 1. The number of iterations scales with the length. In their erratum the authors withdraw the
//! claim that this samples from a Markov random field. Deviation: special tokens and dangling word pieces are never
//! drawn. Ours: an annealed temperature, and the start from a draft, which is then polished in sweeps.

use super::lookahead::first_draft;
use super::{About, PUBLISHED_DEFAULTS, Strategy, sampling};
use crate::chain::Chained;
use crate::option::option_choices;
use crate::{
    Draft, Generation, OptionSpec, OptionValues, Params, Progress, Sampler, Sampling, Scores,
    StrategyOption, TopK, Turn, Want,
};

/// Iterations per token that resample one position: 500 for 40 tokens in the paper's code.
const SINGLE_ITERATIONS: f64 = 12.5;
/// Iterations per token that resample all positions: 300 for 40 tokens in the paper's code.
const PARALLEL_ITERATIONS: f64 = 7.5;
/// Sweeps over a draft that is polished.
const POLISHING_SWEEPS: usize = 2;

option_choices! {
    /// The positions that an iteration resamples.
    enum GibbsMode {
        /// One random position.
        ParallelSequential = "parallel-sequential",
        /// The next position from the left, each once.
        Sequential = "sequential",
        /// All positions.
        Parallel = "parallel",
    }
}

option_choices! {
    /// The initial state of the chain.
    enum GibbsStart {
        /// Masks.
        Masks = "masks",
        /// Random words.
        Random = "random",
        /// A text of the strategy `lookahead`.
        Draft = "draft",
    }
}

const MODE: StrategyOption<GibbsMode> = StrategyOption::choice(
    "mode",
    "One random position a turn, once each from the left, or all at once.",
);
const ITERATIONS: StrategyOption<usize> = StrategyOption::integer(
    "iterations",
    (0, 5000),
    0,
    "How many turns; 0 scales the paper's with the length. Sequential takes one per token.",
);
const BURN_IN: StrategyOption<f64> = StrategyOption::real(
    "burn-in",
    (0.0, 1.0),
    0.5,
    "Share of the turns that draw from the whole vocabulary, in the first mode.",
);
const COOL: StrategyOption<f64> = StrategyOption::real(
    "cool",
    (0.0, 1.0),
    1.0,
    "What is left of the temperature at the end; it falls evenly. 1 keeps it.",
);
const START: StrategyOption<GibbsStart> = StrategyOption::choice(
    "start",
    "From masks, from random words, or polishing a text of lookahead's.",
);

/// The strategy `gibbs`.
pub(super) struct GibbsStrategy;

impl Strategy for GibbsStrategy {
    fn name(&self) -> &'static str {
        "gibbs"
    }

    fn summary(&self) -> &'static str {
        "Redraws words in random order again and again, as in \"BERT has a Mouth, and It Must Speak\"."
    }

    fn about(&self) -> About {
        About {
            how: "It starts from nothing but masks. Again and again it hides one random position and draws a word for it from \
                  what the model believes there, 12.5 times per token on average; the first half of the draws use the whole \
                  vocabulary. With start=draft it polishes a text of lookahead's in two sweeps at a low temperature instead.",
            source: "Wang & Cho 2019 (arXiv:1902.04094), with the settings behind their released samples; see also their \
                     erratum. The falling temperature and the polishing are ours.",
            when: "To see the method that made the case for generating with BERT, and with start=draft to smooth a text.",
        }
    }

    fn sampling(&self, options: &OptionValues) -> Sampling {
        match options.get(START) {
            GibbsStart::Draft => sampling(0.6, 30, 1.0),
            GibbsStart::Masks | GibbsStart::Random => sampling(1.0, 100, 1.0),
        }
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                MODE.spec(),
                ITERATIONS.spec(),
                BURN_IN.spec(),
                COOL.spec(),
                START.spec(),
            ]
        }
    }

    fn common_options(&self) -> [OptionSpec; 3] {
        PUBLISHED_DEFAULTS
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        let drafting = match options.get(START) {
            GibbsStart::Draft => tokens,
            GibbsStart::Masks | GibbsStart::Random => 0,
        };
        // A position that was never drawn at random is visited at the end.
        iterations(tokens, options) + drafting + tokens
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        if params.options.get(START) != GibbsStart::Draft {
            return Box::new(GibbsChain::new(draft, params));
        }
        let expected = iterations(draft.writable().len(), &params.options);
        // The draft was drawn with the seed itself.
        let polish = Params {
            seed: params.seed.variation(1),
            ..params.clone()
        };
        Box::new(Chained::new(
            first_draft(draft, params),
            expected,
            move |draft| Box::new(GibbsChain::new(draft, &polish)),
        ))
    }
}

/// The number of iterations for `tokens` tokens.
fn iterations(tokens: usize, options: &OptionValues) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few thousand at most"
    )]
    let scaled = |per_token: f64| (per_token * tokens as f64).ceil() as usize;
    match (options.get(MODE), options.get(ITERATIONS)) {
        (GibbsMode::Sequential, _) => tokens,
        (_, given) if given > 0 => given,
        (GibbsMode::Parallel, _) => scaled(PARALLEL_ITERATIONS),
        (GibbsMode::ParallelSequential, _) => match options.get(START) {
            GibbsStart::Draft => POLISHING_SWEEPS * tokens,
            GibbsStart::Masks | GibbsStart::Random => scaled(SINGLE_ITERATIONS),
        },
    }
}

/// The order in which the chain visits positions.
#[derive(Clone, Copy, PartialEq)]
enum Scan {
    /// One random position per turn.
    Random,
    /// One position per turn, each once in random order before any comes again.
    Sweeps,
    /// One position per turn, from the left.
    LeftToRight,
    /// All positions in every turn.
    Parallel,
}

impl Scan {
    fn new(options: &OptionValues) -> Self {
        match (options.get(MODE), options.get(START)) {
            (GibbsMode::Sequential, _) => Self::LeftToRight,
            (GibbsMode::Parallel, _) => Self::Parallel,
            (GibbsMode::ParallelSequential, GibbsStart::Draft) => Self::Sweeps,
            (GibbsMode::ParallelSequential, GibbsStart::Masks | GibbsStart::Random) => Self::Random,
        }
    }
}

struct GibbsChain {
    sampler: Sampler,
    scan: Scan,
    writable: Vec<usize>,
    iterations: usize,
    /// Iterations that draw from the whole vocabulary.
    burn_in: usize,
    sampling: Sampling,
    /// The share of the temperature that is left at the end.
    cool: f64,
    done: usize,
    /// The positions of the current turn.
    turn: Vec<usize>,
}

impl GibbsChain {
    fn new(draft: Draft, params: &Params) -> Self {
        let options = &params.options;
        let writable = draft.writable();
        let scan = Scan::new(options);
        let iterations = iterations(writable.len(), options);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the iterations"
        )]
        let burn_in = match scan {
            Scan::Random => (options.get(BURN_IN) * iterations as f64) as usize,
            Scan::Sweeps | Scan::LeftToRight | Scan::Parallel => 0,
        };
        let mut chain = Self {
            sampler: Sampler::from_params(draft, params),
            scan,
            writable,
            iterations,
            burn_in,
            sampling: params.sampling,
            cool: options.get(COOL),
            done: 0,
            turn: Vec::new(),
        };
        if options.get(START) == GibbsStart::Random {
            chain.sampler.fill_with_random_words();
        }
        chain.next_turn();
        chain
    }

    /// Chooses the positions that are resampled next. A position that is still open when the iterations run out is
    /// visited then, so that no mask is left; the paper's budget leaves one in some 3,700 tokens.
    fn next_turn(&mut self) {
        let count = self.writable.len();
        self.turn = match self.scan {
            _ if count == 0 => Vec::new(),
            _ if self.done >= self.iterations => {
                self.sampler.draft.open().into_iter().take(1).collect()
            }
            Scan::Random => vec![self.writable[self.sampler.rng.below(count)]],
            Scan::Sweeps => {
                if self.done.is_multiple_of(count) {
                    self.sampler.rng.shuffle(&mut self.writable);
                }
                vec![self.writable[self.done % count]]
            }
            Scan::LeftToRight => vec![self.writable[self.done]],
            Scan::Parallel => self.writable.clone(),
        };
    }

    /// The sampling of the current iteration.
    fn current_sampling(&self) -> Sampling {
        let passed = self.done as f64 / self.iterations.max(1) as f64;
        let share = 1.0 - (1.0 - self.cool) * passed.min(1.0);
        let temperature = self.sampling.temperature.get() * share;
        let sampling = self.sampling.with_temperature(temperature);
        if self.done < self.burn_in {
            Sampling {
                top_k: TopK::try_from(0.0).expect("0 switches top-k off"),
                ..sampling
            }
        } else {
            sampling
        }
    }
}

impl Generation for GibbsChain {
    fn ask(&mut self) -> Turn {
        if self.turn.is_empty() {
            return Turn::Done;
        }
        let want = if self.done < self.burn_in {
            Want::All
        } else {
            self.sampler.want()
        };
        // In the parallel mode a position sees its own word, as in the paper's code.
        let masked = match self.scan {
            Scan::Parallel => &[][..],
            Scan::Random | Scan::Sweeps | Scan::LeftToRight => &self.turn,
        };
        let draft = &self.sampler.draft;
        Turn::Ask(vec![draft.query_masking(masked, &self.turn, want)])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let sampling = self.current_sampling();
        for (position, row) in std::mem::take(&mut self.turn)
            .into_iter()
            .zip(&scores[0].rows)
        {
            let token = self.sampler.sample_with(sampling, position, row);
            self.sampler.write_sampled(position, token);
        }
        self.done += 1;
        self.next_turn();
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        let of = if self.turn.is_empty() {
            self.done
        } else {
            self.iterations
                .max(self.done + self.sampler.draft.open().len())
        };
        Progress {
            done: self.done,
            of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{chi_square, drive, ids, params_for, row, token_table, words};
    use crate::{Guess, LogitRow, Query, Segment};

    fn chain(options: &str, region: usize) -> Vec<Query> {
        let segments = [Segment::Given(ids("the cat")), Segment::Region(region)];
        let mut generation = GibbsStrategy.write(
            Draft::new(token_table(), &segments),
            &params_for(&GibbsStrategy, options, 1),
        );
        drive(&mut *generation, |_, _| row("bird dog fish and"))
    }

    #[test]
    fn forty_tokens_take_the_papers_500_iterations_and_burn_in() {
        let asked = chain("", 40);
        assert_eq!(asked.len(), 500);
        assert_eq!(
            asked.iter().filter(|query| query.want == Want::All).count(),
            250
        );
        assert!(asked.iter().all(|query| query.asked.len() == 1));
    }

    #[test]
    fn one_position_is_masked_and_all_others_are_seen() {
        let asked = chain("", 3);
        let last = asked.last().unwrap();
        let masks = words(&last.tokens).matches("[MASK]").count();
        assert_eq!(masks, 1, "{}", words(&last.tokens));
    }

    #[test]
    fn sequential_goes_once_from_the_left_with_all_masks_ahead() {
        let asked: Vec<_> = chain("mode=sequential", 3)
            .iter()
            .map(|query| words(&query.tokens))
            .collect();
        assert_eq!(asked.len(), 3);
        assert_eq!(asked[0], "[CLS] the cat [MASK] [MASK] [MASK] [SEP]");
        assert!(
            asked[2].ends_with(" [MASK] [SEP]") && !asked[2].contains("[MASK] [MASK]"),
            "{}",
            asked[2]
        );
    }

    #[test]
    fn parallel_redraws_everything_300_times_for_forty_tokens_without_masking() {
        let asked = chain("mode=parallel", 40);
        assert_eq!(asked.len(), 300);
        assert!(asked.iter().all(|query| query.asked.len() == 40));
        assert!(!words(&asked[1].tokens).contains("[MASK]"));
    }

    #[test]
    fn a_short_chain_still_fills_every_position() {
        let draft = Draft::new(token_table(), &[Segment::Region(20)]);
        let mut generation =
            GibbsStrategy.write(draft, &params_for(&GibbsStrategy, "iterations=3", 1));
        drive(&mut *generation, |_, _| row("bird dog"));
        assert!(generation.draft().open().is_empty());
    }

    #[test]
    fn polishing_draws_every_word_of_a_draft_twice() {
        let asked = chain("start=draft", 10);
        assert_eq!(asked.len(), 30);
        let polished: Vec<usize> = asked[10..].iter().map(|query| query.asked[0]).collect();
        for sweep in polished.chunks(10) {
            let mut sweep = sweep.to_vec();
            sweep.sort_unstable();
            assert_eq!(sweep, (3..13).collect::<Vec<_>>());
        }
    }

    #[test]
    fn random_words_are_a_start_too() {
        assert!(!words(&chain("start=random", 5)[0].tokens).contains("[MASK] [MASK]"));
    }

    /// Two positions with two words each and a joint distribution that has the toy's conditionals.
    #[test]
    fn the_chain_visits_pairs_as_often_as_a_compatible_joint_says() {
        let joint = [[0.4, 0.1], [0.2, 0.3]];
        let pair = ids("cat dog");
        let model = |query: &Query, place: usize| {
            let other = query.tokens[3 - place];
            let given = pair.iter().position(|&token| token == other);
            let logit = |word: usize| {
                let p: f64 = match given {
                    Some(given) if place == 1 => joint[word][given],
                    Some(given) => joint[given][word],
                    None => 1.0,
                };
                #[expect(clippy::cast_possible_truncation, reason = "a logarithm")]
                let logit = p.ln() as f32;
                logit
            };
            let guesses: Vec<Guess> = (0..2)
                .map(|word| Guess {
                    token: pair[word],
                    logit: logit(word),
                })
                .collect();
            let sum: f32 = guesses.iter().map(|guess| guess.logit.exp()).sum();
            LogitRow {
                guesses,
                log_normaliser: sum.ln(),
            }
        };
        let draft = Draft::new(token_table(), &[Segment::Region(2)]);
        let mut chain =
            GibbsStrategy.write(draft, &params_for(&GibbsStrategy, "iterations=5000", 1));
        let mut counts = [0u32; 4];
        let mut step = 0;
        while let Turn::Ask(queries) = chain.ask() {
            let query = &queries[0];
            let rows = vec![model(query, query.asked[0])];
            chain.answer(vec![Scores { rows }]);
            step += 1;
            // Every tenth pair, so that they are nearly independent of each other.
            let word = |position| {
                let token = chain.draft().token(position)?;
                pair.iter().position(|&known| known == token)
            };
            if let (0, Some(a), Some(b)) = (step % 10, word(0), word(1)) {
                counts[2 * a + b] += 1;
            }
        }
        let value = chi_square(&counts, &joint.concat());
        assert!(
            value < 16.27,
            "chi-square with 3 degrees: {value}, {counts:?}"
        );
    }
}
