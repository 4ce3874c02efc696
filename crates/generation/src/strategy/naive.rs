//! The obvious loop, which fails: appends one mask at a time and writes the most probable word.
//!
//! A masked model was never shown a text that goes on behind a single mask, so it takes the mask before `[SEP]` for the
//! last mark of the sentence. With the default options the text soon is nothing but full stops, or runs in circles: the
//! demonstration of why the other strategies exist. Only the rules that always hold apply.

use super::{About, PUBLISHED_DEFAULTS, Strategy, sampling};
use crate::option::option_choices;
use crate::{
    Draft, Generation, OptionSpec, OptionValues, Params, Progress, Sampler, Sampling, Scores,
    StrategyOption, Turn,
};

option_choices! {
    /// What follows the mask.
    enum MaskEnd {
        /// The end token.
        Sep = "sep",
        /// A full stop and the end token.
        Stop = "stop",
        /// Nothing.
        None = "none",
    }
}

const END: StrategyOption<MaskEnd> = StrategyOption::choice(
    "end",
    "What stands behind the mask: [SEP], a full stop and [SEP], or nothing.",
);

/// The strategy `naive`.
pub(super) struct NaiveStrategy;

impl Strategy for NaiveStrategy {
    fn name(&self) -> &'static str {
        "naive"
    }

    fn summary(&self) -> &'static str {
        "Appends one mask at a time and fills it: the obvious way, shown because it fails."
    }

    fn about(&self) -> About {
        About {
            how: "It puts one mask behind the text, writes the most probable word there, and starts again. With nothing but \
                  the end mark behind it, the mask looks like the last token of a sentence, so the model writes full stops \
                  or closes the phrase at once. A full stop behind the mask mends the dots, not the missing horizon.",
            source: "Folklore; the obvious loop that everyone tries first.",
            when: "To see why the other strategies exist.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.0, 0, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[END.spec()] }
    }

    fn common_options(&self) -> [OptionSpec; 3] {
        PUBLISHED_DEFAULTS
    }

    fn passes(&self, tokens: usize, _: &OptionValues) -> usize {
        tokens
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let turns = draft.open().len();
        Box::new(NaiveDecoding {
            sampler: Sampler::from_params(draft, params),
            end: params.options.get(END),
            turns,
            done: 0,
        })
    }
}

struct NaiveDecoding {
    sampler: Sampler,
    end: MaskEnd,
    turns: usize,
    done: usize,
}

impl Generation for NaiveDecoding {
    fn ask(&mut self) -> Turn {
        let draft = &self.sampler.draft;
        let Some(&next) = draft.open().first() else {
            return Turn::Done;
        };
        let visible: Vec<usize> = (0..draft.len())
            .filter(|&position| position <= next || !draft.in_region(position))
            .collect();
        let full_stop = draft.token_table().special().full_stop;
        let behind = match self.end {
            MaskEnd::Stop => full_stop.as_slice(),
            MaskEnd::Sep | MaskEnd::None => &[],
        };
        let mut query = draft.query_visible(&visible, &[next], behind, self.sampler.want());
        if self.end == MaskEnd::None {
            query.tokens.pop();
        }
        Turn::Ask(vec![query])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        if let Some(&next) = self.sampler.draft.open().first() {
            self.sampler.write(next, &scores[0].rows[0]);
            self.done += 1;
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
    use crate::testing::{drive, ids, params_for, row, token_table, words};

    fn run(options: &str) -> (Vec<String>, String) {
        let draft = Draft::new(
            token_table(),
            &[Segment::Given(ids("the cat")), Segment::Region(2)],
        );
        let mut generation = NaiveStrategy.write(draft, &params_for(&NaiveStrategy, options, 1));
        let asked = drive(&mut *generation, |_, _| row(". bird"))
            .iter()
            .map(|query| words(&query.tokens))
            .collect();
        let tokens: Vec<_> = generation
            .draft()
            .positions()
            .iter()
            .map(|slot| slot.token)
            .collect();
        (asked, words(&tokens))
    }

    #[test]
    fn it_asks_for_one_mask_at_the_end_and_may_stutter() {
        let (asked, text) = run("");
        assert_eq!(
            asked,
            ["[CLS] the cat [MASK] [SEP]", "[CLS] the cat . [MASK] [SEP]"]
        );
        assert_eq!(text, "the cat . .");
    }

    #[test]
    fn what_stands_behind_the_mask_can_be_chosen() {
        assert_eq!(run("end=stop").0[0], "[CLS] the cat [MASK] . [SEP]");
        assert_eq!(run("end=none").0[0], "[CLS] the cat [MASK]");
    }
}
