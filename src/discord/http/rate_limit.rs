//! Which request may be sent when: Discord's limits are kept before Discord has to say so. Pure; time is handed in.
//!
//! Frames of texts in the making are the first to go without: they take no place that an answer needs, and a frame that may
//! not be sent now is never queued, since a newer one comes anyway. Answers wait for their place; callbacks have no limit.
//! Discord bans an address after 10,000 refused requests in ten minutes, so much earlier frames stop, then everything but
//! answers, then everything.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Edits and further messages of one interaction: five in two seconds (discord-api-docs#2701).
const INTERACTION: RateLimit = RateLimit::new(3, Duration::from_secs(1));
/// Frames in one channel: thirty in a minute, whoever they belong to.
const CHANNEL: RateLimit = RateLimit::new(12, Duration::from_millis(3_400));
/// Requests that belong to no interaction: fifty a second.
const GLOBAL: RateLimit = RateLimit::new(25, Duration::from_millis(40));
/// Limits that are as good as new are forgotten when there are more than so many.
const MAX_IDLE_BUCKETS: usize = 1_000;

/// Refused requests are counted over this time.
const REFUSAL_WINDOW: Duration = Duration::from_mins(10);
/// In stretches of this length.
const REFUSAL_SLICE: Duration = Duration::from_secs(10);
/// Of 10,000, after so many no more frames are sent.
const MAX_REFUSALS_STREAMING: u32 = 1_000;
/// After so many, only answers are.
const MAX_REFUSALS_OTHER: u32 = 3_000;
/// After so many, nothing is.
const MAX_REFUSALS: u32 = 8_000;

/// What a request is to Discord's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum RequestClass {
    /// One of many states of a message; the next one is as good.
    StreamingEdit(BucketKey),
    /// What somebody waits for.
    Response(BucketKey),
    /// The first word on an interaction.
    Callback,
    /// What belongs to no interaction.
    Other,
}

/// Where requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) struct BucketKey {
    /// The interaction that is answered.
    pub(in crate::discord) interaction: u64,
    /// The channel in which it was begun.
    pub(in crate::discord) channel: u64,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum Decision {
    /// Now. Its place is taken.
    Send,
    /// Not before this time has passed.
    Wait(Duration),
    /// Too many requests were refused.
    Blocked,
}

/// Discord's answer as far as limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum Outcome {
    /// Whatever is no refusal of the request as such.
    Ok,
    /// 401 or 403.
    Rejected,
    /// 429.
    RateLimited {
        /// How long Discord wants to be left alone.
        pause: Duration,
        /// Whose limit was reached.
        scope: RateLimitScope,
    },
}

/// Whose limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum RateLimitScope {
    /// This bot's, on this route.
    User,
    /// Everybody's at this place; not held against the bot.
    Shared,
    /// This bot's, everywhere.
    Global,
}

/// So many at once, and one more each time `each` has passed: at most `burst + time / each` in any stretch of time.
#[derive(Debug, Clone, Copy)]
struct RateLimit {
    burst: u32,
    each: Duration,
}

impl RateLimit {
    const fn new(burst: u32, each: Duration) -> Self {
        Self { burst, each }
    }
}

/// The generic cell rate algorithm: when the last place taken will be free again.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    free: Instant,
    /// Discord's own word.
    paused: Instant,
}

impl Bucket {
    fn new(now: Instant) -> Self {
        Self {
            free: now,
            paused: now,
        }
    }

    /// How long to wait for a place, with `spared` places left for others.
    fn wait(&self, now: Instant, rate: RateLimit, spared: u32) -> Duration {
        let ahead = rate.each * (rate.burst - 1 - spared);
        let place = self
            .free
            .saturating_duration_since(now)
            .saturating_sub(ahead);
        place.max(self.paused.saturating_duration_since(now))
    }

    fn take(&mut self, now: Instant, rate: RateLimit) {
        self.free = self.free.max(now) + rate.each;
    }

    fn pause(&mut self, until: Instant) {
        self.paused = self.paused.max(until);
    }

    fn is_new(&self, now: Instant) -> bool {
        self.free <= now && self.paused <= now
    }
}

