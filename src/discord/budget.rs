//! Which request may be sent when: Discord's limits are kept before Discord has to say so. Pure; time is handed in.
//!
//! Frames of texts in the making are the first to go without: they take no place that an answer needs, and a frame that may
//! not be sent now is never queued, since a newer one comes anyway. Answers wait for their place; callbacks have no limit.
//! Discord bans an address after 10,000 refused requests in ten minutes, so much earlier frames stop, then everything but
//! answers, then everything.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Edits and further messages of one interaction: five in two seconds (discord-api-docs#2701).
const INTERACTION: Rate = Rate::new(3, Duration::from_secs(1));
/// Frames in one channel: thirty in a minute, whoever they belong to.
const CHANNEL: Rate = Rate::new(12, Duration::from_millis(3_400));
/// Requests that belong to no interaction: fifty a second.
const OTHERS: Rate = Rate::new(25, Duration::from_millis(40));
/// Limits that are as good as new are forgotten when there are more than so many.
const REMEMBERED: usize = 1_000;

/// Refused requests are counted over this time.
const REFUSALS: Duration = Duration::from_mins(10);
/// In stretches of this length.
const STRETCH: Duration = Duration::from_secs(10);
/// Of 10,000, after so many no more frames are sent.
const NO_FRAMES: u32 = 1_000;
/// After so many, only answers are.
const ONLY_ANSWERS: u32 = 3_000;
/// After so many, nothing is.
const NOTHING: u32 = 8_000;

/// What a request is to Discord's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// One of many states of a message; the next one is as good.
    Frame(Lane),
    /// What somebody waits for.
    Answer(Lane),
    /// The first word on an interaction.
    Callback,
    /// What belongs to no interaction.
    Other,
}

/// Where requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    /// The interaction that is answered.
    pub(super) interaction: u64,
    /// The channel in which it was begun.
    pub(super) channel: u64,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Now. Its place is taken.
    Go,
    /// Not before this time has passed.
    Wait(Duration),
    /// Too many requests were refused.
    Broken,
}

/// Discord's answer as far as limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feedback {
    /// Whatever is no refusal of the request as such.
    Fine,
    /// 401 or 403.
    Refused,
    /// 429.
    Limited {
        /// How long Discord wants to be left alone.
        pause: Duration,
        /// Whose limit was reached.
        scope: Scope,
    },
}

/// Whose limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// This bot's, on this route.
    Own,
    /// Everybody's at this place; not held against the bot.
    Shared,
    /// This bot's, everywhere.
    Global,
}

/// So many at once, and one more each time `each` has passed: at most `burst + time / each` in any stretch of time.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    each: Duration,
}

impl Rate {
    const fn new(burst: u32, each: Duration) -> Self {
        Self { burst, each }
    }
}

/// The generic cell rate algorithm: when the last place taken will be free again.
#[derive(Debug, Clone, Copy)]
struct Meter {
    free: Instant,
    /// Discord's own word.
    paused: Instant,
}

impl Meter {
    fn new(now: Instant) -> Self {
        Self {
            free: now,
            paused: now,
        }
    }

    /// How long to wait for a place, with `spared` places left for others.
    fn wait(&self, now: Instant, rate: Rate, spared: u32) -> Duration {
        let ahead = rate.each * (rate.burst - 1 - spared);
        let place = self
            .free
            .saturating_duration_since(now)
            .saturating_sub(ahead);
        place.max(self.paused.saturating_duration_since(now))
    }

    fn take(&mut self, now: Instant, rate: Rate) {
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
pub(super) struct Budget {
    interactions: HashMap<u64, Meter>,
    channels: HashMap<u64, Meter>,
    others: Meter,
    /// Refused requests, by the stretch of time in which they began.
    refused: VecDeque<(Instant, u32)>,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            interactions: HashMap::new(),
            channels: HashMap::new(),
            others: Meter::new(now),
            refused: VecDeque::new(),
        }
    }

    /// Whether a request may be sent now.
    pub(super) fn ask(&mut self, now: Instant, errand: Errand) -> Verdict {
        let refused = self.refusals(now);
        let most = match errand {
            Errand::Frame(_) => NO_FRAMES,
            Errand::Other => ONLY_ANSWERS,
            Errand::Answer(_) | Errand::Callback => NOTHING,
        };
        if refused >= most {
            return Verdict::Broken;
        }
        let wait = self.wait(now, errand);
        if !wait.is_zero() {
            return Verdict::Wait(wait);
        }
        match errand {
            Errand::Frame(lane) => {
                meter(&mut self.interactions, lane.interaction, now).take(now, INTERACTION);
                meter(&mut self.channels, lane.channel, now).take(now, CHANNEL);
            }
            Errand::Answer(lane) => {
                meter(&mut self.interactions, lane.interaction, now).take(now, INTERACTION);
            }
            Errand::Callback => {}
            Errand::Other => self.others.take(now, OTHERS),
        }
        Verdict::Go
    }

