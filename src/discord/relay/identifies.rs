//! How often the bot may begin a new session. Discord takes the token away from a bot that does it too often. Pure.

use std::time::{Duration, Instant};

/// Between two new sessions of shards of one kind.
const APART: Duration = Duration::from_secs(5);
/// Over which new sessions are counted.
const DAY: Duration = Duration::from_hours(24);
/// So many are left for whoever has to start the bot by hand.
const SPARED: u32 = 20;

/// What Discord says a bot may do, as of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) struct Allowance {
    /// New sessions a day.
    pub(in crate::discord) total: u32,
    /// Those that are left of it.
    pub(in crate::discord) left: u32,
    /// When there are as many as ever again.
    pub(in crate::discord) resets_in: Duration,
    /// So many may begin at once.
    pub(in crate::discord) at_once: u32,
}

impl Default for Allowance {
    /// What every bot may do, for servers that say nothing.
    fn default() -> Self {
        Self {
            total: 1_000,
            left: 1_000,
            resets_in: DAY,
            at_once: 1,
        }
    }
}

/// Whether a session may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Now. It is counted.
    Go,
    /// When this time has passed.
    Wait(Duration),
    /// Not for this time: too many have begun.
    Spent(Duration),
}

/// The sessions that have begun and may yet.
#[derive(Debug)]
pub(super) struct Identifies {
    allowed: Allowance,
    left: u32,
    resets: Instant,
    next: Instant,
}

impl Identifies {
    pub(super) fn new(now: Instant, allowed: Allowance) -> Self {
        Self {
            allowed,
            left: allowed.left,
            resets: now + allowed.resets_in,
            next: now,
        }
    }

    pub(super) fn ask(&mut self, now: Instant) -> Verdict {
        if now >= self.resets {
            (self.left, self.resets) = (self.allowed.total, now + DAY);
        }
        if self.left <= SPARED.min(self.allowed.total / 2) {
            return Verdict::Spent(self.resets - now);
        }
        if now < self.next {
            return Verdict::Wait(self.next - now);
        }
        self.left -= 1;
        self.next = now + APART / self.allowed.at_once.max(1);
        Verdict::Go
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sessions_begin_apart_and_some_are_left_for_people() {
        let mut now = Instant::now();
        let allowed = Allowance {
            left: SPARED + 2,
            ..Allowance::default()
        };
        let mut identifies = Identifies::new(now, allowed);
        assert_eq!(identifies.ask(now), Verdict::Go);
        assert_eq!(identifies.ask(now), Verdict::Wait(APART));
        now += APART;
        assert_eq!(identifies.ask(now), Verdict::Go);
        now += APART;
        assert_eq!(
            identifies.ask(now),
            Verdict::Spent(Duration::from_secs(86_390))
        );
        now += DAY;
        assert_eq!(identifies.ask(now), Verdict::Go, "a new day");
    }

    #[test]
    fn several_may_begin_at_once_where_discord_says_so() {
        let now = Instant::now();
        let allowed = Allowance {
            at_once: 5,
            ..Allowance::default()
        };
        let mut identifies = Identifies::new(now, allowed);
        assert_eq!(identifies.ask(now), Verdict::Go);
        assert_eq!(identifies.ask(now), Verdict::Wait(Duration::from_secs(1)));
    }

    proptest! {
        #[test]
        fn no_day_has_more_sessions_than_allowed(gaps in prop::collection::vec(0u64..4000, 1..3000), total in 2u32..200) {
            let start = Instant::now();
            let allowed = Allowance { total, left: total, ..Allowance::default() };
            let (mut identifies, mut now, mut days) = (Identifies::new(start, allowed), start, vec![0; 200]);
            for gap in gaps {
                now += Duration::from_secs(gap);
                if identifies.ask(now) == Verdict::Go {
                    let day = (now - start).as_secs() / DAY.as_secs();
                    days[usize::try_from(day).unwrap()] += 1;
                }
            }
            // A new count begins with the first session after a day has passed, so that a calendar day can see two.
            prop_assert!(days.iter().all(|&count| count <= 2 * total));
        }
    }
}
