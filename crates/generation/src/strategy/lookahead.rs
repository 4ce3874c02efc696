//! Left to right with masks ahead: the model sees that the text goes on, and where its sentence will end.
//!
//! Wang and Cho 2019 (arXiv:1902.04094) call it sequential sampling with `leed_out_len`; their released cell does not
//! run as written. Ours: the length of each sentence is drawn first, and its full stop is held behind the masks, so that
//! the model can bring the sentence to its end; the ordinary repetition and punctuation rules apply; and each sentence is
//! written several times side by side, of which the best by PLL-word-l2r stays, less what it would score anywhere.

use super::{About, Strategy, prefer};
use crate::segment_search::{self, SegmentSearch, TOPIC, TRIES};
use crate::{
    Draft, Generation, OptionSpec, OptionValues, Params, PositionState, Progress, Sampler,
    Sampling, Scores, Seed, SeededRng, TokenKind, Turn, Want,
};

/// How many tokens, full stop included, the sentences of English books and speeches have: deciles of the project's
/// training text, without the longest quarter, in which a small model loses the thread.
const SENTENCE_LENGTHS: [usize; 7] = [6, 8, 11, 14, 18, 21, 26];
/// No sentence is planned shorter, and none is begun that would have to be.
const SHORTEST: usize = 6;

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
            when: "The default with a model that has no student: readable, fast, and true to the prompt; tags and context steer from behind.",
        }
    }

    fn sampling(&self, options: &OptionValues) -> Sampling {
        // With several tries the words may be bolder, since what fails is thrown away.
        let temperature = if options.whole("tries") > 1 {
            0.75
        } else {
            0.7
        };
        prefer(temperature, 40, 0.95)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                OptionSpec::whole(
                    "window",
                    (1, 60),
                    "6",
                    "How many masks the model sees from the next word on.",
                ),
                TRIES,
                TOPIC,
                OptionSpec::choice(
                    "sentences",
                    &["planned", "free"],
                    "Whether each sentence's length is drawn first, or only the text's end is known.",
                ),
            ]
        }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        match options.whole("tries") {
            1 => tokens,
            tries => segment_search::passes(tokens, tries, SHORTEST),
        }
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let config = LookaheadConfig::new(&params.options);
        if params.options.whole("tries") == 1 {
            let sampler = Sampler::from_params(draft, params);
            return Box::new(LeftToRightDecoding::new(
                sampler,
                config,
                length_rng(params.seed, 0),
            ));
        }
        Box::new(SegmentSearch::new(&draft, params, sentence))
    }
}

/// How much of a text is looked ahead and planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookaheadConfig {
    /// How many masks are seen.
    pub(super) window: usize,
    /// Whether each sentence's length is drawn first.
    pub(super) planned: bool,
    /// Whether to stop behind the first sentence.
    pub(super) one_sentence: bool,
}

impl LookaheadConfig {
    fn new(options: &OptionValues) -> Self {
        Self {
            window: options.whole("window"),
            planned: options.choice("sentences") == "planned",
            one_sentence: false,
        }
    }
}

/// What the lengths of sentences are drawn from: nothing that a writer draws words from.
fn length_rng(seed: Seed, sentence: usize) -> SeededRng {
    SeededRng::new(seed.variation(usize::MAX).variation(1 + sentence))
}

/// One more sentence for `draft`. All tries plan the same length: longer sentences have better scores per word.
fn sentence(draft: &Draft, params: &Params, number: usize, seed: Seed) -> Box<dyn Generation> {
    let config = LookaheadConfig::new(&params.options);
    let config = LookaheadConfig {
        one_sentence: config.planned,
        ..config
    };
    let plan = length_rng(params.seed, number);
    let params = Params {
        seed,
        ..params.clone()
    };
    let sampler = Sampler::from_params(draft.clone(), &params);
    Box::new(LeftToRightDecoding::new(sampler, config, plan))
}

/// Fills the open positions of a draft from the left.
pub(super) struct LeftToRightDecoding {
    sampler: Sampler,
    config: LookaheadConfig,
    /// What sentence lengths are drawn from.
    plan: SeededRng,
    /// Whether the one sentence that was wanted is written.
    finished: bool,
    /// Where the sentence that is being written, or the text, is to end: a position of the region.
    end: Option<usize>,
    turns: usize,
    done: usize,
}

impl LeftToRightDecoding {
    /// A generation that goes this `config` and draws the lengths of sentences from `plan`.
    pub(super) fn new(sampler: Sampler, config: LookaheadConfig, plan: SeededRng) -> Self {
        let region = sampler.draft.region();
        let open = region
            .iter()
            .filter(|&&position| sampler.draft.is_open(position));
        let planned = config.planned && open.count() >= SHORTEST;
        let mut generation = Self {
            config: LookaheadConfig { planned, ..config },
            plan,
            finished: false,
            end: region.last().copied(),
            turns: sampler.draft.open().len(),
            done: 0,
            sampler,
        };
        let open = generation.sampler.draft.open();
        let start = open.into_iter().find(|position| region.contains(position));
        if let Some(start) = start {
            generation.plan(start);
        }
        generation
    }

