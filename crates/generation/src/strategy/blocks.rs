//! Blocks from left to right, and within a block whatever the model is surest of first.
//!
//! Semi-autoregressive decoding as in LLaDA (Nie et al. 2025, arXiv:2502.09992); the margin as order is Kim et al. 2025
//! ("Train for the worst, plan for the best"); committing all that reach a threshold is Fast-dLLM (Wu et al. 2025). Ours:
//! a bias to the left, without which commas and function words come first and repetition follows; and the model sees one
//! block and a full stop ahead instead of the whole rest, since it was not trained on long runs of masks.

use super::{About, Strategy, prefer};
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Progress, SampledToken, Sampler,
    Sampling, Scores, Turn,
};

/// The strategy `blocks`.
pub(super) struct BlocksStrategy;

impl Strategy for BlocksStrategy {
    fn name(&self) -> &'static str {
        "blocks"
    }

    fn summary(&self) -> &'static str {
        "Writes block after block, and inside each what the model is surest of first."
    }

    fn about(&self) -> About {
        About {
            how: "It opens a block of masks behind the text and asks for all of them at once. The position where the best \
                  word is furthest ahead of the second is written, then it asks again. When the block is full the next one \
                  is opened.",
            source: "Nie et al. 2025, LLaDA (arXiv:2502.09992); margin order from Kim et al. 2025; threshold from \
                     Fast-dLLM (Wu et al. 2025). The bias to the left and the short view ahead are ours.",
            when: "For text that is less bound to the order of reading, and faster than lookahead with per-step=2.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        prefer(0.6, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                OptionSpec::whole("block", (1, 128), "8", "Tokens in a block."),
                OptionSpec::choice(
                    "order",
                    &[
                        "margin",
                        "confidence",
                        "entropy",
                        "distance",
                        "random",
                        "l2r",
                    ],
                    "What comes first inside a block.",
                ),
                OptionSpec::whole("per-step", (1, 32), "1", "Tokens written in one pass."),
                OptionSpec::real(
                    "threshold",
                    (0.0, 1.0),
                    "0",
                    "All tokens at least this probable are written at once; 0 is off.",
                ),
                OptionSpec::real(
                    "left-bias",
                    (0.0, 1.0),
                    "0.1",
                    "How much each position to the left comes sooner.",
                ),
            ]
        }
    }

    fn passes(&self, tokens: usize, _: &OptionValues) -> usize {
        tokens
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let options = &params.options;
        let threshold = options.real("threshold");
        let per_step = options.whole("per-step");
        let open = draft.open().len();
        let mut generation = BlockDecoding {
            sampler: Sampler::from_params(draft, params),
            sampling: params.sampling,
            size: options.whole("block"),
            order: options.choice("order"),
            per_step,
            threshold: (threshold > 0.0).then_some(threshold),
            left_bias: options.real("left-bias"),
            block: Vec::new(),
            end: 0,
            turns: open,
            done: 0,
        };
        generation.next_block();
        Box::new(generation)
    }
}

struct BlockDecoding {
    sampler: Sampler,
    sampling: Sampling,
    size: usize,
    order: &'static str,
    per_step: usize,
    threshold: Option<f64>,
    left_bias: f64,
    /// The open positions of the current block, left to right.
    block: Vec<usize>,
    /// Where the text stops being seen, if the block lies in the region.
    end: usize,
    turns: usize,
    done: usize,
}

impl BlockDecoding {
    fn next_block(&mut self) {
        self.block = self.sampler.draft.open();
        self.block.truncate(self.size);
        self.end = self.block.last().map_or(0, |last| last + 1);
    }

    /// How early `position` should be written; the highest is first.
    fn urgency(&mut self, position: usize, row: &LogitRow, choice: SampledToken) -> f64 {
        let draft = &self.sampler.draft;
        let urgency = match self.order {
            "margin" => f64::from(row.margin()),
            "confidence" => f64::from(choice.confidence.max(f32::MIN_POSITIVE)).ln(),
            "entropy" => -f64::from(row.entropy()),
            "random" => return self.sampler.rng.unit(),
            "distance" => {
                let away = (1..=draft.len()).find(|&away| {
                    let left = position.checked_sub(away);
                    left.is_some_and(|left| draft.token(left).is_some())
                        || draft.token(position + away).is_some()
                });
                -(away.unwrap_or(draft.len()) as f64)
            }
            _ => return -(position as f64),
        };
        urgency - self.left_bias * (position - self.block[0]) as f64
    }
}

