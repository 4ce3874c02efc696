//! Text in which given words appear: the words are placed first, in several layouts, and the text is written around
//! them.
//!
//! A search over layouts, ours: the gaps between the words are drawn from a Dirichlet distribution, each layout is
//! filled from the left with the next word visible, and the text with the best PLL-word-l2r per word stays.

use super::lookahead::{LeftToRightDecoding, LookaheadConfig, SentencePlan, StopAfter};
use super::{About, Strategy, sampling};
use crate::option::option_choices;
use crate::rerank::{Criterion, Reranking};
use crate::{
    Draft, Generation, OptionSpec, OptionValues, Params, Sampler, Sampling, SeededRng,
    StrategyOption, TokenId,
};

/// Where no keyword is ahead, a few masks are visible.
const CONFIG: LookaheadConfig = LookaheadConfig {
    window: 6,
    sentences: SentencePlan::Free,
    stop: StopAfter::Text,
};

option_choices! {
    /// The order of the keywords in the text.
    enum KeywordOrder {
        /// The order in which they were given.
        Given = "given",
        /// A random order for each layout.
        Any = "any",
    }
}

const LAYOUTS: StrategyOption<usize> =
    StrategyOption::integer("layouts", (1, 32), 12, "How many layouts are tried.");
const ORDER: StrategyOption<KeywordOrder> = StrategyOption::choice(
    "order",
    "Whether the words keep the order they were named in.",
);

/// The strategy `keywords`.
pub(super) struct KeywordsStrategy;

impl Strategy for KeywordsStrategy {
    fn name(&self) -> &'static str {
        "keywords"
    }

    fn summary(&self) -> &'static str {
        "Puts the words you name into the text first, and writes around them."
    }

    fn about(&self) -> About {
        About {
            how: "It lays your keywords out over the text with random gaps, a dozen times. Each layout is filled from the \
                  left, with the next keyword in sight and never changed. The text that the model finds most probable \
                  stays.",
            source: "Ours; compare constrained sampling by Miao et al. 2019 (CGMH) and insertion by Zhang et al. 2020 \
                     (POINTER), which need other models.",
            when: "When certain words must appear, with the option keywords.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.7, 40, 0.95)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[LAYOUTS.spec(), ORDER.spec()] }
    }

    fn needs_keywords(&self) -> bool {
        true
    }

    fn uses_keywords(&self) -> bool {
        true
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        2 * tokens * options.get(LAYOUTS)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let layout = |number| {
            let params = Params {
                seed: params.seed.variation(number),
                ..params.clone()
            };
            let mut rng = SeededRng::new(params.seed.variation(1));
            let mut words = params.keywords.clone();
            if params.options.get(ORDER) == KeywordOrder::Any {
                rng.shuffle(&mut words);
            }
            let mut draft = draft.clone();
            lay_out(&mut draft, &words, &mut rng);
            let sampler = Sampler::from_params(draft, &params);
            Box::new(LeftToRightDecoding::new(sampler, CONFIG, rng)) as Box<dyn Generation>
        };
        let candidates = (0..params.options.get(LAYOUTS)).map(layout).collect();
        Box::new(Reranking::new(
            candidates,
            Criterion::likelihood(0.0, Vec::new()),
        ))
    }
}

/// Fixes `words` in the region of `draft` with random gaps of at least one token, and a full stop, if there is one, at
/// the end of the region. Words that do not fit are left out.
fn lay_out(draft: &mut Draft, words: &[Vec<TokenId>], rng: &mut SeededRng) {
    let region = draft.region();
    let Some((&last, room)) = region.split_last() else {
        return;
    };
    let mut left = room.len();
    let fits = |word: &&Vec<TokenId>| {
        let fits = left > word.len();
        left -= if fits { word.len() + 1 } else { 0 };
        fits
    };
    let words: Vec<&Vec<TokenId>> = words.iter().filter(fits).collect();
    if words.is_empty() {
        return;
    }
    // One token is reserved before each word; the rest is distributed over the gaps, including that behind the last
    // word.
    let weights: Vec<f64> = (0..=words.len()).map(|_| rng.gamma_2()).collect();
    let sum: f64 = weights.iter().sum();
    let (mut position, mut cumulated) = (room[0], 0.0);
    let tokens = |cumulated: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the tokens left"
        )]
        let tokens = (left as f64 * cumulated / sum) as usize;
        tokens
    };
    for (word, weight) in words.iter().zip(&weights) {
        let before = tokens(cumulated);
        cumulated += weight;
        position += 1 + tokens(cumulated) - before;
        for &token in *word {
            draft.fix(position, token);
            position += 1;
        }
    }
    if let Some(full_stop) = draft.token_table().special().full_stop {
        draft.fix(last, full_stop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{drive, ids, params_for, row, text_of, token_table, words};

    fn run(options: &str, room: usize, keywords: &[&str], seed: u32) -> (Vec<String>, String) {
        let segments = [Segment::Given(ids("the")), Segment::Region(room)];
        let params = Params {
            keywords: keywords.iter().map(|word| ids(word)).collect(),
            ..params_for(&KeywordsStrategy, options, seed)
        };
        let mut generation = KeywordsStrategy.write(Draft::new(token_table(), &segments), &params);
        let asked = drive(&mut *generation, |_, _| row("bird dog the and"));
        let asked = asked.iter().map(|query| words(&query.tokens)).collect();
        (asked, text_of(&*generation))
    }

    #[test]
    fn the_words_appear_in_the_order_given() {
        for seed in 0..10 {
            let (_, text) = run("layouts=3", 12, &["fish", "cat ##s"], seed);
            let (fish, cats) = (text.find(" fish "), text.find(" cat ##s "));
            assert!(fish.is_some() && fish < cats, "{text}");
            assert!(text.ends_with(" ."), "{text}");
        }
    }

    #[test]
    fn any_order_gives_any_order() {
        let reversed = |seed| {
            let (_, text) = run("layouts=1 order=any", 12, &["fish", "cat"], seed);
            text.find("fish") > text.find("cat")
        };
        let count = (0..20).filter(|&seed| reversed(seed)).count();
        assert!((3..=17).contains(&count), "{count}");
    }

    #[test]
    fn the_next_word_is_in_sight() {
        let (asked, _) = run("layouts=1", 8, &["fish"], 1);
        assert!(asked[0].contains("[MASK] fish . [SEP]"), "{}", asked[0]);
    }

    #[test]
    fn words_without_room_are_left_out() {
        let (_, text) = run("layouts=1", 4, &["fish", "cat", "bird"], 1);
        assert!(text.contains("fish"), "{text}");
    }
}