/// All of Discord's limits as they stand.
#[derive(Debug)]
pub(in crate::discord) struct RateLimiter {
    interactions: HashMap<u64, Bucket>,
    channels: HashMap<u64, Bucket>,
    global: Bucket,
    /// Refused requests, by the stretch of time in which they began.
    refused: VecDeque<(Instant, u32)>,
}

impl RateLimiter {
    pub(in crate::discord) fn new(now: Instant) -> Self {
        Self {
            interactions: HashMap::new(),
            channels: HashMap::new(),
            global: Bucket::new(now),
            refused: VecDeque::new(),
        }
    }

    /// Whether a request may be sent now.
    pub(in crate::discord) fn ask(&mut self, now: Instant, class: RequestClass) -> Decision {
        let refused = self.refusals(now);
        let most = match class {
            RequestClass::StreamingEdit(_) => MAX_REFUSALS_STREAMING,
            RequestClass::Other => MAX_REFUSALS_OTHER,
            RequestClass::Response(_) | RequestClass::Callback => MAX_REFUSALS,
        };
        if refused >= most {
            return Decision::Blocked;
        }
        let wait = self.wait(now, class);
        if !wait.is_zero() {
            return Decision::Wait(wait);
        }
        match class {
            RequestClass::StreamingEdit(bucket_key) => {
                bucket(&mut self.interactions, bucket_key.interaction, now).take(now, INTERACTION);
                bucket(&mut self.channels, bucket_key.channel, now).take(now, CHANNEL);
            }
            RequestClass::Response(bucket_key) => {
                bucket(&mut self.interactions, bucket_key.interaction, now).take(now, INTERACTION);
            }
            RequestClass::Callback => {}
            RequestClass::Other => self.global.take(now, GLOBAL),
        }
        Decision::Send
    }

    fn wait(&self, now: Instant, class: RequestClass) -> Duration {
        let of = |buckets: &HashMap<u64, Bucket>, id: u64, rate: RateLimit, spared: u32| {
            buckets
                .get(&id)
                .map_or(Duration::ZERO, |bucket| bucket.wait(now, rate, spared))
        };
        match class {
            // One place is always left for the answer.
            RequestClass::StreamingEdit(bucket_key) => of(
                &self.interactions,
                bucket_key.interaction,
                INTERACTION,
                1,
            )
            .max(of(&self.channels, bucket_key.channel, CHANNEL, 0)),
            RequestClass::Response(bucket_key) => {
                of(&self.interactions, bucket_key.interaction, INTERACTION, 0)
            }
            RequestClass::Callback => Duration::ZERO,
            RequestClass::Other => self.global.wait(now, GLOBAL, 0),
        }
    }

    /// Learns from Discord's answer.
    pub(in crate::discord) fn learn(
        &mut self,
        now: Instant,
        class: RequestClass,
        outcome: Outcome,
    ) {
        match outcome {
            Outcome::Ok => {}
            Outcome::Rejected => self.count(now),
            Outcome::RateLimited { pause, scope } => {
                if scope != RateLimitScope::Shared {
                    self.count(now);
                }
                self.pause(now, class, now + pause, scope);
            }
        }
    }

    fn pause(&mut self, now: Instant, class: RequestClass, until: Instant, scope: RateLimitScope) {
        match class {
            RequestClass::StreamingEdit(bucket_key) | RequestClass::Response(bucket_key) => {
                bucket(&mut self.interactions, bucket_key.interaction, now).pause(until);
                // Another frame in the same place would meet the same limit.
                bucket(&mut self.channels, bucket_key.channel, now).pause(until);
            }
            RequestClass::Callback => {}
            RequestClass::Other => self.global.pause(until),
        }
        if scope == RateLimitScope::Global {
            self.global.pause(until);
        }
    }

    fn count(&mut self, now: Instant) {
        match self.refused.back_mut() {
            Some((began, count)) if now.saturating_duration_since(*began) < REFUSAL_SLICE => {
                *count += 1;
            }
            _ => self.refused.push_back((now, 1)),
        }
    }

    /// Requests refused lately. A stretch counts until all of it is past.
    pub(in crate::discord) fn refusals(&mut self, now: Instant) -> u32 {
        let past =
            |began: Instant| now.saturating_duration_since(began) > REFUSAL_WINDOW + REFUSAL_SLICE;
        while self.refused.front().is_some_and(|(began, _)| past(*began)) {
            self.refused.pop_front();
        }
        self.refused.iter().map(|(_, count)| count).sum()
    }
}

