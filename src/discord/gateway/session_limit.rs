//! How often the bot may begin a new session. Discord takes the token away from a bot that does it too often. Pure.

use std::time::{Duration, Instant};

/// Between two new sessions of shards of one kind.
const IDENTIFY_INTERVAL: Duration = Duration::from_secs(5);
/// Over which new sessions are counted.
const DAY: Duration = Duration::from_hours(24);
/// So many are left for whoever has to start the bot by hand.
const RESERVED: u32 = 20;

/// What Discord says a bot may do, as of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) struct SessionStartLimit {
    /// New sessions a day.
    pub(in crate::discord) total: u32,
    /// Those that are left of it.
    pub(in crate::discord) remaining: u32,
    /// When there are as many as ever again.
    pub(in crate::discord) reset_after: Duration,
    /// So many may begin at once.
    pub(in crate::discord) max_concurrency: u32,
}

impl Default for SessionStartLimit {
    /// What every bot may do, for servers that say nothing.
    fn default() -> Self {
        Self {
            total: 1_000,
            remaining: 1_000,
            reset_after: DAY,
            max_concurrency: 1,
        }
    }
}

/// Whether a session may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum SessionStart {
    /// Now. It is counted.
    Allowed,
    /// When this time has passed.
    Wait(Duration),
    /// Not for this time: too many have begun.
    Exhausted(Duration),
}

/// The sessions that have begun and may yet.
#[derive(Debug)]
pub(in crate::discord) struct SessionStartLimiter {
    limit: SessionStartLimit,
    remaining: u32,
    resets: Instant,
    next: Instant,
}

impl SessionStartLimiter {
    pub(in crate::discord) fn new(now: Instant, limit: SessionStartLimit) -> Self {
        Self {
            limit,
            remaining: limit.remaining,
            resets: now + limit.reset_after,
            next: now,
        }
    }

    pub(in crate::discord) fn ask(&mut self, now: Instant) -> SessionStart {
        if now >= self.resets {
            (self.remaining, self.resets) = (self.limit.total, now + DAY);
        }
        if self.remaining <= RESERVED.min(self.limit.total / 2) {
            return SessionStart::Exhausted(self.resets - now);
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
    fn sessions_begin_apart_and_some_are_left_for_people() {
        let mut now = Instant::now();
        let limit = SessionStartLimit {
            remaining: RESERVED + 2,
            ..SessionStartLimit::default()
        };
        let mut session_starts = SessionStartLimiter::new(now, limit);
        assert_eq!(session_starts.ask(now), SessionStart::Allowed);
        assert_eq!(
            session_starts.ask(now),
            SessionStart::Wait(IDENTIFY_INTERVAL)
        );
        now += IDENTIFY_INTERVAL;
        assert_eq!(session_starts.ask(now), SessionStart::Allowed);
        now += IDENTIFY_INTERVAL;
        assert_eq!(
            session_starts.ask(now),
            SessionStart::Exhausted(Duration::from_secs(86_390))
        );
        now += DAY;
        assert_eq!(session_starts.ask(now), SessionStart::Allowed, "a new day");
    }

    #[test]
    fn several_may_begin_at_once_where_discord_says_so() {
        let now = Instant::now();
        let limit = SessionStartLimit {
            max_concurrency: 5,
            ..SessionStartLimit::default()
        };
        let mut session_starts = SessionStartLimiter::new(now, limit);
        assert_eq!(session_starts.ask(now), SessionStart::Allowed);
        assert_eq!(
            session_starts.ask(now),
            SessionStart::Wait(Duration::from_secs(1))
        );
    }

    proptest! {
        #[test]
        fn no_day_has_more_sessions_than_allowed(gaps in prop::collection::vec(0u64..4000, 1..3000), total in 2u32..200) {
            let start = Instant::now();
            let limit = SessionStartLimit { total, remaining: total, ..SessionStartLimit::default() };
            let (mut session_starts, mut now, mut days) = (SessionStartLimiter::new(start, limit), start, vec![0; 200]);
            for gap in gaps {
                now += Duration::from_secs(gap);
                if session_starts.ask(now) == SessionStart::Allowed {
                    let day = (now - start).as_secs() / DAY.as_secs();
                    days[usize::try_from(day).unwrap()] += 1;
                }
            }
            // A new count begins with the first session after a day has passed, so that a calendar day can see two.
            prop_assert!(days.iter().all(|&count| count <= 2 * total));
        }
    }
}
