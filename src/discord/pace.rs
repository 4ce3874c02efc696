//! When a message may be edited next. Pure.

use std::time::{Duration, Instant};

/// The pace of edits to one message: never two closer together than the interval, and none while Discord wants a pause.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// No edit yet; the first one may come at once.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            next: None,
        }
    }

    /// How long to wait from `now` until the next edit.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.next
            .map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// An edit was answered at `now`. Counted from the answer, so that edits are far enough apart where they arrive, too.
    pub(super) fn edited(&mut self, now: Instant) {
        self.next = Some(now + self.interval);
    }

    /// Discord asked for a pause.
    pub(super) fn pause(&mut self, now: Instant, pause: Duration) {
        self.next = Some(now + pause.max(self.interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
