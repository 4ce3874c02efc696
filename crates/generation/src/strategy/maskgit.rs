//! MaskGIT: samples all positions at once and keeps the most confident, more of them with every step.
//!
//! Chang et al. 2022 (arXiv:2202.04200) and their released decoder: every masked position is sampled, the confidence of
//! each sample is log p plus Gumbel noise that anneals to nothing (the Gumbel-max trick: Gumbel 1954; Maddison et al.
//! 2014, arXiv:1411.0030), and a schedule gives the number of the least confident that are masked again. Kept tokens
//! are never revised. Ours: samples come from the top 40, and of two samples that may not stand together the less
//! confident is drawn again.

use super::{About, Strategy, sampling};
use crate::schedule::Schedule;
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Progress, SampledToken, Sampler,
    Sampling, Scores, StrategyOption, Turn,
};

const STEPS: StrategyOption<usize> =
    StrategyOption::integer("steps", (1, 400), 24, "How many passes.");
const SCHEDULE: StrategyOption<Schedule> = StrategyOption::choice(
    "schedule",
    "How many positions stay masked after each step.",
);
const NOISE: StrategyOption<f64> = StrategyOption::real(
    "noise",
    (0.0, 20.0),
    4.5,
    "Gumbel noise on the confidence at first; it falls to 0.",
);

/// The strategy `maskgit`.
pub(super) struct MaskGitStrategy;

impl Strategy for MaskGitStrategy {
    fn name(&self) -> &'static str {
        "maskgit"
    }

    fn summary(&self) -> &'static str {
        "Guesses all words at once and keeps the surest, more of them with every step."
    }

    fn about(&self) -> About {
        About {
            how: "Every open position is sampled at once. The samples that the model is surest of stay, with noise in the \
                  ranking that fades; the others are masked again. The cosine schedule keeps few at first and many at the \
                  end, so the number of passes does not grow with the length.",
            source: "Chang et al. 2022, MaskGIT (arXiv:2202.04200) and its released decoder. Top-k and the check of \
                     neighbours are ours.",
            when: "When passes are dear: 24 of them write a text of any length, loosely.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(1.0, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[STEPS.spec(), SCHEDULE.spec(), NOISE.spec()] }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        options.get(STEPS).min(tokens)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let total = draft.open().len();
        Box::new(MaskGitDecoding {
            sampler: Sampler::from_params(draft, params),
            sampling: params.sampling,
            schedule: params.options.get(SCHEDULE),
            noise: params.options.get(NOISE),
            steps: params.options.get(STEPS).min(total),
            total,
            done: 0,
        })
    }
}

struct MaskGitDecoding {
    sampler: Sampler,
    sampling: Sampling,
    schedule: Schedule,
    noise: f64,
    steps: usize,
    total: usize,
    done: usize,
}

impl Generation for MaskGitDecoding {
    fn ask(&mut self) -> Turn {
        let open = self.sampler.draft.open();
        if open.is_empty() {
            return Turn::Done;
        }
        let query = self.sampler.draft.query(&open, self.sampler.want());
        Turn::Ask(vec![query])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.done += 1;
        let open = self.sampler.draft.open();
        let noise = self.noise * (1.0 - self.done as f64 / self.steps as f64);
        let mut samples: Vec<(f64, usize, SampledToken, &LogitRow)> = Vec::new();
        for (&position, row) in open.iter().zip(&scores[0].rows) {
            let token = self.sampler.sample(position, row);
            let log_probability = f64::from(token.confidence.max(f32::MIN_POSITIVE)).ln();
            let confidence = log_probability + noise * self.sampler.rng.gumbel();
            samples.push((confidence, position, token, row));
        }
        samples.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let masked = self
            .schedule
            .masked(self.done, self.steps, self.total, open.len());
        samples.truncate(open.len() - masked);
        for (_, position, token, row) in samples {
            self.sampler.commit(self.sampling, position, token, row);
        }
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: if self.sampler.draft.open().is_empty() {
                self.done
            } else {
                self.steps
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{drive, params_for, row, text_of, token_table};

    fn opens(options: &str, tokens: usize) -> Vec<usize> {
        let draft = Draft::new(token_table(), &[Segment::Region(tokens)]);
        let mut generation =
            MaskGitStrategy.write(draft, &params_for(&MaskGitStrategy, options, 1));
        let asked = drive(&mut *generation, |_, _| row("bird dog fish cat"));
        asked.iter().map(|query| query.asked.len()).collect()
    }

    #[test]
    fn twelve_cosine_steps_commit_the_published_counts() {
        assert_eq!(
            opens("steps=12", 48),
            [48, 47, 46, 44, 41, 38, 33, 29, 24, 18, 12, 6]
        );
    }

    #[test]
    fn the_passes_do_not_grow_with_the_length() {
        assert_eq!(opens("", 60).len(), 24);
        assert_eq!(opens("", 100).len(), 24);
        assert_eq!(opens("", 5).len(), 5);
    }

    #[test]
    fn without_noise_the_most_confident_sample_stays_first() {
        let draft = Draft::new(token_table(), &[Segment::Region(3)]);
        let params = params_for(&MaskGitStrategy, "steps=3 noise=0", 1);
        let mut generation = MaskGitStrategy.write(draft, &params);
        let asked = drive(&mut *generation, |_, place| {
            row(if place == 2 { "cat" } else { "bird dog fish" })
        });
        assert_eq!(asked[1].asked, [1, 3]);
        assert!(text_of(&*generation).contains(" cat "));
    }
}