    fn wait(&self, now: Instant, errand: Errand) -> Duration {
        let of = |meters: &HashMap<u64, Meter>, id: u64, rate: Rate, spared: u32| {
            meters
                .get(&id)
                .map_or(Duration::ZERO, |meter| meter.wait(now, rate, spared))
        };
        match errand {
            // One place is always left for the answer.
            Errand::Frame(lane) => of(&self.interactions, lane.interaction, INTERACTION, 1)
                .max(of(&self.channels, lane.channel, CHANNEL, 0)),
            Errand::Answer(lane) => of(&self.interactions, lane.interaction, INTERACTION, 0),
            Errand::Callback => Duration::ZERO,
            Errand::Other => self.others.wait(now, OTHERS, 0),
        }
    }

    /// Learns from Discord's answer.
    pub(super) fn learn(&mut self, now: Instant, errand: Errand, feedback: Feedback) {
        match feedback {
            Feedback::Fine => {}
            Feedback::Refused => self.count(now),
            Feedback::Limited { pause, scope } => {
                if scope != Scope::Shared {
                    self.count(now);
                }
                self.pause(now, errand, now + pause, scope);
            }
        }
    }

    fn pause(&mut self, now: Instant, errand: Errand, until: Instant, scope: Scope) {
        match errand {
            Errand::Frame(lane) | Errand::Answer(lane) => {
                meter(&mut self.interactions, lane.interaction, now).pause(until);
                // Another frame in the same place would meet the same limit.
                meter(&mut self.channels, lane.channel, now).pause(until);
            }
            Errand::Callback => {}
            Errand::Other => self.others.pause(until),
        }
        if scope == Scope::Global {
            self.others.pause(until);
        }
    }

    fn count(&mut self, now: Instant) {
        match self.refused.back_mut() {
            Some((began, count)) if now.saturating_duration_since(*began) < STRETCH => *count += 1,
            _ => self.refused.push_back((now, 1)),
        }
    }

    /// Requests refused lately. A stretch counts until all of it is past.
    pub(super) fn refusals(&mut self, now: Instant) -> u32 {
        let past = |began: Instant| now.saturating_duration_since(began) > REFUSALS + STRETCH;
        while self.refused.front().is_some_and(|(began, _)| past(*began)) {
            self.refused.pop_front();
        }
        self.refused.iter().map(|(_, count)| count).sum()
    }
}

