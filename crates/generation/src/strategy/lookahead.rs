//! Left to right with masks ahead: the model sees that the text goes on, and where its sentence will end.
//!
//! Wang and Cho 2019 (arXiv:1902.04094) call it sequential sampling with `leed_out_len`; their released cell does not
//! run as written. Ours: the length of each sentence is drawn first, and its full stop is held behind the masks, so
//! that the model can bring the sentence to its end; the ordinary repetition and punctuation rules apply; and each
//! sentence has several candidates, of which the best by PLL-word-l2r stays, less the weighted score of the sentence on
//! its own.

use super::{About, Strategy, defaults, sampling};
use crate::option::option_choices;
use crate::repetition::REPETITION;
use crate::segment_search::{self, SegmentSearch, TOPIC, TRIES};
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, PositionState, Progress, Query,
    Sampler, Sampling, Scores, Seed, SeededRng, StrategyOption, TokenKind, Turn, Want,
};

/// Lengths of sentences in tokens, full stop included, that are drawn with equal probability: deciles of the project's
/// training text, books and speeches in English, without the longest quarter, in which a small model loses the thread.
const SENTENCE_LENGTHS: [usize; 7] = [6, 8, 11, 14, 18, 21, 26];
/// Minimum planned length of a sentence, in tokens.
const SHORTEST: usize = 6;

option_choices! {
    /// How the ends of sentences are found.
    pub(super) enum SentencePlan {
        /// The length of each sentence is drawn before it is written.
        Planned = "planned",
        /// Only the end of the text is known.
        Free = "free",
    }
}

const WINDOW: StrategyOption<usize> = StrategyOption::integer(
    "window",
    (1, 60),
    6,
    "How many masks the model sees from the next word on.",
);
const SENTENCES: StrategyOption<SentencePlan> = StrategyOption::choice(
    "sentences",
    "Whether each sentence's length is drawn first, or only the text's end is known.",
);

/// The strategy `lookahead`.
pub(super) struct LookaheadStrategy;

impl Strategy for LookaheadStrategy {
    fn name(&self) -> &'static str {
        "lookahead"
    }

    fn summary(&self) -> &'static str {
        "Writes word after word with masks ahead, each sentence a few times, and keeps the best."
    }

    fn about(&self) -> About {
        About {
            how: "It draws the length of the next sentence, then fills it word by word from the left. The model always sees \
                  what is written, a few masks, and the full stop at which the sentence is to end, so that it does not \
                  take the mask for the end of the text. Each sentence is written a few times, and the one stays that the \
                  model believes most and that says more here than it would anywhere.",
            source: "Wang & Cho 2019 (arXiv:1902.04094), sequential sampling with leed_out_len; scores by Kauf & Ivanova \
                     2023 (arXiv:2305.10588). The planned sentences, the full stop behind the masks and the choice \
                     among tries are ours.",
            when: "The default with a model that has no causal model beside it: readable, fast, and true to the prompt; tags and context steer from behind.",
        }
    }

    fn sampling(&self, options: &OptionValues) -> Sampling {
        // A higher temperature with several candidates, since bad ones are discarded.
        if options.get(TRIES) > 1 {
            sampling(0.75, 40, 0.95)
        } else {
            single_draft_sampling()
        }
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[WINDOW.spec(), TRIES.spec(), TOPIC.spec(), SENTENCES.spec()] }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        match options.get(TRIES) {
            1 => tokens,
            tries => segment_search::passes(tokens, tries, SHORTEST),
        }
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        if params.options.get(TRIES) == 1 {
            return whole_text(draft, params);
        }
        Box::new(SegmentSearch::new(&draft, params, sentence))
    }
}

fn single_draft_sampling() -> Sampling {
    sampling(0.7, 40, 0.95)
}

/// Writes `draft` with one candidate per sentence, with the sampling, seed and repetition of any strategy's `params`.
pub(super) fn single_draft(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let params = Params {
        options: defaults(&LookaheadStrategy).adopting(REPETITION, &params.options),
        ..params.clone()
    };
    whole_text(draft, &params)
}

