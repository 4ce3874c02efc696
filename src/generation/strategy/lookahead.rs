//! Left to right with masks ahead: the model sees that the text goes on, and where it will end.
//!
//! Wang and Cho 2019 (arXiv:1902.04094) call it sequential sampling with `leed_out_len`; their released cell does not
//! run as written. Two things are ours: a full stop is held behind the masks until the last token, so that the text ends
//! like a sentence, and the ordinary repetition and punctuation rules apply.

use super::{Strategy, prefer};
use crate::generation::{
    Draft, Generation, Knob, KnobKind, Params, Progress, Repetition, Sampling, Scores, Turn, Writer,
};

/// At most this share of the region is given up so that the text ends with a sentence.
const LOST_TO_SENTENCE_END: f64 = 0.4;

/// The strategy `lookahead`.
pub(super) struct Lookahead;

impl Strategy for Lookahead {
    fn name(&self) -> &'static str {
        "lookahead"
    }

    fn summary(&self) -> &'static str {
        "Writes word after word, with a few masks ahead so that the model sees where the text goes."
    }

    fn sampling(&self) -> Sampling {
        prefer(0.7, 40, 0.95)
    }

    fn knobs(&self) -> &'static [Knob] {
        &[Knob {
            name: "window",
            summary: "How many masks the model sees from the next word on.",
            kind: KnobKind::Whole(1, 60),
            default: "6",
        }]
    }

    fn begin(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let turns = draft.open().len();
        Box::new(LeftToRight {
            writer: Writer::new(draft, params).careful(Repetition::default()),
            window: params.knobs.whole("window"),
            turns,
            done: 0,
        })
    }
}

struct LeftToRight {
    writer: Writer,
    window: usize,
    turns: usize,
    done: usize,
}

impl Generation for LeftToRight {
    fn ask(&mut self) -> Turn {
        let draft = &self.writer.draft;
        let Some(&next) = draft.open().first() else {
            return Turn::Done;
        };
        let ahead: Vec<usize> = draft
            .open()
            .into_iter()
            .filter(|&position| draft.in_region(position))
            .collect();
        // The full stop stands where the text is to end, or behind the window until the end comes into it.
        let last = ahead.last().copied().filter(|_| ahead.len() > 1);
        let dropped = ahead
            .get(self.window)
            .copied()
            .or(last)
            .unwrap_or(draft.len());
        let kept: Vec<usize> = (0..dropped).collect();
        let full_stop = [draft.lexicon().special().full_stop];
        let behind = if last.is_some() { &full_stop[..] } else { &[] };
        Turn::Ask(vec![draft.question_over(
            &kept,
            &[next],
            behind,
            self.writer.want(),
        )])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        if let Some(&next) = self.writer.draft.open().first() {
            self.writer.write(next, &scores[0].rows[0]);
            self.done += 1;
        }
        if self.writer.draft.open().is_empty() {
            self.writer.draft.cut_after_sentence(LOST_TO_SENTENCE_END);
        }
    }

    fn draft(&self) -> &Draft {
        &self.writer.draft
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
    use crate::generation::Part;
    use crate::generation::toy::{drive, ids, lexicon, params_for, row, words};

    fn questions(parts: &[Part], options: &str) -> Vec<String> {
        let mut generation = Lookahead.begin(
            Draft::new(lexicon(), parts),
            &params_for(&Lookahead, options, 1),
        );
        drive(&mut *generation, |_, _| row("bird"))
            .iter()
            .map(|query| words(&query.tokens))
            .collect()
    }

    #[test]
    fn a_window_of_masks_and_a_full_stop_go_before_the_pen() {
        let asked = questions(&[Part::Given(ids("the")), Part::Region(4)], "window=2");
        assert_eq!(asked[0], "[CLS] the [MASK] [MASK] . [SEP]");
        assert_eq!(asked[1], "[CLS] the bird [MASK] [MASK] . [SEP]");
        assert_eq!(asked[2], "[CLS] the bird bird [MASK] . [SEP]");
    }

    #[test]
    fn the_last_word_is_asked_without_the_full_stop_so_that_it_may_be_one() {
        let asked = questions(&[Part::Given(ids("the")), Part::Region(2)], "window=6");
        assert_eq!(
            asked,
            ["[CLS] the [MASK] . [SEP]", "[CLS] the bird [MASK] [SEP]"]
        );
    }

    #[test]
    fn blanks_are_filled_with_the_text_behind_them_visible() {
        let asked = questions(
            &[
                Part::Blank(1),
                Part::Given(ids("dog")),
                Part::Blank(1),
                Part::Given(ids("fish")),
            ],
            "window=1",
        );
        assert_eq!(
            asked,
            [
                "[CLS] [MASK] dog [MASK] fish [SEP]",
                "[CLS] bird dog [MASK] fish [SEP]"
            ]
        );
    }

    #[test]
    fn a_text_that_would_end_in_the_middle_of_a_sentence_ends_with_the_one_before() {
        let mut generation = Lookahead.begin(
            Draft::new(lexicon(), &[Part::Region(6)]),
            &params_for(&Lookahead, "", 1),
        );
        let script = ["the", "cat", "and", "dog", ".", "bird"];
        drive(&mut *generation, |_, place| row(script[place - 1]));
        let tokens: Vec<_> = generation
            .draft()
            .slots()
            .iter()
            .map(|slot| slot.token)
            .collect();
        assert_eq!(words(&tokens), "the cat and dog .");
    }
}
