//! Discord's session start limit: how often the bot may identify. Discord resets the token of a bot that exceeds it. Pure.

use std::time::{Duration, Instant};

/// The interval between two identifies of one concurrency slot.
const IDENTIFY_INTERVAL: Duration = Duration::from_secs(5);
/// The period over which Discord counts identifies.
const DAY: Duration = Duration::from_hours(24);
/// Session starts that the bot does not use, so that an operator can still restart it.
const RESERVED: u32 = 20;

/// Discord's object `session_start_limit`, as of the bot's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) struct SessionStartLimit {
    /// Session starts a day.
    pub(in crate::discord) total: u32,
    /// Session starts that remain of the current day.
    pub(in crate::discord) remaining: u32,
    /// When the current day ends.
    pub(in crate::discord) reset_after: Duration,
    /// Session starts within five seconds.
    pub(in crate::discord) max_concurrency: u32,
}

impl Default for SessionStartLimit {
    /// The limit of a small bot, for servers that name none.
    fn default() -> Self {
        Self {
            total: 1_000,
            remaining: 1_000,
            reset_after: DAY,
            max_concurrency: 1,
        }
    }
}

/// The answer of [`SessionStartLimiter::acquire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionStart {
    /// Start now; the session is counted already.
    Allowed,
    /// Ask again after this time.
    Wait(Duration),
    /// Only the reserve is left; the limit resets after this time.
    Exhausted(Duration),
}

/// Counts session starts against the limit.
#[derive(Debug)]
pub(super) struct SessionStartLimiter {
    limit: SessionStartLimit,
    remaining: u32,
    resets_at: Instant,
    next: Instant,
}

impl SessionStartLimiter {
    /// A limiter for a bot whose limit was fetched at `now`.
    pub(super) fn new(now: Instant, limit: SessionStartLimit) -> Self {
        Self {
            limit,
            remaining: limit.remaining,
            resets_at: now + limit.reset_after,
            next: now,
        }
    }

    /// Decides whether a session may be started at `now`, and counts it if so.
    pub(super) fn acquire(&mut self, now: Instant) -> SessionStart {
        if now >= self.resets_at {
            (self.remaining, self.resets_at) = (self.limit.total, now + DAY);
        }
        if self.remaining <= RESERVED.min(self.limit.total / 2) {
            return SessionStart::Exhausted(self.resets_at - now);
        }
        if now < self.next {
            return SessionStart::Wait(self.next - now);
        }
        self.remaining -= 1;
        self.next = now + IDENTIFY_INTERVAL / self.limit.max_concurrency.max(1);
        SessionStart::Allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sessions_start_an_interval_apart_and_a_reserve_remains() {
        let mut now = Instant::now();
        let limit = SessionStartLimit {
            remaining: RESERVED + 2,
            ..SessionStartLimit::default()
        };
        let mut limiter = SessionStartLimiter::new(now, limit);
        assert_eq!(limiter.acquire(now), SessionStart::Allowed);
        assert_eq!(limiter.acquire(now), SessionStart::Wait(IDENTIFY_INTERVAL));
        now += IDENTIFY_INTERVAL;
        assert_eq!(limiter.acquire(now), SessionStart::Allowed);
        now += IDENTIFY_INTERVAL;
        assert_eq!(
            limiter.acquire(now),
            SessionStart::Exhausted(Duration::from_secs(86_390))
        );
        now += DAY;
        assert_eq!(limiter.acquire(now), SessionStart::Allowed, "a new day");
    }

    #[test]
    fn max_concurrency_shortens_the_interval() {
        let now = Instant::now();
        let limit = SessionStartLimit {
            max_concurrency: 5,
            ..SessionStartLimit::default()
        };
        let mut limiter = SessionStartLimiter::new(now, limit);
        assert_eq!(limiter.acquire(now), SessionStart::Allowed);
        assert_eq!(
            limiter.acquire(now),
            SessionStart::Wait(Duration::from_secs(1))
        );
    }

    proptest! {
        #[test]
        fn no_day_has_more_session_starts_than_allowed(gaps in prop::collection::vec(0u64..4000, 1..3000), total in 2u32..200) {
            let start = Instant::now();
            let limit = SessionStartLimit { total, remaining: total, ..SessionStartLimit::default() };
            let (mut limiter, mut now, mut days) = (SessionStartLimiter::new(start, limit), start, vec![0; 200]);
            for gap in gaps {
                now += Duration::from_secs(gap);
                if limiter.acquire(now) == SessionStart::Allowed {
                    let day = (now - start).as_secs() / DAY.as_secs();
                    days[usize::try_from(day).unwrap()] += 1;
                }
            }
            // A day begins with the first session start after the last day, so that a fixed 24 hours can overlap two.
            prop_assert!(days.iter().all(|&count| count <= 2 * total));
        }
    }
}