    /// Draws where the sentence ends of which `next` will be the next token written in the region.
    fn plan(&mut self, next: usize) {
        let draft = &self.sampler.draft;
        let Some(last) = draft.len().checked_sub(1).filter(|_| self.config.planned) else {
            return;
        };
        let begun = (0..next)
            .rev()
            .take_while(|&position| !draft.ends_sentence(position))
            .count();
        let drawn = SENTENCE_LENGTHS[self.plan.below(SENTENCE_LENGTHS.len())];
        let left = drawn.saturating_sub(begun).max(SHORTEST);
        let end = next + left - 1;
        self.end = Some(if end + SHORTEST > last { last } else { end });
    }

    /// Whether `position` is in the region and a planned sentence goes on behind it.
    fn is_before_planned_end(&self, position: usize) -> bool {
        self.config.planned
            && self.sampler.draft.in_region(position)
            && self.end.is_some_and(|end| position < end)
    }

    fn next(&self) -> Option<usize> {
        self.sampler.draft.open().first().copied()
    }

    /// The last token of the next word ahead of `next` that must appear, if one is ahead: the model writes towards it.
    fn goal(&self, next: usize) -> Option<usize> {
        let positions = self.sampler.draft.positions();
        let fixed = |&position: &usize| positions[position].state == PositionState::Fixed;
        let first = (next..positions.len()).find(fixed)?;
        (first..positions.len() - 1).take_while(fixed).last()
    }

    /// Whether `position` is where a planned sentence ends, so that only what ends a sentence may go there.
    fn is_planned_end(&self, position: usize) -> bool {
        self.config.planned && self.end == Some(position)
    }
}

impl Generation for LeftToRightDecoding {
    fn ask(&mut self) -> Turn {
        let draft = &self.sampler.draft;
        let Some(next) = self.next().filter(|_| !self.finished) else {
            return Turn::Done;
        };
        if self.is_planned_end(next) {
            let kept: Vec<usize> = (0..=next).collect();
            let stops = Want::Named(draft.token_table().stops().to_vec());
            return Turn::Ask(vec![draft.query_visible(&kept, &[next], &[], stops)]);
        }
        // The full stop stands where the sentence is to end, or behind the window until the end comes into it. The last
        // token of a text without a plan is asked without it, so that it may be one.
        let end = self.end.filter(|&end| end > next);
        if let Some(goal) = self.goal(next) {
            let kept: Vec<usize> = (0..=goal).collect();
            let full_stop = [draft.token_table().special().full_stop];
            let query = draft.query_visible(&kept, &[next], &full_stop, self.sampler.want());
            return Turn::Ask(vec![query]);
        }
        let mut masks = draft
            .open()
            .into_iter()
            .filter(|&position| draft.in_region(position) && end.is_none_or(|end| position < end));
        let dropped = masks.nth(self.config.window).or(end).unwrap_or(draft.len());
        let kept: Vec<usize> = (0..dropped).collect();
        let full_stop = [draft.token_table().special().full_stop];
        let behind = if end.is_some() { &full_stop[..] } else { &[] };
        Turn::Ask(vec![draft.query_visible(
            &kept,
            &[next],
            behind,
            self.sampler.want(),
        )])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let Some(next) = self.next() else {
            return;
        };
        let mut row = scores[0].rows[0].clone();
        if self.is_before_planned_end(next) {
            // A full stop of "Mr." or of an initial ends no sentence.
            let draft = &self.sampler.draft;
            let before = next.checked_sub(1).and_then(|left| draft.kind(left));
            let short = matches!(before, Some(TokenKind::Title | TokenKind::Letter));
            row.guesses
                .retain(|guess| short || draft.token_table().kind(guess.token) != TokenKind::Stop);
        }
        if self.is_planned_end(next + 1) {
            // The rules have to know that a full stop follows.
            let full_stop = self.sampler.draft.token_table().special().full_stop;
            self.sampler.draft.write(next + 1, full_stop, 0.0);
            self.sampler.write(next, &row);
            self.sampler.draft.reopen(next + 1);
        } else {
            self.sampler.write(next, &row);
        }
        self.done += 1;
        let draft = &self.sampler.draft;
        if draft.in_region(next) && (draft.ends_sentence(next) || self.end == Some(next)) {
            self.finished = self.config.one_sentence;
            self.plan(next + 1);
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
    fn a_window_of_masks_and_a_full_stop_go_before_the_pen() {
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