/// Writes `draft` with one candidate per sentence, with the sampling and repetition of `lookahead` itself, for
/// strategies that start from a draft.
pub(super) fn first_draft(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let params = Params {
        sampling: single_draft_sampling(),
        seed: params.seed,
        options: defaults(&LookaheadStrategy),
        keywords: Vec::new(),
        bans: params.bans.clone(),
    };
    whole_text(draft, &params)
}

/// Writes all sentences of `draft` once.
fn whole_text(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let config = LookaheadConfig::new(&params.options);
    let sampler = Sampler::from_params(draft, params);
    Box::new(LeftToRightDecoding::new(
        sampler,
        config,
        length_rng(params.seed, 0),
    ))
}

/// What of a text is visible and planned, and where to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookaheadConfig {
    /// Number of visible masks, the next position included.
    pub(super) window: usize,
    /// How the ends of sentences are found.
    pub(super) sentences: SentencePlan,
    /// Where the generation stops.
    pub(super) stop: StopAfter,
}

/// Where a generation stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopAfter {
    /// After the first sentence.
    Sentence,
    /// At the end of the text.
    Text,
}

impl LookaheadConfig {
    fn new(options: &OptionValues) -> Self {
        Self {
            window: options.get(WINDOW),
            sentences: options.get(SENTENCES),
            stop: StopAfter::Text,
        }
    }
}

/// The random numbers that sentence lengths are drawn from, apart from those that words are drawn from.
fn length_rng(seed: Seed, sentence: usize) -> SeededRng {
    SeededRng::new(seed.variation(usize::MAX).variation(1 + sentence))
}

/// One candidate for the next sentence of `draft`. All candidates plan the same length, since longer sentences have
/// better scores per word.
fn sentence(draft: &Draft, params: &Params, number: usize, seed: Seed) -> Box<dyn Generation> {
    let config = LookaheadConfig::new(&params.options);
    let config = LookaheadConfig {
        stop: match config.sentences {
            SentencePlan::Planned => StopAfter::Sentence,
            SentencePlan::Free => StopAfter::Text,
        },
        ..config
    };
    let lengths = length_rng(params.seed, number);
    let params = Params {
        seed,
        ..params.clone()
    };
    let sampler = Sampler::from_params(draft.clone(), &params);
    Box::new(LeftToRightDecoding::new(sampler, config, lengths))
}

/// Fills the open positions of a draft from the left.
pub(super) struct LeftToRightDecoding {
    sampler: Sampler,
    config: LookaheadConfig,
    /// Sentence lengths are drawn from it.
    lengths: SeededRng,
    /// Whether the one sentence that was asked for is written.
    finished: bool,
    /// The position of the region at which the current sentence, or the text, is to end.
    end: Option<usize>,
    turns: usize,
    done: usize,
}

impl LeftToRightDecoding {
    /// Fills the draft of `sampler`; sentence lengths are drawn from `lengths`.
    pub(super) fn new(sampler: Sampler, config: LookaheadConfig, lengths: SeededRng) -> Self {
        let region = sampler.draft.region();
        let open = region
            .iter()
            .filter(|&&position| sampler.draft.is_open(position));
        let full_stop = sampler.draft.token_table().special().full_stop;
        let sentences = if open.count() >= SHORTEST && full_stop.is_some() {
            config.sentences
        } else {
            SentencePlan::Free
        };
        let mut generation = Self {
            config: LookaheadConfig {
                sentences,
                ..config
            },
            lengths,
            finished: false,
            end: region.last().copied(),
            turns: sampler.draft.open().len(),
            done: 0,
            sampler,
        };
        let open = generation.sampler.draft.open();
        let start = open.into_iter().find(|position| region.contains(position));
        if let Some(start) = start {
            generation.plan_sentence(start);
        }
        generation
    }

    fn is_planned(&self) -> bool {
        self.config.sentences == SentencePlan::Planned
    }

