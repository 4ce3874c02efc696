//! One rate limit bucket, by the generic cell rate algorithm (GCRA). Pure: the caller passes the time.
//!
//! `governor` implements the same algorithm, but it takes a cell whenever it answers "yes". The limiter here first looks at two
//! buckets and takes from both or from neither, keeps cells in reserve, and obeys pauses that Discord asks for.

use std::time::{Duration, Instant};

/// A limit of `burst` requests at once plus one request per `interval`.
///
/// Any time span `t` sees at most `burst + t / interval` requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateLimit {
    burst: u32,
    interval: Duration,
}

impl RateLimit {
    /// A limit with a `burst` of at least 1.
    pub(super) const fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval }
    }
}

/// The state of one bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    /// GCRA's theoretical arrival time: when all cells are free again.
    arrival: Instant,
    /// The end of the last pause that Discord asked for (`retry_after` of a 429).
    paused_until: Instant,
}

impl Bucket {
    /// A bucket with all cells free at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            arrival: now,
            paused_until: now,
        }
    }

    /// The time from `now` until a request may be sent that leaves `reserved` cells free. Zero if it may be sent now.
    ///
    /// `reserved` must be less than the limit's burst.
    pub(super) fn wait(&self, now: Instant, limit: RateLimit, reserved: u32) -> Duration {
        let tolerance = limit.interval * (limit.burst - 1 - reserved);
        let cell = self
            .arrival
            .saturating_duration_since(now)
            .saturating_sub(tolerance);
        cell.max(self.paused_until.saturating_duration_since(now))
    }

    /// Takes one cell.
    pub(super) fn take(&mut self, now: Instant, limit: RateLimit) {
        self.arrival = self.arrival.max(now) + limit.interval;
    }

    /// Blocks the bucket until `until`. A pause that ends later stays in force.
    pub(super) fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(until);
    }

    /// Whether the bucket equals a new one, so that it can be evicted.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.arrival <= now && self.paused_until <= now
    }
}
