//! Client-side rate limiting: requests wait here instead of being answered with 429 by Discord. Pure: the caller passes the time.
//!
//! serenity 0.12.5 counts the responses to all interactions in one bucket, so that one busy message delays every other response.
//! [`RateLimiter`] has a bucket for each interaction and each channel instead.
//!
//! Requests have priorities. A [`RequestClass::StreamingEdit`] leaves one cell of its interaction's bucket free for the final
//! response, and it is dropped rather than queued, because a newer edit follows. As invalid requests accumulate, streaming edits
//! stop first, then [`RequestClass::Other`], then everything, long before Discord bans the IP address.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use serenity::model::id::{ChannelId, InteractionId};

use super::bucket::{Bucket, RateLimit};
use super::invalid_requests::InvalidRequests;

/// Edits and follow-ups of one interaction: 5 requests in 2 seconds (discord-api-docs#2701).
const INTERACTION: RateLimit = RateLimit::new(3, Duration::from_secs(1));
/// Streaming edits in one channel, over all its messages: 30 requests a minute.
const CHANNEL: RateLimit = RateLimit::new(12, Duration::from_millis(3_400));
/// The global limit, for requests that belong to no interaction: 50 requests a second.
const GLOBAL: RateLimit = RateLimit::new(25, Duration::from_millis(40));
/// Idle buckets are evicted once a map holds more than this many.
const MAX_IDLE_BUCKETS: usize = 1_000;

/// Streaming edits stop after this many invalid requests; Discord bans after 10,000.
const MAX_INVALID_STREAMING: u32 = 1_000;
/// Everything but responses and callbacks stops after this many invalid requests.
const MAX_INVALID_OTHER: u32 = 3_000;
/// Everything stops after this many invalid requests.
const MAX_INVALID: u32 = 8_000;

/// The kind of a request, as far as rate limits and priorities go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestClass {
    /// An intermediate edit of a message; droppable, because a newer one follows.
    StreamingEdit(BucketKey),
    /// An edit, follow-up or deletion that the user waits for.
    Response(BucketKey),
    /// The first response to an interaction. Discord does not limit callbacks.
    Callback,
    /// A request that belongs to no interaction; counts against the global limit.
    Other,
}

/// The buckets that a request about an interaction counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BucketKey {
    /// The interaction that is responded to.
    pub(super) interaction: InteractionId,
    /// The channel of the interaction.
    pub(super) channel: ChannelId,
}

/// The answer of [`RateLimiter::acquire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Send now; the request is counted already.
    Send,
    /// Ask again after this time.
    Wait(Duration),
    /// Do not send: too many invalid requests were sent lately.
    Blocked,
}

/// Discord's answer to a request, as far as rate limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Any answer but 401, 403 and 429.
    Ok,
    /// 401 or 403, which count as invalid requests.
    Invalid,
    /// 429.
    RateLimited {
        /// How long Discord asks to wait (`retry_after`).
        pause: Duration,
        /// The limit that was reached.
        scope: RateLimitScope,
    },
}

/// The value of the header `X-RateLimit-Scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RateLimitScope {
    /// This bot's limit on one route.
    User,
    /// A limit that all bots share, e.g. that of a channel. Does not count as an invalid request.
    Shared,
    /// This bot's limit over all routes.
    Global,
}

/// The buckets of all interactions, of all channels, and the global one.
#[derive(Debug)]
pub(super) struct RateLimiter {
    interactions: Buckets<InteractionId>,
    channels: Buckets<ChannelId>,
    global: Bucket,
    invalid: InvalidRequests,
}

