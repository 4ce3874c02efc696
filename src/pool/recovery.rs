//! When hung workers are replaced and failed models are loaded again. Pure: every function takes the time as a parameter.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How a pool recovers from models that hang or fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryLimits {
    /// Maximum number of workers started within `window` in place of lost ones. A worker that hangs keeps its model's
    /// memory, so the number bounds how fast memory can be lost.
    pub restarts: usize,
    /// Older restarts no longer count.
    pub window: Duration,
    /// Attempts to load a model before a worker gives up, at least 1.
    pub load_attempts: u32,
    /// Delay after the first failed attempt; it doubles with every further one.
    pub first_delay: Duration,
    /// Maximum delay between two attempts.
    pub max_delay: Duration,
}

impl Default for RecoveryLimits {
    /// 16 restarts within ten minutes, and about a minute of attempts to load a model.
    fn default() -> Self {
        Self {
            restarts: 16,
            window: Duration::from_mins(10),
            load_attempts: 8,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
        }
    }
}

impl RecoveryLimits {
    /// Delay after the failed attempt with this number, counted from 1: exponential backoff.
    pub(super) fn delay(&self, attempt: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(self.max_delay)
    }
}

/// The restarts within a sliding window.
#[derive(Debug, Default)]
pub(super) struct RestartWindow(VecDeque<Instant>);

impl RestartWindow {
    /// Records a restart at `now` unless the window is full. Returns whether it may happen.
    pub(super) fn try_record(&mut self, now: Instant, limits: &RecoveryLimits) -> bool {
        let expired = |at: &Instant| now.saturating_duration_since(*at) >= limits.window;
        while self.0.front().is_some_and(expired) {
            self.0.pop_front();
        }
        if self.0.len() >= limits.restarts {
            return false;
        }
        self.0.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_older_than_the_window_no_longer_count() {
        let limits = RecoveryLimits {
            restarts: 2,
            window: Duration::from_mins(10),
            ..RecoveryLimits::default()
        };
        let (mut window, start) = (RestartWindow::default(), Instant::now());
        let mut at = |minutes| window.try_record(start + Duration::from_mins(minutes), &limits);
        assert!(at(0) && at(5));
        assert!(!at(9), "two within ten minutes");
        assert!(at(10), "the first one has expired");
        assert!(!at(14));
        assert!(at(15));
    }

    #[test]
    fn a_restart_now_and_then_is_never_refused() {
        let limits = RecoveryLimits::default();
        let (mut window, start) = (RestartWindow::default(), Instant::now());
        for hour in 0..1000 {
            assert!(window.try_record(start + Duration::from_hours(hour), &limits));
        }
    }

    #[test]
    fn the_delay_doubles_up_to_its_maximum() {
        let limits = RecoveryLimits {
            first_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(6),
            ..RecoveryLimits::default()
        };
        let delays: Vec<u64> = [1, 2, 3, 4, 90].map(|n| limits.delay(n).as_secs()).into();
        assert_eq!(delays, [1, 2, 4, 6, 6]);
    }
}
