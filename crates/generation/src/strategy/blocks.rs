//! Blocks from left to right, and within a block the position of the highest confidence first.
//!
//! Semi-autoregressive decoding as in LLaDA (Nie et al. 2025, arXiv:2502.09992); the margin as order is Kim et al. 2025
//! ("Train for the worst, plan for the best"); committing all tokens above a threshold is Fast-dLLM (Wu et al. 2025).
//! Ours: a bias to the left, without which commas and function words come first and repetition follows; and the model
//! sees one block and a full stop ahead instead of the whole rest, since it was not trained on long runs of masks.

use super::{About, Strategy, sampling};
use crate::option::option_choices;
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Progress, SampledToken, Sampler,
    Sampling, Scores, StrategyOption, Turn,
};

option_choices! {
    /// What ranks the positions of a block.
    enum BlockOrder {
        /// The difference between the two highest probabilities.
        Margin = "margin",
        /// The probability of the sampled token.
        Confidence = "confidence",
        /// The entropy of the distribution, lowest first.
        Entropy = "entropy",
        /// The distance to the nearest written token, lowest first.
        Distance = "distance",
        /// A random number.
        Random = "random",
        /// The position, from the left.
        LeftToRight = "l2r",
    }
}

const BLOCK: StrategyOption<usize> =
    StrategyOption::integer("block", (1, 128), 8, "Tokens in a block.");
const ORDER: StrategyOption<BlockOrder> =
    StrategyOption::choice("order", "What comes first inside a block.");
const PER_STEP: StrategyOption<usize> =
    StrategyOption::integer("per-step", (1, 32), 1, "Tokens written in one pass.");
const THRESHOLD: StrategyOption<f64> = StrategyOption::real(
    "threshold",
    (0.0, 1.0),
    0.0,
    "All tokens at least this probable are written at once; 0 is off.",
);
const LEFT_BIAS: StrategyOption<f64> = StrategyOption::real(
    "left-bias",
    (0.0, 1.0),
    0.1,
    "How much each position to the left comes sooner.",
);

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
        sampling(0.6, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                BLOCK.spec(),
                ORDER.spec(),
                PER_STEP.spec(),
                THRESHOLD.spec(),
                LEFT_BIAS.spec(),
            ]
        }
    }

    fn passes(&self, tokens: usize, _: &OptionValues) -> usize {
        tokens
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let options = &params.options;
        let threshold = options.get(THRESHOLD);
        let open = draft.open().len();
        let mut generation = BlockDecoding {
            sampler: Sampler::from_params(draft, params),
            sampling: params.sampling,
            size: options.get(BLOCK),
            order: options.get(ORDER),
            per_step: options.get(PER_STEP),
            threshold: (threshold > 0.0).then_some(threshold),
            left_bias: options.get(LEFT_BIAS),
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
    order: BlockOrder,
    per_step: usize,
    threshold: Option<f64>,
    left_bias: f64,
    /// The open positions of the current block, left to right.
    block: Vec<usize>,
    /// End of the visible text, if the block lies in the region.
    end: usize,
    turns: usize,
    done: usize,
}

/// A token that was sampled for a position of the block.
struct BlockSample<'a> {
    position: usize,
    token: SampledToken,
    row: &'a LogitRow,
    /// The highest priority is written first.
    priority: f64,
}

impl BlockDecoding {
    fn next_block(&mut self) {
        self.block = self.sampler.draft.open();
        self.block.truncate(self.size);
        self.end = self.block.last().map_or(0, |last| last + 1);
    }

    fn sample<'a>(&mut self, position: usize, row: &'a LogitRow) -> BlockSample<'a> {
        let token = self.sampler.sample(position, row);
        BlockSample {
            position,
            token,
            row,
            priority: self.priority(position, row, token),
        }
    }

    fn priority(&mut self, position: usize, row: &LogitRow, token: SampledToken) -> f64 {
        let priority = match self.order {
            BlockOrder::Margin => f64::from(row.margin()),
            BlockOrder::Confidence => f64::from(token.confidence.max(f32::MIN_POSITIVE)).ln(),
            BlockOrder::Entropy => -f64::from(row.entropy()),
            BlockOrder::Distance => -(self.distance(position) as f64),
            BlockOrder::Random => return self.sampler.rng.unit(),
            BlockOrder::LeftToRight => return -(position as f64),
        };
        priority - self.left_bias * (position - self.block[0]) as f64
    }

    /// The distance from `position` to the nearest written token, or the length of the draft if there is none.
    fn distance(&self, position: usize) -> usize {
        let draft = &self.sampler.draft;
        let written = |distance: &usize| {
            let left = position.checked_sub(*distance);
            left.is_some_and(|left| draft.token(left).is_some())
                || draft.token(position + distance).is_some()
        };
        (1..=draft.len()).find(written).unwrap_or(draft.len())
    }

    /// The samples to write in this step, in the order of writing.
    fn committed<'a>(&self, mut samples: Vec<BlockSample<'a>>) -> Vec<BlockSample<'a>> {
        samples.sort_by(|a, b| {
            b.priority
                .total_cmp(&a.priority)
                .then(a.position.cmp(&b.position))
        });
        let count = match self.threshold {
            Some(threshold) => {
                samples.sort_by(|a, b| b.token.confidence.total_cmp(&a.token.confidence));
                let reached =
                    |sample: &&BlockSample<'_>| f64::from(sample.token.confidence) >= threshold;
                samples.iter().filter(reached).count().max(1)
            }
            None => self.per_step,
        };
        samples.truncate(count);
        samples
    }
}

impl Generation for BlockDecoding {
    fn ask(&mut self) -> Turn {
        if self.block.is_empty() {
            return Turn::Done;
        }
        let draft = &self.sampler.draft;
        // Everything before the region is visible, and the region up to the end of the block.
        let visible: Vec<usize> = (0..draft.len())
            .filter(|&position| position < self.end || !draft.in_region(position))
            .collect();
        let full_stop = draft.token_table().special().full_stop;
        let behind = if visible.len() < draft.len() {
            full_stop.as_slice()
        } else {
            &[]
        };
        let query = draft.query_visible(&visible, &self.block, behind, self.sampler.want());
        Turn::Ask(vec![query])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let mut samples = Vec::new();
        for (position, row) in self.block.clone().into_iter().zip(&scores[0].rows) {
            samples.push(self.sample(position, row));
        }
        for sample in self.committed(samples) {
            self.sampler
                .commit(self.sampling, sample.position, sample.token, sample.row);
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