/// The meter of `id`; makes room first if there are many.
fn bucket(buckets: &mut HashMap<u64, Bucket>, id: u64, now: Instant) -> &mut Bucket {
    // Looked through only when the map would grow anyway, so that it costs little for each request.
    if buckets.len() >= MAX_IDLE_BUCKETS && buckets.len() == buckets.capacity() {
        buckets.retain(|_, bucket| !bucket.is_new(now));
    }
    buckets.entry(id).or_insert_with(|| Bucket::new(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: BucketKey = BucketKey {
        interaction: 1,
        channel: 2,
    };

    fn bucket_key(interaction: u64, channel: u64) -> BucketKey {
        BucketKey {
            interaction,
            channel,
        }
    }

    /// The most of `times` within any `span`.
    fn most_within(times: &[Instant], span: Duration) -> usize {
        let count = |&start: &Instant| {
            let within = |time: &&Instant| **time >= start && **time - start < span;
            times.iter().filter(within).count()
        };
        times.iter().map(count).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_limit_is_ever_exceeded_however_requests_come(
            asks in prop::collection::vec((0u64..400, 0u8..4, 0u64..3, 0u64..2), 1..600),
        ) {
            let start = Instant::now();
            let (mut rate_limiter, mut now) = (RateLimiter::new(start), start);
            let (mut interactions, mut channels, mut global) = (vec![Vec::new(); 3], vec![Vec::new(); 2], Vec::new());
            for (pause, kind, interaction, channel) in asks {
                now += Duration::from_millis(pause);
                let bucket_key = bucket_key(interaction, channel);
                let class = [RequestClass::StreamingEdit(bucket_key), RequestClass::Response(bucket_key), RequestClass::Callback, RequestClass::Other][usize::from(kind)];
                if rate_limiter.ask(now, class) == Decision::Send {
                    match class {
                        RequestClass::StreamingEdit(_) => {
                            interactions[usize::try_from(interaction).unwrap()].push(now);
                            channels[usize::try_from(channel).unwrap()].push(now);
                        }
                        RequestClass::Response(_) => interactions[usize::try_from(interaction).unwrap()].push(now),
                        RequestClass::Callback => {}
                        RequestClass::Other => global.push(now),
                    }
                }
            }
            for times in &interactions {
                prop_assert!(most_within(times, Duration::from_secs(2)) <= 5);
            }
            for times in &channels {
                prop_assert!(most_within(times, Duration::from_mins(1)) <= 30);
            }
            prop_assert!(most_within(&global, Duration::from_secs(1)) <= 50);
        }

        #[test]
        fn an_answer_never_waits_because_of_frames(gaps in prop::collection::vec(0u64..2000, 1..200)) {
            let start = Instant::now();
            let (mut rate_limiter, mut now) = (RateLimiter::new(start), start);
            for gap in gaps {
                now += Duration::from_millis(gap);
                let _ = rate_limiter.ask(now, RequestClass::StreamingEdit(KEY));
            }
            prop_assert_eq!(rate_limiter.ask(now, RequestClass::Response(KEY)), Decision::Send);
        }

        #[test]
        fn whoever_waits_as_long_as_told_may_go(before in prop::collection::vec(0u64..300, 0..60)) {
            let start = Instant::now();
            let (mut rate_limiter, mut now) = (RateLimiter::new(start), start);
            for gap in before {
                now += Duration::from_millis(gap);
                let _ = rate_limiter.ask(now, RequestClass::StreamingEdit(KEY));
                let _ = rate_limiter.ask(now, RequestClass::Other);
            }
            for class in [RequestClass::StreamingEdit(KEY), RequestClass::Response(KEY), RequestClass::Other] {
                if let Decision::Wait(wait) = rate_limiter.ask(now, class) {
                    now += wait;
                    prop_assert_eq!(rate_limiter.ask(now, class), Decision::Send);
                }
            }
        }
    }

    fn limited(pause: u64, scope: RateLimitScope) -> Outcome {
        let pause = Duration::from_secs(pause);
        Outcome::RateLimited { pause, scope }
    }

    #[test]
    fn what_discord_says_is_kept_in_the_whole_channel_but_answers_there_go_on() {
        let now = Instant::now();
        let mut rate_limiter = RateLimiter::new(now);
        rate_limiter.learn(
            now,
            RequestClass::StreamingEdit(KEY),
            limited(7, RateLimitScope::User),
        );
        let wait = Decision::Wait(Duration::from_secs(7));
        assert_eq!(
            rate_limiter.ask(now, RequestClass::StreamingEdit(bucket_key(9, KEY.channel))),
            wait
        );
        assert_eq!(rate_limiter.ask(now, RequestClass::Response(KEY)), wait);
        assert_eq!(
            rate_limiter.ask(now, RequestClass::Response(bucket_key(9, KEY.channel))),
            Decision::Send
        );
        assert_eq!(
            rate_limiter.ask(now, RequestClass::StreamingEdit(bucket_key(9, 9))),
            Decision::Send
        );
        assert_eq!(
            rate_limiter.ask(now, RequestClass::Callback),
            Decision::Send
        );
    }

    #[test]
    fn a_global_limit_pauses_what_it_is_for() {
        let now = Instant::now();
        let mut rate_limiter = RateLimiter::new(now);
        rate_limiter.learn(now, RequestClass::Other, limited(3, RateLimitScope::Global));
        assert_eq!(
            rate_limiter.ask(now, RequestClass::Other),
            Decision::Wait(Duration::from_secs(3))
        );
        assert_eq!(
            rate_limiter.ask(now, RequestClass::Response(KEY)),
            Decision::Send,
            "interactions are exempt"
        );
    }

    #[test]
    fn refusals_stop_frames_first_then_all_but_answers_then_everything_and_are_forgotten() {
        let start = Instant::now();
        let mut rate_limiter = RateLimiter::new(start);
        let mut stopped = Vec::new();
        for count in 0..=MAX_REFUSALS {
            let now = start + Duration::from_millis(u64::from(count) * 60);
            let broken: Vec<bool> = [
                RequestClass::StreamingEdit(bucket_key(u64::from(count), u64::from(count))),
                RequestClass::Other,
                RequestClass::Callback,
            ]
            .into_iter()
            .map(|class| rate_limiter.ask(now, class) == Decision::Blocked)
            .collect();
            if stopped.last().is_none_or(|(_, before)| *before != broken) {
                stopped.push((count, broken));
            }
            let outcome = if count % 2 == 0 {
                Outcome::Rejected
            } else {
                limited(0, RateLimitScope::User)
            };
            rate_limiter.learn(now, RequestClass::Response(KEY), outcome);
        }
        assert_eq!(
            stopped,
            [
                (0, vec![false, false, false]),
                (MAX_REFUSALS_STREAMING, vec![true, false, false]),
                (MAX_REFUSALS_OTHER, vec![true, true, false]),
                (MAX_REFUSALS, vec![true, true, true]),
            ]
        );
        let later = start
            + Duration::from_millis(u64::from(MAX_REFUSALS) * 60)
            + REFUSAL_WINDOW
            + REFUSAL_SLICE * 2;
        assert_eq!(
            rate_limiter.ask(later, RequestClass::StreamingEdit(KEY)),
            Decision::Send
        );
    }

    #[test]
    fn a_shared_limit_is_not_held_against_the_bot() {
        let now = Instant::now();
        let mut rate_limiter = RateLimiter::new(now);
        for _ in 0..MAX_REFUSALS_STREAMING {
            rate_limiter.learn(
                now,
                RequestClass::Response(KEY),
                limited(1, RateLimitScope::Shared),
            );
        }
        assert_eq!(rate_limiter.refusals(now), 0);
    }

    #[test]
    fn what_is_over_takes_no_room() {
        let start = Instant::now();
        let mut rate_limiter = RateLimiter::new(start);
        for n in 0..200_000 {
            let now = start + Duration::from_millis(n * 10);
            let _ = rate_limiter.ask(now, RequestClass::StreamingEdit(bucket_key(n, n)));
        }
        let kept = rate_limiter
            .interactions
            .len()
            .max(rate_limiter.channels.len());
        assert!(kept < 4 * MAX_IDLE_BUCKETS, "{kept}");
    }
}
