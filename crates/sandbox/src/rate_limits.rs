//! Discord's rate limits, enforced when asked for. What Discord does not publish is what library authors measured.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::faults::{RateLimitScope, RateLimited};

/// For one interaction: its answer, edits and follow-ups.
const INTERACTION: BucketLimit = BucketLimit::new(5, Duration::from_secs(2));
/// For one channel.
const CHANNEL: BucketLimit = BucketLimit::new(5, Duration::from_secs(5));
/// For all routes but those of interactions.
const GLOBAL: BucketLimit = BucketLimit::new(50, Duration::from_secs(1));
/// Answers 401, 403 and 429, before Discord bars the address.
const INVALID: BucketLimit = BucketLimit::new(10_000, Duration::from_mins(10));

#[derive(Debug, Clone, Copy)]
struct BucketLimit {
    most: usize,
    within: Duration,
}

impl BucketLimit {
    const fn new(most: usize, within: Duration) -> Self {
        Self { most, within }
    }
}

/// A request that came although there had been too many.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimitViolation {
    /// When.
    pub at: Instant,
    /// The limit's name: `interaction`, `channel`, `global` or `invalid`.
    pub limit: &'static str,
    /// The path.
    pub path: String,
}

/// How a bot stands with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BucketState {
    /// Which one it is.
    pub(super) bucket: &'static str,
    /// How many requests it allows.
    pub(super) limit: usize,
    /// How many are left.
    pub(super) remaining: usize,
    /// When all are there again.
    pub(super) reset_after: Duration,
}

/// The requests of late, by what they count towards.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    enforced: bool,
    recent: HashMap<String, VecDeque<Instant>>,
    violations: Vec<RateLimitViolation>,
}

impl RateLimits {
    /// Whether requests beyond the limits are refused.
    pub(super) fn enforce(&mut self, enforced: bool) {
        self.enforced = enforced;
    }

    pub(super) fn violations(&self) -> &[RateLimitViolation] {
        &self.violations
    }

    /// Counts a request. It must be refused if this is something.
    pub(super) fn count(&mut self, at: Instant, path: &str) -> Option<RateLimited> {
        if !self.enforced {
            return None;
        }
        let (name, limit, key) = bucket(path);
        let of_interaction = name == "interaction";
        let own = self.room(at, limit, key);
        let all = (!of_interaction)
            .then(|| self.room(at, GLOBAL, ""))
            .flatten();
        let (name, wait, scope) = match (all, own) {
            (Some(wait), _) => ("global", wait, RateLimitScope::Global),
            (None, Some(wait)) => (name, wait, RateLimitScope::User),
            (None, None) => {
                self.add(at, key);
                if !of_interaction && !key.is_empty() {
                    self.add(at, "");
                }
                return None;
            }
        };
        self.violate(at, name, path);
        Some(RateLimited {
            retry_after: wait.as_secs_f64(),
            scope,
        })
    }

    /// What is left of the limit that a path counts towards, as Discord tells it with the answer.
    pub(super) fn standing(&mut self, at: Instant, path: &str) -> Option<BucketState> {
        let (bucket, limit, key) = bucket(path);
        if !self.enforced || key.is_empty() {
            return None;
        }
        let full = self.room(at, limit, key).is_some();
        let recent = self.recent.get(key)?;
        Some(BucketState {
            bucket,
            limit: limit.most,
            remaining: if full { 0 } else { limit.most - recent.len() },
            reset_after: recent
                .back()
                .map_or(Duration::ZERO, |last| *last + limit.within - at),
        })
    }

    /// Counts an answer that Discord counts as invalid.
    pub(super) fn count_answer(&mut self, at: Instant, status: u16, path: &str) {
        const KEY: &str = "an invalid request";
        if !self.enforced || ![401, 403, 429].contains(&status) {
            return;
        }
        if self.room(at, INVALID, KEY).is_some() {
            self.violate(at, "invalid", path);
        }
        self.add(at, KEY);
    }

    /// How long until there is room for one more; nothing if there is.
    fn room(&mut self, at: Instant, limit: BucketLimit, key: &str) -> Option<Duration> {
        let recent = self.recent.get_mut(key)?;
        while recent
            .front()
            .is_some_and(|first| *first + limit.within <= at)
        {
            recent.pop_front();
        }
        let first = recent.front().filter(|_| recent.len() >= limit.most)?;
        Some(*first + limit.within - at)
    }

    fn add(&mut self, at: Instant, key: &str) {
        self.recent.entry(key.to_owned()).or_default().push_back(at);
    }

    fn violate(&mut self, at: Instant, limit: &'static str, path: &str) {
        let path = path.to_owned();
        self.violations.push(RateLimitViolation { at, limit, path });
    }
}

/// What a path counts towards: the limit with its name, and whose it is; nobody's for the one of all requests.
fn bucket(path: &str) -> (&'static str, BucketLimit, &str) {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("interactions" | "webhooks"), _, Some(token)) => ("interaction", INTERACTION, token),
        (Some("channels"), Some(channel), _) => ("channel", CHANNEL, channel),
        _ => ("global", GLOBAL, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enforced() -> RateLimits {
        let mut rates = RateLimits::default();
        rates.enforce(true);
        rates
    }

    #[test]
    fn five_requests_of_one_interaction_in_two_seconds_are_all() {
        let (mut rates, now) = (enforced(), Instant::now());
        let path = "/webhooks/1/token/messages/@original";
        for n in 0..5 {
            assert!(rates.count(now + Duration::from_millis(n), path).is_none());
        }
        let refused = rates.count(now + Duration::from_secs(1), path).unwrap();
        assert!((refused.retry_after - 1.0).abs() < 0.001 && refused.scope == RateLimitScope::User);
        assert!(
            rates
                .count(now, "/webhooks/1/other/messages/@original")
                .is_none()
        );
        assert!(rates.count(now + Duration::from_secs(2), path).is_none());
        assert_eq!(rates.violations().len(), 1);
    }

    #[test]
    fn what_is_left_is_told() {
        let (mut rates, now) = (enforced(), Instant::now());
        let path = "/channels/1/messages";
        for left in (0..5).rev() {
            assert!(rates.count(now, path).is_none());
            let standing = rates.standing(now, path).unwrap();
            assert_eq!((standing.limit, standing.remaining), (5, left));
            assert_eq!(standing.reset_after, Duration::from_secs(5));
        }
        assert_eq!(rates.standing(now, "/users/@me"), None);
    }

    #[test]
    fn the_global_limit_leaves_interactions_alone() {
        let (mut rates, now) = (enforced(), Instant::now());
        for n in 0..50 {
            assert!(
                rates
                    .count(now, &format!("/channels/{n}/messages"))
                    .is_none()
            );
        }
        let refused = rates.count(now, "/users/@me").unwrap();
        assert_eq!(refused.scope, RateLimitScope::Global);
        assert!(rates.count(now, "/interactions/1/token/callback").is_none());
    }

    #[test]
    fn without_being_asked_nothing_is_limited() {
        let (mut rates, now) = (RateLimits::default(), Instant::now());
        assert!((0..100).all(|_| rates.count(now, "/webhooks/1/token").is_none()));
    }

    #[test]
    fn invalid_requests_are_counted() {
        let (mut rates, now) = (enforced(), Instant::now());
        for _ in 0..10_001 {
            rates.count_answer(now, 429, "/x");
        }
        assert_eq!(rates.violations()[0].limit, "invalid");
    }
}
