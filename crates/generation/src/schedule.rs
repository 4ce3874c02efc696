//! How many tokens stay masked after each step of a parallel decoding.
//!
//! The schedules of MaskGIT (Chang et al. 2022, arXiv:2202.04200, section 3.2 and released code): after the share r of
//! all steps, the share γ(r) of the tokens is still masked; γ falls from 1 to 0.

use std::f64::consts::PI;

/// A masking schedule γ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// cos(π r / 2): few tokens at first, many at the end.
    Cosine,
    /// 1 - r: the same number each step.
    Uniform,
    /// 1 - r².
    Square,
    /// 1 - r³.
    Cubic,
    /// -log₂(r) / log₂(N): most tokens at once, then few.
    Log,
    /// 1 - N^r / N: very few at first, nearly all at the end.
    Exp,
}

impl Schedule {
    /// What they are called, the usual one first.
    pub(super) const NAMES: &'static [&'static str] =
        &["cosine", "uniform", "square", "cubic", "log", "exp"];

    /// The schedule of that name, one of [`Schedule::NAMES`].
    pub(super) fn of(name: &str) -> Self {
        match name {
            "uniform" => Self::Uniform,
            "square" => Self::Square,
            "cubic" => Self::Cubic,
            "log" => Self::Log,
            "exp" => Self::Exp,
            _ => Self::Cosine,
        }
    }

    /// How many of `total` tokens are masked after `step` of `steps`: at least 1 and less than the `open` ones until the
    /// last step, so that each step commits a token and leaves one.
    pub(super) fn masked(self, step: usize, steps: usize, total: usize, open: usize) -> usize {
        if step >= steps {
            return 0;
        }
        let (r, n) = (step as f64 / steps as f64, total as f64);
        let share = match self {
            Self::Cosine => (PI * r / 2.0).cos(),
            Self::Uniform => 1.0 - r,
            Self::Square => 1.0 - r.powi(2),
            Self::Cubic => 1.0 - r.powi(3),
            Self::Log => -r.log2() / n.log2().max(1.0),
            Self::Exp => 1.0 - n.powf(r) / n,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the tokens, rounded down"
        )]
        let masked = (n * share.clamp(0.0, 1.0) + 1e-9).floor() as usize;
        masked.max(1).min(open.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(schedule: Schedule, steps: usize, total: usize) -> Vec<usize> {
        let mut open = total;
        let commit = |step| {
            let masked = schedule.masked(step, steps, total, open);
            std::mem::replace(&mut open, masked) - masked
        };
        (1..=steps).map(commit).collect()
    }

    #[test]
    fn cosine_commits_the_published_counts() {
        assert_eq!(
            committed(Schedule::Cosine, 12, 48),
            [1, 1, 2, 3, 3, 5, 4, 5, 6, 6, 6, 6]
        );
    }

    #[test]
    fn uniform_commits_the_same_number_each_step() {
        assert_eq!(committed(Schedule::Uniform, 12, 48), [4; 12]);
    }

    #[test]
    fn every_schedule_commits_everything_and_falls() {
        for name in Schedule::NAMES {
            for (steps, total) in [(1, 1), (4, 3), (24, 48), (10, 400), (7, 7)] {
                let counts = committed(Schedule::of(name), steps, total);
                assert_eq!(
                    counts.iter().sum::<usize>(),
                    total,
                    "{name} {steps} {total}"
                );
            }
        }
    }
}
