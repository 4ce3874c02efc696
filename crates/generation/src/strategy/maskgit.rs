//! All positions at once, the surest kept, more of them with every step: MaskGIT.
//!
//! Chang et al. 2022 (arXiv:2202.04200) and their released decoder: every masked position is sampled, the confidence of
//! each sample is log p plus Gumbel noise that shrinks to nothing, and a schedule says how many of the least confident
//! are masked again. What was kept is never revised. Ours: samples come from the top 40, and of two samples that may not
//! stand together the less confident is drawn again.

use super::{About, Strategy, prefer};
use crate::schedule::Schedule;
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Progress, SampledToken, Sampler,
    Sampling, Scores, Turn,
};

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
        prefer(1.0, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                OptionSpec::whole("steps", (1, 400), "24", "How many passes."),
                OptionSpec::choice(
                    "schedule",
                    Schedule::NAMES,
                    "How many positions stay masked after each step.",
                ),
                OptionSpec::real(
                    "noise",
                    (0.0, 20.0),
                    "4.5",
                    "Gumbel noise on the confidence at first; it falls to 0.",
                ),
            ]
        }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        options.whole("steps").min(tokens)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let total = draft.open().len();
        Box::new(MaskGitDecoding {
            sampler: Sampler::from_params(draft, params),
            sampling: params.sampling,
            schedule: Schedule::of(params.options.choice("schedule")),
            noise: params.options.real("noise"),
            steps: params.options.whole("steps").min(total),
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
            let choice = self.sampler.sample(position, row);
            let log = f64::from(choice.confidence.max(f32::MIN_POSITIVE)).ln();
            let confidence = log + noise * self.sampler.rng.gumbel();
            samples.push((confidence, position, choice, row));
        }
        samples.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let masked = self
            .schedule
            .masked(self.done, self.steps, self.total, open.len());
        samples.truncate(open.len() - masked);
        for (_, position, choice, row) in samples {
            self.sampler.commit(self.sampling, position, choice, row);
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
    fn without_noise_the_surest_sample_stays_first() {
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