impl RateLimiter {
    /// A limiter with all buckets free at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            interactions: Buckets::new(INTERACTION),
            channels: Buckets::new(CHANNEL),
            global: Bucket::new(now),
            invalid: InvalidRequests::default(),
        }
    }

    /// Decides whether a request may be sent at `now`, and counts it if so.
    pub(super) fn acquire(&mut self, now: Instant, class: RequestClass) -> Decision {
        let max_invalid = match class {
            RequestClass::StreamingEdit(_) => MAX_INVALID_STREAMING,
            RequestClass::Other => MAX_INVALID_OTHER,
            RequestClass::Response(_) | RequestClass::Callback => MAX_INVALID,
        };
        if self.invalid.count(now) >= max_invalid {
            return Decision::Blocked;
        }
        let wait = self.wait(now, class);
        if !wait.is_zero() {
            return Decision::Wait(wait);
        }
        match class {
            RequestClass::StreamingEdit(key) => {
                self.interactions.take(key.interaction, now);
                self.channels.take(key.channel, now);
            }
            RequestClass::Response(key) => self.interactions.take(key.interaction, now),
            RequestClass::Callback => {}
            RequestClass::Other => self.global.take(now, GLOBAL),
        }
        Decision::Send
    }

    /// Takes Discord's answer to a request into account.
    pub(super) fn record(&mut self, now: Instant, class: RequestClass, outcome: Outcome) {
        match outcome {
            Outcome::Ok => {}
            Outcome::Invalid => self.invalid.add(now),
            Outcome::RateLimited { pause, scope } => {
                if scope != RateLimitScope::Shared {
                    self.invalid.add(now);
                }
                self.pause(now, class, now + pause, scope);
            }
        }
    }

    fn wait(&self, now: Instant, class: RequestClass) -> Duration {
        match class {
            RequestClass::StreamingEdit(key) => {
                // One cell stays free for the final response.
                let interaction = self.interactions.wait(key.interaction, now, 1);
                interaction.max(self.channels.wait(key.channel, now, 0))
            }
            RequestClass::Response(key) => self.interactions.wait(key.interaction, now, 0),
            RequestClass::Callback => Duration::ZERO,
            RequestClass::Other => self.global.wait(now, GLOBAL, 0),
        }
    }

    fn pause(&mut self, now: Instant, class: RequestClass, until: Instant, scope: RateLimitScope) {
        match class {
            RequestClass::StreamingEdit(key) | RequestClass::Response(key) => {
                self.interactions.pause(key.interaction, now, until);
                // A streaming edit of another message in the channel would reach the same limit.
                self.channels.pause(key.channel, now, until);
            }
            RequestClass::Callback => {}
            RequestClass::Other => self.global.pause(until),
        }
        if scope == RateLimitScope::Global {
            self.global.pause(until);
        }
    }
}

