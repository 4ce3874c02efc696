//! When a message may be edited next. Pure: the caller passes the time.

use std::time::{Duration, Instant};

/// The factor by which each 429 multiplies the interval.
const BACKOFF_FACTOR: u32 = 2;
/// Maximum multiple of the interval.
const MAX_SLOWDOWN: u32 = 8;
/// Successful edits in a row after which the multiple is divided by the factor.
const RECOVERY_EDITS: u32 = 10;

/// The pace of edits to one message: at least the interval apart, and none during a pause that Discord asks for. A 429 makes the
/// interval longer for a while.
#[derive(Debug, Clone)]
pub(in crate::discord) struct Pace {
    interval: Duration,
    slowdown: u32,
    successes: u32,
    last: Option<Instant>,
    next: Option<Instant>,
}

impl Pace {
    /// A pace that allows the first edit at once.
    pub(in crate::discord) fn new(interval: Duration) -> Self {
        Self {
            interval,
            slowdown: 1,
            successes: 0,
            last: None,
            next: None,
        }
    }

    /// The time from `now` to the next edit.
    pub(in crate::discord) fn wait(&self, now: Instant) -> Duration {
        self.next
            .map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// The time from `now` to the final edit, which keeps the interval but no pause.
    pub(in crate::discord) fn wait_for_last(&self, now: Instant) -> Duration {
        self.last.map_or(Duration::ZERO, |last| {
            (last + self.interval).saturating_duration_since(now)
        })
    }

    /// Records an edit that was answered at `now`. The answer counts, not the request, so that edits are an interval apart where they
    /// arrive.
    pub(in crate::discord) fn edited(&mut self, now: Instant) {
        self.successes += 1;
        if self.successes >= RECOVERY_EDITS {
            (self.successes, self.slowdown) = (0, (self.slowdown / BACKOFF_FACTOR).max(1));
        }
        self.last = Some(now);
        self.next = Some(now + self.interval * self.slowdown);
    }

    /// Records a 429 that asks for `pause`.
    pub(in crate::discord) fn pause(&mut self, now: Instant, pause: Duration) {
        (self.successes, self.slowdown) = (0, (self.slowdown * BACKOFF_FACTOR).min(MAX_SLOWDOWN));
        self.next = Some(now + pause.max(self.interval));
    }

    /// Records an edit that the rate limiter did not send, because it has no room before `wait` has passed.
    pub(in crate::discord) fn postpone(&mut self, now: Instant, wait: Duration) {
        self.next = Some(now + wait.max(self.interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_edit_is_immediate_and_later_ones_keep_the_interval() {
        let start = Instant::now();
        let mut pace = Pace::new(SECOND);
        assert_eq!(pace.wait(start), Duration::ZERO);
        pace.edited(start);
        assert_eq!(pace.wait(start + SECOND / 4), SECOND * 3 / 4);
        assert_eq!(pace.wait(start + SECOND * 5), Duration::ZERO);
    }

    #[test]
    fn a_pause_is_at_least_the_interval() {
        let start = Instant::now();
        let mut pace = Pace::new(SECOND);
        pace.pause(start, SECOND * 3);
        assert_eq!(pace.wait(start), SECOND * 3);
        pace.pause(start, SECOND / 10);
        assert_eq!(pace.wait(start), SECOND);
        pace.postpone(start, SECOND * 2);
        assert_eq!(pace.wait(start), SECOND * 2);
        assert_eq!(pace.wait_for_last(start), Duration::ZERO);
        pace.edited(start);
        pace.pause(start, SECOND * 9);
        assert_eq!(pace.wait_for_last(start), SECOND);
    }

    #[test]
    fn a_429_slows_edits_down_until_enough_succeed() {
        let start = Instant::now();
        let mut pace = Pace::new(SECOND);
        let after = |pace: &mut Pace| {
            pace.edited(start);
            pace.wait(start)
        };
        for slowdown in [2, 4, 8, 8] {
            pace.pause(start, SECOND);
            assert_eq!(after(&mut pace), SECOND * slowdown);
        }
        let intervals: Vec<u64> = (0..40).map(|_| after(&mut pace).as_secs()).collect();
        assert!(intervals.is_sorted_by(|a, b| a >= b), "{intervals:?}");
        assert_eq!(intervals.last(), Some(&1));
    }

    proptest! {
        #[test]
        fn edits_keep_the_interval_and_every_wait_is_bounded(
            happened in prop::collection::vec((0_u8..3, 0_u64..30_000), 1..60),
        ) {
            let (mut now, mut pace, mut last) = (Instant::now(), Pace::new(SECOND), None);
            for (what, milliseconds) in happened {
                let time = Duration::from_millis(milliseconds);
                match what {
                    0 => {
                        now += pace.wait(now);
                        if let Some(last) = last.replace(now) {
                            prop_assert!(now - last >= SECOND);
                        }
                        pace.edited(now);
                    }
                    1 => {
                        pace.pause(now, time);
                        prop_assert!(pace.wait(now) >= time);
                    }
                    _ => pace.postpone(now, time),
                }
                prop_assert!(pace.wait(now) <= time.max(SECOND * MAX_SLOWDOWN));
                prop_assert!(pace.wait_for_last(now) <= SECOND);
            }
        }
    }
}