impl Generation for BlockDecoding {
    fn ask(&mut self) -> Turn {
        if self.block.is_empty() {
            return Turn::Done;
        }
        let draft = &self.sampler.draft;
        // All that stands before the region is seen, and of the region the text up to the end of the block.
        let kept: Vec<usize> = (0..draft.len())
            .filter(|&position| position < self.end || !draft.in_region(position))
            .collect();
        let goes_on = kept.len() < draft.len();
        let full_stop = [draft.token_table().special().full_stop];
        let behind = if goes_on { &full_stop[..] } else { &[] };
        let query = draft.query_visible(&kept, &self.block, behind, self.sampler.want());
        Turn::Ask(vec![query])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let block = self.block.clone();
        let mut steps: Vec<(f64, usize, SampledToken, &LogitRow)> = Vec::new();
        for (&position, row) in block.iter().zip(&scores[0].rows) {
            let choice = self.sampler.sample(position, row);
            let urgency = self.urgency(position, row, choice);
            steps.push((urgency, position, choice, row));
        }
        steps.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let count = match self.threshold {
            Some(least) => {
                let sure = |step: &&(f64, usize, SampledToken, &LogitRow)| {
                    f64::from(step.2.confidence) >= least
                };
                steps.sort_by(|a, b| b.2.confidence.total_cmp(&a.2.confidence));
                steps.iter().filter(sure).count().max(1)
            }
            None => self.per_step,
        };
        for (_, position, choice, row) in steps.into_iter().take(count) {
            self.sampler.commit(self.sampling, position, choice, row);
        }
        let draft = &self.sampler.draft;
        self.block.retain(|&position| draft.is_open(position));
        if self.block.is_empty() {
            self.next_block();
        }
        self.done += 1;
        let per_step = self.threshold.map_or(self.per_step, |_| 1);
        self.turns = self.done + self.sampler.draft.open().len().div_ceil(per_step);
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

    fn asked(options: &str) -> Vec<String> {
        let segments = [Segment::Given(ids("the")), Segment::Region(4)];
        let params = params_for(&BlocksStrategy, options, 1);
        let mut generation = BlocksStrategy.write(Draft::new(token_table(), &segments), &params);
        let model = |_: &_, place: usize| {
            if place == 3 {
                row("fish")
            } else {
                row("bird cat dog")
            }
        };
        let asked = drive(&mut *generation, model);
        asked.iter().map(|query| words(&query.tokens)).collect()
    }

    #[test]
    fn a_block_is_filled_before_the_next_is_opened() {
        let asked = asked("block=2");
        assert_eq!(asked[0], "[CLS] the [MASK] [MASK] . [SEP]");
        assert_eq!(asked[1], "[CLS] the [MASK] fish . [SEP]");
        assert!(asked[2].ends_with(" fish [MASK] [MASK] [SEP]"), "{asked:?}");
        assert_eq!(asked.len(), 4);
    }

    #[test]
    fn left_to_right_is_an_order_too() {
        assert!(asked("block=2 order=l2r")[1].ends_with("[MASK] . [SEP]"));
    }

    #[test]
    fn several_tokens_may_be_written_in_one_pass() {
        assert_eq!(asked("block=2 per-step=2").len(), 2);
    }

    #[test]
    fn all_that_reach_the_threshold_are_written_at_once_and_always_one() {
        let passes = asked("block=4 threshold=0.99").len();
        assert_eq!(passes, 4);
        assert_eq!(asked("block=4 threshold=0.01").len(), 1);
    }

    #[test]
    fn every_order_fills_everything() {
        for order in [
            "margin",
            "confidence",
            "entropy",
            "distance",
            "random",
            "l2r",
        ] {
            assert_eq!(asked(&format!("order={order}")).len(), 4, "{order}");
        }
    }
}
