//! Discord's rate limits, as sliding windows that are enforced on request.
//!
//! Discord does not publish the limits of single routes. The buckets here are those that library authors measured.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::faults::{LimitScope, RateLimited};

/// Limit of the routes of one interaction: response, edits and follow-ups.
const INTERACTION: BucketLimit = BucketLimit::new(5, Duration::from_secs(2));
/// Limit of the routes of one channel.
const CHANNEL: BucketLimit = BucketLimit::new(5, Duration::from_secs(5));
/// Global limit of all routes except those of interactions.
const GLOBAL: BucketLimit = BucketLimit::new(50, Duration::from_secs(1));
/// Invalid request limit: responses with status 401, 403 or 429. Discord bans the IP address beyond it.
const INVALID: BucketLimit = BucketLimit::new(10_000, Duration::from_mins(10));

/// Key of the window of the global limit.
const GLOBAL_KEY: &str = "";
/// Key of the window of the invalid request limit.
const INVALID_KEY: &str = "an invalid request";

/// A maximum number of requests per time window.
#[derive(Debug, Clone, Copy)]
struct BucketLimit {
    requests: usize,
    window: Duration,
}

impl BucketLimit {
    const fn new(requests: usize, window: Duration) -> Self {
        Self { requests, window }
    }
}

/// A request that exceeded a rate limit.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimitViolation {
    /// Time of arrival.
    pub at: Instant,
    /// Name of the limit: `interaction`, `channel`, `global` or `invalid`.
    pub limit: &'static str,
    /// Path of the request, without `/api` and the version.
    pub path: String,
}

/// The state of a bucket, as Discord reports it in `X-RateLimit-` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BucketState {
    /// Name of the bucket.
    pub(super) bucket: &'static str,
    /// Maximum number of requests per window.
    pub(super) limit: usize,
    /// Number of requests left in the window.
    pub(super) remaining: usize,
    /// Time until the bucket is empty again.
    pub(super) reset_after: Duration,
}

/// The bucket that a path belongs to.
struct RouteBucket<'a> {
    name: &'static str,
    limit: BucketLimit,
    /// Key of the bucket's window: an interaction token or a channel id; `GLOBAL_KEY` for paths without a bucket of
    /// their own.
    key: &'a str,
}

impl<'a> RouteBucket<'a> {
    fn of(path: &'a str) -> Self {
        let mut segments = path.split('/').skip(1);
        let (name, limit, key) = match (segments.next(), segments.next(), segments.next()) {
            (Some("interactions" | "webhooks"), _, Some(token)) => {
                ("interaction", INTERACTION, token)
            }
            (Some("channels"), Some(channel), _) => ("channel", CHANNEL, channel),
            _ => ("global", GLOBAL, GLOBAL_KEY),
        };
        Self { name, limit, key }
    }

    fn of_interaction(&self) -> bool {
        self.name == "interaction"
    }
}

/// The recent requests of the bot by bucket.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    enforced: bool,
    windows: HashMap<String, VecDeque<Instant>>,
    violations: Vec<RateLimitViolation>,
}

impl RateLimits {
    /// Switches enforcement on or off.
    pub(super) fn enforce(&mut self, enforced: bool) {
        self.enforced = enforced;
    }

    /// The violations so far, oldest first.
    pub(super) fn violations(&self) -> &[RateLimitViolation] {
        &self.violations
    }

    /// Counts a request at time `at`. Returns the 429 response if the request exceeds a limit; such a request is
    /// recorded as a violation and not counted.
    pub(super) fn check(&mut self, at: Instant, path: &str) -> Option<RateLimited> {
        if !self.enforced {
            return None;
        }
        let bucket = RouteBucket::of(path);
        let own_wait = self.wait(at, bucket.limit, bucket.key);
        let global_wait = (!bucket.of_interaction())
            .then(|| self.wait(at, GLOBAL, GLOBAL_KEY))
            .flatten();
        let (limit, wait, scope) = match (global_wait, own_wait) {
            (Some(wait), _) => ("global", wait, LimitScope::Global),
            (None, Some(wait)) => (bucket.name, wait, LimitScope::User),
            (None, None) => {
                self.add(at, bucket.key);
                if !bucket.of_interaction() && bucket.key != GLOBAL_KEY {
                    self.add(at, GLOBAL_KEY);
                }
                return None;
            }
        };
        self.record_violation(at, limit, path);
        Some(RateLimited {
            retry_after: wait.as_secs_f64(),
            scope,
        })
    }