    /// Draws the end of the sentence of which `next` is the next position to be written in the region.
    fn plan_sentence(&mut self, next: usize) {
        let draft = &self.sampler.draft;
        let Some(last) = draft.len().checked_sub(1).filter(|_| self.is_planned()) else {
            return;
        };
        let begun = (0..next)
            .rev()
            .take_while(|&position| !draft.ends_sentence(position))
            .count();
        let length = SENTENCE_LENGTHS[self.lengths.below(SENTENCE_LENGTHS.len())];
        let left = length.saturating_sub(begun).max(SHORTEST);
        let end = next + left - 1;
        self.end = Some(if end + SHORTEST > last { last } else { end });
    }

    /// Whether `position` is in the region and before the planned end of its sentence.
    fn is_before_planned_end(&self, position: usize) -> bool {
        self.is_planned()
            && self.sampler.draft.in_region(position)
            && self.end.is_some_and(|end| position < end)
    }

    /// Whether `position` is the planned end of a sentence, where only tokens that end a sentence may stand.
    fn is_planned_end(&self, position: usize) -> bool {
        self.is_planned() && self.end == Some(position)
    }

    fn next(&self) -> Option<usize> {
        self.sampler.draft.open().first().copied()
    }

    /// The last token of the next keyword at or behind `next`: the model writes towards it.
    fn keyword_ahead(&self, next: usize) -> Option<usize> {
        let positions = self.sampler.draft.positions();
        let fixed = |&position: &usize| positions[position].state == PositionState::Fixed;
        let first = (next..positions.len()).find(fixed)?;
        (first..positions.len() - 1).take_while(fixed).last()
    }

    /// The query for `next`, with all positions before `end` visible, followed by a full stop.
    fn query_with_stop(&self, end: usize, next: usize) -> Query {
        let draft = &self.sampler.draft;
        let visible: Vec<usize> = (0..end).collect();
        let full_stop = draft.token_table().special().full_stop;
        draft.query_visible(&visible, &[next], full_stop.as_slice(), self.sampler.want())
    }

    /// The query for `next`, with all positions before `end` visible, followed by nothing.
    fn query_without_stop(&self, end: usize, next: usize, want: Want) -> Query {
        let visible: Vec<usize> = (0..end).collect();
        let draft = &self.sampler.draft;
        draft.query_visible(&visible, &[next], &[], want)
    }

    /// `row` for `next`, without tokens that end a sentence. A full stop of "Mr." or of an initial stays.
    fn without_stops(&self, next: usize, row: &LogitRow) -> LogitRow {
        let draft = &self.sampler.draft;
        let left = next.checked_sub(1).and_then(|left| draft.kind(left));
        let abbreviated = matches!(left, Some(TokenKind::Title | TokenKind::Letter));
        let mut row = row.clone();
        row.guesses.retain(|guess| {
            abbreviated || draft.token_table().kind(guess.token) != TokenKind::Stop
        });
        row
    }
}

