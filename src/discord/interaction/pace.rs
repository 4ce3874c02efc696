//! When a message may be edited next. Pure.

use std::time::{Duration, Instant};

/// Each 429 makes frames so many times slower, at most `SLOWEST` times.
const SLOWER: u32 = 2;
const SLOWEST: u32 = 8;
/// So many good frames in a row make them faster again.
const GOOD: u32 = 10;

/// The pace of edits to one message: never two closer together than the interval, and none while Discord wants a pause.
/// After a pause the interval is longer for a while.
#[derive(Debug, Clone)]
pub(in crate::discord) struct Pace {
    interval: Duration,
    slowness: u32,
    good: u32,
    last: Option<Instant>,
    next: Option<Instant>,
}

impl Pace {
    /// No edit yet; the first one may come at once.
    pub(in crate::discord) fn new(interval: Duration) -> Self {
        Self {
            interval,
            slowness: 1,
            good: 0,
            last: None,
            next: None,
        }
    }

    /// How long to wait from `now` until the next edit.
    pub(in crate::discord) fn wait(&self, now: Instant) -> Duration {
        self.next
            .map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// How long to wait from `now` until the last edit of all, which waits for nothing but its distance.
    pub(in crate::discord) fn wait_for_last(&self, now: Instant) -> Duration {
        self.last.map_or(Duration::ZERO, |last| {
            (last + self.interval).saturating_duration_since(now)
        })
    }

    /// An edit was answered at `now`. Counted from the answer, so that edits are far enough apart where they arrive, too.
    pub(in crate::discord) fn edited(&mut self, now: Instant) {
        self.good += 1;
        if self.good >= GOOD {
            (self.good, self.slowness) = (0, (self.slowness / SLOWER).max(1));
        }
        self.last = Some(now);
        self.next = Some(now + self.interval * self.slowness);
    }

    /// Discord asked for a pause.
    pub(in crate::discord) fn pause(&mut self, now: Instant, pause: Duration) {
        (self.good, self.slowness) = (0, (self.slowness * SLOWER).min(SLOWEST));
        self.next = Some(now + pause.max(self.interval));
    }

    /// An edit was not sent, since there is no room for it before `wait` has passed.
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
    fn the_first_edit_is_free_and_the_next_ones_keep_their_distance() {
        let start = Instant::now();
        let mut pace = Pace::new(SECOND);
        assert_eq!(pace.wait(start), Duration::ZERO);
        pace.edited(start);
        assert_eq!(pace.wait(start + SECOND / 4), SECOND * 3 / 4);
        assert_eq!(pace.wait(start + SECOND * 5), Duration::ZERO);
    }

    #[test]
    fn a_pause_is_kept_but_is_never_shorter_than_the_interval() {
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
    fn frames_are_slower_after_a_429_and_get_faster_again() {
        let start = Instant::now();
        let mut pace = Pace::new(SECOND);
        let after = |pace: &mut Pace| {
            pace.edited(start);
            pace.wait(start)
        };
        for slowness in [2, 4, 8, 8] {
            pace.pause(start, SECOND);
            assert_eq!(after(&mut pace), SECOND * slowness);
        }
        let intervals: Vec<u64> = (0..40).map(|_| after(&mut pace).as_secs()).collect();
        assert!(intervals.is_sorted_by(|a, b| a >= b), "{intervals:?}");
        assert_eq!(intervals.last(), Some(&1));
    }

    proptest! {
        #[test]
        fn whatever_discord_says_edits_keep_their_distance_and_are_never_put_off_for_ever(
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
                prop_assert!(pace.wait(now) <= time.max(SECOND * SLOWEST));
                prop_assert!(pace.wait_for_last(now) <= SECOND);
            }
        }
    }
}