    /// The state of the bucket of a path; `None` if limits are not enforced or the path has no bucket of its own.
    pub(super) fn bucket_state(&mut self, at: Instant, path: &str) -> Option<BucketState> {
        let RouteBucket { name, limit, key } = RouteBucket::of(path);
        if !self.enforced || key == GLOBAL_KEY {
            return None;
        }
        let exhausted = self.wait(at, limit, key).is_some();
        let window = self.windows.get(key)?;
        Some(BucketState {
            bucket: name,
            limit: limit.requests,
            remaining: if exhausted {
                0
            } else {
                limit.requests - window.len()
            },
            reset_after: window
                .back()
                .map_or(Duration::ZERO, |last| *last + limit.window - at),
        })
    }

    /// Counts a response towards the invalid request limit if its status is 401, 403 or 429.
    pub(super) fn record_response(&mut self, at: Instant, status: u16, path: &str) {
        if !self.enforced || ![401, 403, 429].contains(&status) {
            return;
        }
        if self.wait(at, INVALID, INVALID_KEY).is_some() {
            self.record_violation(at, "invalid", path);
        }
        self.add(at, INVALID_KEY);
    }

    /// Time until the window with this key admits another request; `None` if it does now.
    fn wait(&mut self, at: Instant, limit: BucketLimit, key: &str) -> Option<Duration> {
        let window = self.windows.get_mut(key)?;
        while window
            .front()
            .is_some_and(|first| *first + limit.window <= at)
        {
            window.pop_front();
        }
        let first = window.front().filter(|_| window.len() >= limit.requests)?;
        Some(*first + limit.window - at)
    }

    fn add(&mut self, at: Instant, key: &str) {
        self.windows
            .entry(key.to_owned())
            .or_default()
            .push_back(at);
    }

    fn record_violation(&mut self, at: Instant, limit: &'static str, path: &str) {
        let path = path.to_owned();
        self.violations.push(RateLimitViolation { at, limit, path });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enforced() -> RateLimits {
        let mut limits = RateLimits::default();
        limits.enforce(true);
        limits
    }

    #[test]
    fn the_sixth_request_of_an_interaction_within_two_seconds_is_rejected() {
        let (mut limits, now) = (enforced(), Instant::now());
        let path = "/webhooks/1/token/messages/@original";
        for n in 0..5 {
            assert!(limits.check(now + Duration::from_millis(n), path).is_none());
        }
        let refused = limits.check(now + Duration::from_secs(1), path).unwrap();
        assert!((refused.retry_after - 1.0).abs() < 0.001 && refused.scope == LimitScope::User);
        assert!(
            limits
                .check(now, "/webhooks/1/other/messages/@original")
                .is_none()
        );
        assert!(limits.check(now + Duration::from_secs(2), path).is_none());
        assert_eq!(limits.violations().len(), 1);
    }

    #[test]
    fn the_state_of_a_bucket_counts_down() {
        let (mut limits, now) = (enforced(), Instant::now());
        let path = "/channels/1/messages";
        for left in (0..5).rev() {
            assert!(limits.check(now, path).is_none());
            let bucket = limits.bucket_state(now, path).unwrap();
            assert_eq!((bucket.limit, bucket.remaining), (5, left));
            assert_eq!(bucket.reset_after, Duration::from_secs(5));
        }
        assert_eq!(limits.bucket_state(now, "/users/@me"), None);
    }

    #[test]
    fn the_global_limit_exempts_interactions() {
        let (mut limits, now) = (enforced(), Instant::now());
        for n in 0..50 {
            assert!(
                limits
                    .check(now, &format!("/channels/{n}/messages"))
                    .is_none()
            );
        }
        let refused = limits.check(now, "/users/@me").unwrap();
        assert_eq!(refused.scope, LimitScope::Global);
        assert!(
            limits
                .check(now, "/interactions/1/token/callback")
                .is_none()
        );
    }

    #[test]
    fn limits_are_off_until_they_are_enforced() {
        let (mut limits, now) = (RateLimits::default(), Instant::now());
        assert!((0..100).all(|_| limits.check(now, "/webhooks/1/token").is_none()));
    }

    #[test]
    fn invalid_requests_beyond_the_limit_are_violations() {
        let (mut limits, now) = (enforced(), Instant::now());
        for _ in 0..10_001 {
            limits.record_response(now, 429, "/x");
        }
        assert_eq!(limits.violations()[0].limit, "invalid");
    }
}