impl Generation for LeftToRightDecoding {
    fn ask(&mut self) -> Turn {
        let draft = &self.sampler.draft;
        let Some(next) = self.next().filter(|_| !self.finished) else {
            return Turn::Done;
        };
        if self.is_planned_end(next) {
            let stops = Want::Named(draft.token_table().stops().to_vec());
            return Turn::Ask(vec![self.query_without_stop(next + 1, next, stops)]);
        }
        if let Some(keyword) = self.keyword_ahead(next) {
            return Turn::Ask(vec![self.query_with_stop(keyword + 1, next)]);
        }
        // The full stop stands at the end of the sentence, or behind the window while the end is outside of it. The
        // last token of a text without a plan is asked without a full stop, so that it may be one.
        let end = self.end.filter(|&end| end > next);
        let mut masks = draft
            .open()
            .into_iter()
            .filter(|&position| draft.in_region(position) && end.is_none_or(|end| position < end));
        let hidden = masks.nth(self.config.window).or(end).unwrap_or(draft.len());
        Turn::Ask(vec![match end {
            Some(_) => self.query_with_stop(hidden, next),
            None => self.query_without_stop(hidden, next, self.sampler.want()),
        }])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let Some(next) = self.next() else {
            return;
        };
        let row = &scores[0].rows[0];
        let row = if self.is_before_planned_end(next) {
            &self.without_stops(next, row)
        } else {
            row
        };
        let full_stop = self.sampler.draft.token_table().special().full_stop;
        if let Some(full_stop) = full_stop.filter(|_| self.is_planned_end(next + 1)) {
            // The punctuation rules must see the full stop that follows.
            self.sampler.draft.write(next + 1, full_stop, 0.0);
            self.sampler.write(next, row);
            self.sampler.draft.reopen(next + 1);
        } else {
            self.sampler.write(next, row);
        }
        self.done += 1;
        let draft = &self.sampler.draft;
        if draft.in_region(next) && (draft.ends_sentence(next) || self.end == Some(next)) {
            self.finished = self.config.stop == StopAfter::Sentence;
            self.plan_sentence(next + 1);
        }
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: self.turns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{drive, ids, params_for, row, text_of, token_table, words};

    fn queries(segments: &[Segment], options: &str) -> Vec<String> {
        let draft = Draft::new(token_table(), segments);
        let mut generation =
            LookaheadStrategy.write(draft, &params_for(&LookaheadStrategy, options, 1));
        drive(&mut *generation, |_, _| row("bird dog . fish"))
            .iter()
            .map(|query| words(&query.tokens))
            .collect()
    }

    #[test]
    fn a_window_of_masks_and_a_full_stop_are_visible_ahead() {
        let asked = queries(
            &[Segment::Given(ids("the")), Segment::Region(4)],
            "window=2 sentences=free tries=1",
        );
        assert_eq!(asked[0], "[CLS] the [MASK] [MASK] . [SEP]");
        assert!(asked[1].ends_with(" [MASK] [MASK] . [SEP]"), "{}", asked[1]);
        assert!(asked[2].ends_with(" [MASK] . [SEP]"), "{}", asked[2]);
    }

    #[test]
    fn the_last_word_is_asked_without_the_full_stop_so_that_it_may_be_one() {
        let asked = queries(
            &[Segment::Given(ids("the")), Segment::Region(2)],
            "sentences=free tries=1",
        );
        assert_eq!(asked[0], "[CLS] the [MASK] . [SEP]");
        assert!(asked[1].ends_with(" [MASK] [SEP]"), "{}", asked[1]);
    }

    #[test]
    fn a_planned_sentence_has_its_full_stop_in_sight_and_ends_with_one() {
        let draft = Draft::new(
            token_table(),
            &[Segment::Given(ids("the")), Segment::Region(60)],
        );
        let mut generation = LookaheadStrategy.write(
            draft,
            &params_for(&LookaheadStrategy, "window=4 repetition=1 tries=1", 3),
        );
        let asked = drive(&mut *generation, |query, place| {
            let last = place + 2 == query.tokens.len();
            row(if last { ". bird" } else { "bird dog cat" })
        });
        let text = text_of(&*generation);
        assert!(text.ends_with(" ."), "{text}");
        let sentences = text.matches(" .").count();
        assert!((2..=12).contains(&sentences), "{text}");
        for query in asked {
            let shown = words(&query.tokens);
            let masks = shown.matches("[MASK]").count();
            assert!(masks <= 4, "{shown}");
            let ending = query.want != Want::Named(token_table().stops().to_vec());
            assert!(shown.ends_with(". [SEP]") || !ending, "{shown}");
        }
    }

    #[test]
    fn no_planned_sentence_ends_with_a_word_that_wants_another() {
        let draft = Draft::new(token_table(), &[Segment::Region(12)]);
        let mut generation = LookaheadStrategy.write(draft, &params_for(&LookaheadStrategy, "", 5));
        drive(&mut *generation, |_, _| row("of the and cat . dog bird"));
        let text = text_of(&*generation);
        for bad in ["of .", "the .", "and ."] {
            assert!(!text.contains(bad), "{text}");
        }
    }

    #[test]
    fn blanks_are_filled_with_the_text_behind_them_visible() {
        let asked = queries(
            &[
                Segment::Blank(1),
                Segment::Given(ids("dog")),
                Segment::Blank(1),
                Segment::Given(ids("fish")),
            ],
            "window=1 tries=1",
        );
        assert_eq!(asked[0], "[CLS] [MASK] dog [MASK] fish [SEP]");
        assert!(asked[1].ends_with(" dog [MASK] fish [SEP]"), "{}", asked[1]);
    }
}
