//! Mask-Predict: predicts everything, then masks the least confident words and predicts those again.
//!
//! Ghazvininejad et al. 2019 (arXiv:1904.09324): after the first pass, n = N (1 - t / T) words of the lowest
//! probability are masked and predicted again; the others keep word and probability. Several lengths are tried and the
//! one with the best mean log-probability stays. Ours, since there is no source sentence to pin the content: words are
//! drawn, with a temperature that falls to 0; the lengths are shares of the region instead of a classifier's; and words
//! that may not stand together are drawn again.

use super::{About, Strategy, sampling};
use crate::rerank::{Criterion, Reranking};
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, PositionState, Progress,
    SampledToken, Sampler, Sampling, Scores, StrategyOption, Turn,
};

/// The shortest of several lengths, as a share of the region.
const SHORTEST_SHARE: f64 = 0.6;

const STEPS: StrategyOption<usize> =
    StrategyOption::integer("steps", (1, 400), 16, "How many passes for each length.");
const LENGTHS: StrategyOption<usize> = StrategyOption::integer(
    "lengths",
    (1, 8),
    3,
    "How many lengths are tried, from 60 % of the room to all of it.",
);

/// The strategy `mask-predict`.
pub(super) struct MaskPredictStrategy;

impl Strategy for MaskPredictStrategy {
    fn name(&self) -> &'static str {
        "mask-predict"
    }

    fn summary(&self) -> &'static str {
        "Guesses the whole text, then masks the least sure words and guesses them again."
    }

    fn about(&self) -> About {
        About {
            how: "The first pass fills every position. Each further pass masks the words the model was least sure of and \
                  fills them again, fewer each time. This is done for several lengths side by side, and the text with the \
                  best mean confidence stays.",
            source: "Ghazvininejad et al. 2019 (arXiv:1904.09324). The falling temperature and the lengths are ours: the \
                     paper translates, so its content is pinned by a source sentence.",
            when: "To see non-autoregressive decoding where nothing pins the content.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.8, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[STEPS.spec(), LENGTHS.spec()] }
    }

    fn passes(&self, _: usize, options: &OptionValues) -> usize {
        options.get(STEPS) * options.get(LENGTHS)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let region = draft.region();
        let candidate = |(number, length): (usize, usize)| {
            let draft = match region.first() {
                Some(&first) => draft.resized(draft.positions()[first].segment, length),
                None => draft.clone(),
            };
            let params = Params {
                seed: params.seed.variation(number),
                ..params.clone()
            };
            Box::new(MaskPredictDecoding::new(draft, &params)) as Box<dyn Generation>
        };
        let mut candidates: Vec<Box<dyn Generation>> =
            lengths(region.len(), params.options.get(LENGTHS))
                .into_iter()
                .enumerate()
                .map(candidate)
                .collect();
        if candidates.len() == 1 {
            candidates.remove(0)
        } else {
            Box::new(Reranking::new(candidates, Criterion::Confidence))
        }
    }
}

/// Up to `count` different lengths of a region of `room` tokens, the longest first.
fn lengths(room: usize, count: usize) -> Vec<usize> {
    let length = |number: usize| {
        let share = 1.0 - (1.0 - SHORTEST_SHARE) * number as f64 / (count - 1).max(1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the region"
        )]
        let length = (room as f64 * share).round() as usize;
        length
    };
    let mut lengths: Vec<usize> = (0..count).map(length).collect();
    lengths.dedup();
    lengths
}

struct MaskPredictDecoding {
    sampler: Sampler,
    sampling: Sampling,
    writable: Vec<usize>,
    steps: usize,
    done: usize,
}

impl MaskPredictDecoding {
    fn new(draft: Draft, params: &Params) -> Self {
        let writable = draft.writable();
        let steps = if writable.is_empty() {
            0
        } else {
            params.options.get(STEPS)
        };
        Self {
            sampler: Sampler::from_params(draft, params),
            sampling: params.sampling,
            writable,
            steps,
            done: 0,
        }
    }

    /// Masks the least confident words, N (1 - t / T) of them and at least one.
    fn mask_least_confident(&mut self) {
        let draft = &mut self.sampler.draft;
        let mut written: Vec<(f32, usize)> = self
            .writable
            .iter()
            .map(|&position| match draft.positions()[position].state {
                PositionState::Written(confidence) => (confidence, position),
                _ => (0.0, position),
            })
            .collect();
        written.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let masked = (self.writable.len() * (self.steps - self.done) / self.steps).max(1);
        for &(_, position) in &written[..masked] {
            draft.reopen(position);
        }
    }

    /// The sampling of the current step: the temperature falls evenly to 0.
    fn current_sampling(&self) -> Sampling {
        let left = 1.0 - self.done as f64 / (self.steps - 1).max(1) as f64;
        let temperature = self.sampling.temperature.get() * left.max(0.0);
        self.sampling.with_temperature(temperature)
    }
}

impl Generation for MaskPredictDecoding {
    fn ask(&mut self) -> Turn {
        if self.done == self.steps {
            return Turn::Done;
        }
        let draft = &self.sampler.draft;
        Turn::Ask(vec![draft.query(&draft.open(), self.sampler.want())])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let sampling = self.current_sampling();
        let open = self.sampler.draft.open();
        let mut samples: Vec<(usize, SampledToken, &LogitRow)> = Vec::new();
        for (&position, row) in open.iter().zip(&scores[0].rows) {
            let token = self.sampler.sample_with(sampling, position, row);
            samples.push((position, token, row));
        }
        samples.sort_by(|a, b| {
            b.1.confidence
                .total_cmp(&a.1.confidence)
                .then(a.0.cmp(&b.0))
        });
        for (position, token, row) in samples {
            self.sampler.commit(sampling, position, token, row);
        }
        self.done += 1;
        if self.done < self.steps {
            self.mask_least_confident();
        }
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: self.steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{drive, params_for, row, token_table};

    fn asked(options: &str, tokens: usize) -> Vec<(usize, usize)> {
        let draft = Draft::new(token_table(), &[Segment::Region(tokens)]);
        let mut generation =
            MaskPredictStrategy.write(draft, &params_for(&MaskPredictStrategy, options, 1));
        let asked = drive(&mut *generation, |_, _| row("bird dog fish cat"));
        let task = |query: &crate::Query| (query.tokens.len() - 2, query.asked.len());
        asked.iter().map(task).collect()
    }

    #[test]
    fn ten_steps_mask_the_published_counts() {
        let counts: Vec<usize> = asked("steps=10 lengths=1", 40)
            .iter()
            .map(|(_, asked)| *asked)
            .collect();
        assert_eq!(counts, [40, 36, 32, 28, 24, 20, 16, 12, 8, 4]);
    }

    #[test]
    fn several_lengths_are_tried_and_none_is_longer_than_the_room() {
        let tried: std::collections::BTreeSet<usize> =
            asked("", 40).iter().map(|(length, _)| *length).collect();
        assert_eq!(tried.into_iter().collect::<Vec<_>>(), [24, 32, 40]);
        assert_eq!(asked("", 40).len(), 48);
    }

    #[test]
    fn the_least_sure_word_is_guessed_again_and_last_without_chance() {
        let draft = Draft::new(token_table(), &[Segment::Region(2)]);
        let mut generation = MaskPredictStrategy.write(
            draft,
            &params_for(&MaskPredictStrategy, "steps=2 lengths=1", 1),
        );
        let asked = drive(&mut *generation, |_, place| {
            row(if place == 1 { "cat" } else { "bird dog fish" })
        });
        assert_eq!(asked[1].asked, [2]);
    }
}
