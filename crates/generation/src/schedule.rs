//! Schedules of decoding: the number of tokens that stay masked after each step, and the size of proposed blocks.
//!
//! The mask schedules are those of MaskGIT (Chang et al. 2022, arXiv:2202.04200, section 3.2 and released code). Once the
//! share r of the steps is done, the share γ(r) of the tokens is still masked; γ falls from 1 to 0.

use std::f64::consts::PI;

use crate::option::option_choices;

option_choices! {
    /// A mask schedule γ.
    pub(super) enum Schedule {
        /// γ(r) = cos(π r / 2): few tokens at first, many at the end.
        Cosine = "cosine",
        /// γ(r) = 1 - r: the same number in each step.
        Uniform = "uniform",
        /// γ(r) = 1 - r².
        Square = "square",
        /// γ(r) = 1 - r³.
        Cubic = "cubic",
        /// γ(r) = -log₂(r) / log₂(N): most tokens at once, then few.
        Log = "log",
        /// γ(r) = 1 - N^r / N: very few tokens at first, nearly all at the end.
        Exp = "exp",
    }
}

impl Schedule {
    /// The number of masked tokens after `step` of `steps`, of `total` tokens of which `open` are masked now. Before
    /// the last step the number is at least 1 and less than `open`, so that every step commits at least one token.
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

/// The number of positions that are proposed together, epoch by epoch.
#[derive(Clone, Copy)]
pub(super) struct BlockSchedule {
    /// The number of epochs, at least 1.
    pub(super) epochs: usize,
    /// The size of a block in the first epoch, at least 1.
    pub(super) first: usize,
}

impl BlockSchedule {
    /// The size of a block in `epoch`: falls evenly from the first size to 1.
    pub(super) fn size(self, epoch: usize) -> usize {
        let last = (self.epochs - 1).max(1);
        self.first - (self.first - 1) * epoch.min(last) / last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OptionChoice;

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
                let counts = committed(Schedule::from_name(name).unwrap(), steps, total);
                assert_eq!(
                    counts.iter().sum::<usize>(),
                    total,
                    "{name} {steps} {total}"
                );
            }
        }
    }

    #[test]
    fn blocks_shrink_to_one() {
        let blocks = BlockSchedule {
            epochs: 3,
            first: 4,
        };
        let sizes: Vec<usize> = (0..3).map(|epoch| blocks.size(epoch)).collect();
        assert_eq!(sizes, [4, 3, 1]);
    }
}