/// Buckets of one kind, created on first use.
#[derive(Debug)]
struct Buckets<K> {
    limit: RateLimit,
    buckets: HashMap<K, Bucket>,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            buckets: HashMap::new(),
        }
    }

    fn wait(&self, key: K, now: Instant, reserved: u32) -> Duration {
        let wait = |bucket: &Bucket| bucket.wait(now, self.limit, reserved);
        self.buckets.get(&key).map_or(Duration::ZERO, wait)
    }

    fn take(&mut self, key: K, now: Instant) {
        let limit = self.limit;
        self.bucket(key, now).take(now, limit);
    }

    fn pause(&mut self, key: K, now: Instant, until: Instant) {
        self.bucket(key, now).pause(until);
    }

    /// The bucket of `key`. Evicts idle buckets first if the map is large.
    fn bucket(&mut self, key: K, now: Instant) -> &mut Bucket {
        // Only when the map would grow anyway, so that the amortised cost of a request is constant.
        let full = self.buckets.len() == self.buckets.capacity();
        if full && self.buckets.len() >= MAX_IDLE_BUCKETS {
            self.buckets.retain(|_, bucket| !bucket.is_idle(now));
        }
        let new = || Bucket::new(now);
        self.buckets.entry(key).or_insert_with(new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::invalid_requests::{SLICE, WINDOW};
    use super::*;
    use proptest::prelude::*;

    const CHANNEL_NUMBER: u64 = 2;

    fn key(interaction: u64, channel: u64) -> BucketKey {
        BucketKey {
            interaction: InteractionId::new(interaction + 1),
            channel: ChannelId::new(channel + 1),
        }
    }

    fn streaming() -> RequestClass {
        RequestClass::StreamingEdit(key(1, CHANNEL_NUMBER))
    }

    fn response() -> RequestClass {
        RequestClass::Response(key(1, CHANNEL_NUMBER))
    }

    /// The largest number of `times` within any `span`.
    fn max_within(times: &[Instant], span: Duration) -> usize {
        let count = |&start: &Instant| {
            let within = |time: &&Instant| **time >= start && **time - start < span;
            times.iter().filter(within).count()
        };
        times.iter().map(count).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_sequence_of_requests_exceeds_a_limit(
            requests in prop::collection::vec((0u64..400, 0u8..4, 0u64..3, 0u64..2), 1..600),
        ) {
            let start = Instant::now();
            let (mut limiter, mut now) = (RateLimiter::new(start), start);
            let (mut interactions, mut channels, mut global) = (vec![Vec::new(); 3], vec![Vec::new(); 2], Vec::new());
            for (gap, kind, interaction, channel) in requests {
                now += Duration::from_millis(gap);
                let key = key(interaction, channel);
                let class = [
                    RequestClass::StreamingEdit(key),
                    RequestClass::Response(key),
                    RequestClass::Callback,
                    RequestClass::Other,
                ][usize::from(kind)];
                if limiter.acquire(now, class) != Decision::Send {
                    continue;
                }
                let interaction = &mut interactions[usize::try_from(interaction).unwrap()];
                match class {
                    RequestClass::StreamingEdit(_) => {
                        interaction.push(now);
                        channels[usize::try_from(channel).unwrap()].push(now);
                    }
                    RequestClass::Response(_) => interaction.push(now),
                    RequestClass::Callback => {}
                    RequestClass::Other => global.push(now),
                }
            }
            for times in &interactions {
                prop_assert!(max_within(times, Duration::from_secs(2)) <= 5);
            }
            for times in &channels {
                prop_assert!(max_within(times, Duration::from_mins(1)) <= 30);
            }
            prop_assert!(max_within(&global, Duration::from_secs(1)) <= 50);
        }

        #[test]
        fn streaming_edits_never_delay_a_response(gaps in prop::collection::vec(0u64..2000, 1..200)) {
            let start = Instant::now();
            let (mut limiter, mut now) = (RateLimiter::new(start), start);
            for gap in gaps {
                now += Duration::from_millis(gap);
                let _ = limiter.acquire(now, streaming());
            }
            prop_assert_eq!(limiter.acquire(now, response()), Decision::Send);
        }

        #[test]
        fn a_request_may_be_sent_after_the_wait_it_was_given(before in prop::collection::vec(0u64..300, 0..60)) {
            let start = Instant::now();
            let (mut limiter, mut now) = (RateLimiter::new(start), start);
            for gap in before {
                now += Duration::from_millis(gap);
                let _ = limiter.acquire(now, streaming());
                let _ = limiter.acquire(now, RequestClass::Other);
            }
            for class in [streaming(), response(), RequestClass::Other] {
                if let Decision::Wait(wait) = limiter.acquire(now, class) {
                    now += wait;
                    prop_assert_eq!(limiter.acquire(now, class), Decision::Send);
                }
            }
        }
    }

    fn limited(seconds: u64, scope: RateLimitScope) -> Outcome {
        let pause = Duration::from_secs(seconds);
        Outcome::RateLimited { pause, scope }
    }

    #[test]
    fn a_429_pauses_streaming_in_its_channel_and_only_its_own_responses() {
        let now = Instant::now();
        let mut limiter = RateLimiter::new(now);
        limiter.record(now, streaming(), limited(7, RateLimitScope::User));
        let neighbour = key(9, CHANNEL_NUMBER);
        let paused = Decision::Wait(Duration::from_secs(7));
        for (class, expected) in [
            (RequestClass::StreamingEdit(neighbour), paused),
            (response(), paused),
            (RequestClass::Response(neighbour), Decision::Send),
            (RequestClass::StreamingEdit(key(9, 9)), Decision::Send),
            (RequestClass::Callback, Decision::Send),
        ] {
            assert_eq!(limiter.acquire(now, class), expected, "{class:?}");
        }
    }

    #[test]
    fn a_global_429_does_not_pause_responses_to_interactions() {
        let now = Instant::now();
        let mut limiter = RateLimiter::new(now);
        limiter.record(now, RequestClass::Other, limited(3, RateLimitScope::Global));
        let paused = Decision::Wait(Duration::from_secs(3));
        assert_eq!(limiter.acquire(now, RequestClass::Other), paused);
        assert_eq!(limiter.acquire(now, response()), Decision::Send);
    }

    #[test]
    fn invalid_requests_block_streaming_first_then_others_then_everything_until_the_window_has_passed()
     {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(start);
        let mut changes = Vec::new();
        let at = |count: u32| start + Duration::from_millis(u64::from(count) * 60);
        for count in 0..=MAX_INVALID {
            let now = at(count);
            let unused = key(u64::from(count) + 9, u64::from(count) + 9);
            let blocked = [
                RequestClass::StreamingEdit(unused),
                RequestClass::Other,
                RequestClass::Callback,
            ]
            .map(|class| limiter.acquire(now, class) == Decision::Blocked);
            if changes.last().is_none_or(|(_, before)| *before != blocked) {
                changes.push((count, blocked));
            }
            let outcome = if count % 2 == 0 {
                Outcome::Invalid
            } else {
                limited(0, RateLimitScope::User)
            };
            limiter.record(now, response(), outcome);
        }
        let expected = [
            (0, [false, false, false]),
            (MAX_INVALID_STREAMING, [true, false, false]),
            (MAX_INVALID_OTHER, [true, true, false]),
            (MAX_INVALID, [true, true, true]),
        ];
        assert_eq!(changes, expected);
        let later = at(MAX_INVALID) + WINDOW + SLICE * 2;
        assert_eq!(limiter.acquire(later, streaming()), Decision::Send);
    }

    #[test]
    fn a_shared_429_is_no_invalid_request() {
        let now = Instant::now();
        let mut limiter = RateLimiter::new(now);
        for _ in 0..MAX_INVALID_STREAMING {
            limiter.record(now, response(), limited(1, RateLimitScope::Shared));
        }
        assert_eq!(limiter.invalid.count(now), 0);
    }

    #[test]
    fn idle_buckets_are_evicted() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(start);
        for n in 0..200_000 {
            let now = start + Duration::from_millis(n * 10);
            let _ = limiter.acquire(now, RequestClass::StreamingEdit(key(n, n)));
        }
        let interactions = limiter.interactions.buckets.len();
        let kept = interactions.max(limiter.channels.buckets.len());
        assert!(kept < 4 * MAX_IDLE_BUCKETS, "{kept}");
    }
}