/// The meter of `id`; makes room first if there are many.
fn meter(meters: &mut HashMap<u64, Meter>, id: u64, now: Instant) -> &mut Meter {
    // Looked through only when the map would grow anyway, so that it costs little for each request.
    if meters.len() >= REMEMBERED && meters.len() == meters.capacity() {
        meters.retain(|_, meter| !meter.is_new(now));
    }
    meters.entry(id).or_insert_with(|| Meter::new(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LANE: Lane = Lane {
        interaction: 1,
        channel: 2,
    };

    fn lane(interaction: u64, channel: u64) -> Lane {
        Lane {
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
            let (mut budget, mut now) = (Budget::new(start), start);
            let (mut tokens, mut channels, mut others) = (vec![Vec::new(); 3], vec![Vec::new(); 2], Vec::new());
            for (pause, kind, interaction, channel) in asks {
                now += Duration::from_millis(pause);
                let lane = lane(interaction, channel);
                let errand = [Errand::Frame(lane), Errand::Answer(lane), Errand::Callback, Errand::Other][usize::from(kind)];
                if budget.ask(now, errand) == Verdict::Go {
                    match errand {
                        Errand::Frame(_) => {
                            tokens[usize::try_from(interaction).unwrap()].push(now);
                            channels[usize::try_from(channel).unwrap()].push(now);
                        }
                        Errand::Answer(_) => tokens[usize::try_from(interaction).unwrap()].push(now),
                        Errand::Callback => {}
                        Errand::Other => others.push(now),
                    }
                }
            }
            for times in &tokens {
                prop_assert!(most_within(times, Duration::from_secs(2)) <= 5);
            }
            for times in &channels {
                prop_assert!(most_within(times, Duration::from_mins(1)) <= 30);
            }
            prop_assert!(most_within(&others, Duration::from_secs(1)) <= 50);
        }

        #[test]
        fn an_answer_never_waits_because_of_frames(gaps in prop::collection::vec(0u64..2000, 1..200)) {
            let start = Instant::now();
            let (mut budget, mut now) = (Budget::new(start), start);
            for gap in gaps {
                now += Duration::from_millis(gap);
                let _ = budget.ask(now, Errand::Frame(LANE));
            }
            prop_assert_eq!(budget.ask(now, Errand::Answer(LANE)), Verdict::Go);
        }

        #[test]
        fn whoever_waits_as_long_as_told_may_go(before in prop::collection::vec(0u64..300, 0..60)) {
            let start = Instant::now();
            let (mut budget, mut now) = (Budget::new(start), start);
            for gap in before {
                now += Duration::from_millis(gap);
                let _ = budget.ask(now, Errand::Frame(LANE));
                let _ = budget.ask(now, Errand::Other);
            }
            for errand in [Errand::Frame(LANE), Errand::Answer(LANE), Errand::Other] {
                if let Verdict::Wait(wait) = budget.ask(now, errand) {
                    now += wait;
                    prop_assert_eq!(budget.ask(now, errand), Verdict::Go);
                }
            }
        }
    }

    fn limited(pause: u64, scope: Scope) -> Feedback {
        let pause = Duration::from_secs(pause);
        Feedback::Limited { pause, scope }
    }

    #[test]
    fn what_discord_says_is_kept_in_the_whole_channel_but_answers_there_go_on() {
        let now = Instant::now();
        let mut budget = Budget::new(now);
        budget.learn(now, Errand::Frame(LANE), limited(7, Scope::Own));
        let wait = Verdict::Wait(Duration::from_secs(7));
        assert_eq!(budget.ask(now, Errand::Frame(lane(9, LANE.channel))), wait);
        assert_eq!(budget.ask(now, Errand::Answer(LANE)), wait);
        assert_eq!(
            budget.ask(now, Errand::Answer(lane(9, LANE.channel))),
            Verdict::Go
        );
        assert_eq!(budget.ask(now, Errand::Frame(lane(9, 9))), Verdict::Go);
        assert_eq!(budget.ask(now, Errand::Callback), Verdict::Go);
    }

    #[test]
    fn a_global_limit_pauses_what_it_is_for() {
        let now = Instant::now();
        let mut budget = Budget::new(now);
        budget.learn(now, Errand::Other, limited(3, Scope::Global));
        assert_eq!(
            budget.ask(now, Errand::Other),
            Verdict::Wait(Duration::from_secs(3))
        );
        assert_eq!(
            budget.ask(now, Errand::Answer(LANE)),
            Verdict::Go,
            "interactions are exempt"
        );
    }

    #[test]
    fn refusals_stop_frames_first_then_all_but_answers_then_everything_and_are_forgotten() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let mut stopped = Vec::new();
        for count in 0..=NOTHING {
            let now = start + Duration::from_millis(u64::from(count) * 60);
            let broken: Vec<bool> = [
                Errand::Frame(lane(u64::from(count), u64::from(count))),
                Errand::Other,
                Errand::Callback,
            ]
            .into_iter()
            .map(|errand| budget.ask(now, errand) == Verdict::Broken)
            .collect();
            if stopped.last().is_none_or(|(_, before)| *before != broken) {
                stopped.push((count, broken));
            }
            let feedback = if count % 2 == 0 {
                Feedback::Refused
            } else {
                limited(0, Scope::Own)
            };
            budget.learn(now, Errand::Answer(LANE), feedback);
        }
        assert_eq!(
            stopped,
            [
                (0, vec![false, false, false]),
                (NO_FRAMES, vec![true, false, false]),
                (ONLY_ANSWERS, vec![true, true, false]),
                (NOTHING, vec![true, true, true]),
            ]
        );
        let later = start + Duration::from_millis(u64::from(NOTHING) * 60) + REFUSALS + STRETCH * 2;
        assert_eq!(budget.ask(later, Errand::Frame(LANE)), Verdict::Go);
    }

    #[test]
    fn a_shared_limit_is_not_held_against_the_bot() {
        let now = Instant::now();
        let mut budget = Budget::new(now);
        for _ in 0..NO_FRAMES {
            budget.learn(now, Errand::Answer(LANE), limited(1, Scope::Shared));
        }
        assert_eq!(budget.refusals(now), 0);
    }

    #[test]
    fn what_is_over_takes_no_room() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for n in 0..200_000 {
            let now = start + Duration::from_millis(n * 10);
            let _ = budget.ask(now, Errand::Frame(lane(n, n)));
        }
        let kept = budget.interactions.len().max(budget.channels.len());
        assert!(kept < 4 * REMEMBERED, "{kept}");
    }
}
