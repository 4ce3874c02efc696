//! Duels: two texts from one prompt, people who decide between them without knowing how they were written, and the moment
//! when they are told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::{Duel, VoteChoice, VoteCount};
use crate::service::fresh_seed;
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::preferences::resolved::allows;
use crate::service::writing::running::{RunningJobs, fresh_id};
use crate::service::{
    Caller, Contestant, Ending, GenerationHandle, GenerationRequest, Refusal, SessionError,
    Sessions,
};
use generation::Settings;

/// When a duel is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArenaRules {
    /// After this time.
    pub open_for: Duration,
    /// With so many votes.
    pub votes: u64,
}

/// Two texts in the making. Dropping them cancels both.
pub struct Pair([GenerationHandle; 2]);

/// A duel in which nothing is secret any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Revelation {
    /// The duel with its texts.
    pub duel: Duel,
    /// Its votes.
    pub tally: VoteCount,
}

/// What became of a vote.
#[derive(Debug, Clone, PartialEq)]
pub enum Voted {
    /// It counts.
    Counted {
        /// What the person had chosen before.
        before: Option<VoteChoice>,
        /// Whether it is the person's own prompt.
        own_prompt: bool,
        /// The duel, if this was the last vote that it waited for.
        revealed: Option<Box<Revelation>>,
    },
    /// It came too late; the duel is closed now, if it was not before.
    TooLate(Box<Revelation>),
}

impl Pair {
    /// Names one of the texts, by which both can be stopped.
    pub fn id(&self) -> &str {
        self.0[0].id()
    }

    /// Waits until both texts are written.
    ///
    /// # Errors
    /// When one of them was stopped or failed, which makes the other one useless.
    pub async fn finished(&mut self) -> Result<(), Refusal> {
        let [a, b] = &mut self.0;
        tokio::try_join!(whole(a), whole(b))?;
        Ok(())
    }
}

async fn whole(utterance: &mut GenerationHandle) -> Result<(), Refusal> {
    while utterance.changed().await {}
    match utterance.view().ending {
        Some(Ending::Done) => Ok(()),
        Some(Ending::Failed(reason)) => Err(Refusal::Model(reason)),
        Some(Ending::Stopped) | None => Err(Refusal::Stopped),
    }
}

impl Sessions {
    /// Begins two texts from what `call` says, in two ways: those of `entrants`, or others by lot. Which one is A falls to
    /// the lot as well.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn pair(
        &self,
        caller: &Caller,
        call: Settings,
        entrants: [Option<Contestant>; 2],
    ) -> Result<Pair, SessionError> {
        let house = self.house(caller).await?;
        house.authorize(caller)?;
        let common = self.resolved(caller, call).await?;
        let mut orders = self.opponents(&house, common.settings(), entrants)?;
        if rand::random() {
            orders.reverse();
        }
        let most = house.running(&self.parts.limits);
        let [seat_a, seat_b] = RunningJobs::acquire_many(&self.desk, caller, most)?;
        let [order_a, order_b] = orders;
        // Not how: whoever looks at the queue may be about to vote.
        seat_a.writes("arena");
        seat_b.writes("arena");
        let counted = self.count(caller, &house, 2).await?;
        let start = |seat, order| self.start_uncounted(caller, &house, seat, order, None);
        let both = start(seat_a, order_a).and_then(|a| Ok(Pair([a, start(seat_b, order_b)?])));
        if both.is_err() {
            self.uncount(counted).await;
        }
        Ok(both?)
    }

    /// Two orders of one length in different ways.
    fn opponents(
        &self,
        house: &GuildPolicy,
        common: &Settings,
        [first, second]: [Option<Contestant>; 2],
    ) -> Result<[GenerationRequest; 2], Refusal> {
        let order = |contestant: Contestant| {
            let (parts, settings) = (&self.parts, contestant.settings(common));
            house.check(&settings)?;
            GenerationRequest::new(&parts.vocabulary, &parts.limits, &settings, fresh_seed())?
                .banning(&parts.bans.union(&house.bans), &parts.vocabulary)
        };
        let named = [first, second].map(|contestant| contestant.map(order).transpose());
        match named {
            [Err(refusal), _] | [_, Err(refusal)] => Err(refusal),
            [Ok(Some(first)), Ok(Some(second))] => {
                fit(&first, &second)?;
                Ok([first, second])
            }
            [Ok(Some(one)), Ok(None)] | [Ok(None), Ok(Some(one))] => {
                opponent(one, self.drawn(house), &order)
            }
            [Ok(None), Ok(None)] => {
                let mut refused = Refusal::SameTwice;
                for contestant in self.drawn(house) {
                    match order(contestant) {
                        Ok(one) => return opponent(one, self.drawn(house), &order),
                        Err(refusal) => refused = refusal,
                    }
                }
                Err(refused)
            }
        }
    }

    fn drawn(&self, house: &GuildPolicy) -> Vec<Contestant> {
        Contestant::drawn(|name| self.offered(house, name))
    }

    /// Whether a strategy can be used, and is allowed.
    fn offered(&self, house: &GuildPolicy, name: &str) -> bool {
        allows(&house.rules, name) && self.strategies().any(|strategy| strategy.name() == name)
    }

    /// Names of ways to write that begin with `typed` and can be used where `caller` is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entrants(
        &self,
        caller: &Caller,
        typed: &str,
    ) -> Result<Vec<String>, SessionError> {
        let house = self.house(caller).await?;
        Ok(Contestant::suggestions(typed, |name| {
            self.offered(&house, name)
        }))
    }

    /// Opens the duel of two texts that are written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_duel(&self, pair: Pair) -> Result<Duel, SessionError> {
        let [a, b] = pair.0;
        let (place, user) = (a.provenance().place, a.user());
        let texts = [self.text_of(&a), self.text_of(&b)];
        let open_for = i64::try_from(self.parts.arena.open_for.as_secs()).unwrap_or(i64::MAX);
        let duel = Duel {
            id: fresh_id(),
            user,
            server: place.server,
            channel: place.channel,
            closes_at: now().saturating_add(open_for),
            closed: false,
            texts: texts.map(Some),
        };
        if let [Some(a), Some(b)] = &duel.texts {
            self.parts.store.add_duel(&duel, [a, b]).await?;
        }
        self.keep_reel(&a);
        self.keep_reel(&b);
        Ok(duel)
    }

    /// The duel with this id, if it takes place where `caller` is.
    async fn duel_here(&self, caller: &Caller, id: &str) -> Result<Duel, SessionError> {
        let duel = self.parts.store.duel(id).await?;
        let here = |duel: &Duel| {
            (duel.server, duel.channel) == (caller.place.server, caller.place.channel)
        };
        duel.filter(here).ok_or_else(|| Refusal::NoDuel.into())
    }

    /// Counts `caller`'s vote, in place of an earlier one. Whoever presses first after the end closes the duel.
    ///
    /// # Errors
    /// When there is no such duel here, or the database fails.
    pub async fn vote(
        &self,
        caller: &Caller,
        id: &str,
        choice: VoteChoice,
    ) -> Result<Voted, SessionError> {
        let (store, user) = (&self.parts.store, caller.user);
        let duel = self.duel_here(caller, id).await?;
        let before = store.vote(id, user).await?;
        if !store.cast_vote(id, user, choice).await? {
            return Ok(Voted::TooLate(Box::new(self.closed(caller, id).await?)));
        }
        let enough = store.vote_count(id).await?.votes() >= self.parts.arena.votes;
        let revealed = if enough {
            Some(Box::new(self.closed(caller, id).await?))
        } else {
            None
        };
        Ok(Voted::Counted {
            before,
            own_prompt: duel.user == user,
            revealed,
        })
    }

    /// Closes a duel before its time, if `caller` may.
    ///
    /// # Errors
    /// When there is no such duel here, it is somebody else's, or the database fails.
    pub async fn reveal(&self, caller: &Caller, id: &str) -> Result<Revelation, SessionError> {
        let duel = self.duel_here(caller, id).await?;
        if !duel.closed && now() < duel.closes_at && !caller.may_touch(duel.user) {
            return Err(Refusal::NotYoursToClose.into());
        }
        self.closed(caller, id).await
    }

    /// Closes a duel that may be closed, and says how it ended.
    async fn closed(&self, caller: &Caller, id: &str) -> Result<Revelation, SessionError> {
        let store = &self.parts.store;
        store.close_duel(id).await?;
        Ok(Revelation {
            duel: self.duel_here(caller, id).await?,
            tally: store.vote_count(id).await?,
        })
    }
}

/// Somebody by lot for `one` to meet.
fn opponent(
    one: GenerationRequest,
    drawn: Vec<Contestant>,
    order: &impl Fn(Contestant) -> Result<GenerationRequest, Refusal>,
) -> Result<[GenerationRequest; 2], Refusal> {
    let other = drawn
        .into_iter()
        .filter_map(|contestant| order(contestant).ok())
        .find(|other| fit(&one, other).is_ok());
    Ok([one, other.ok_or(Refusal::SameTwice)?])
}

/// Whether two can meet: they write equally much, in different ways.
fn fit(one: &GenerationRequest, other: &GenerationRequest) -> Result<(), Refusal> {
    let (name, other_name) = (one.strategy.name(), other.strategy.name());
    if one.length != other.length {
        return Err(Refusal::UnequalLengths(name, other_name));
    }
    let temperature = |order: &GenerationRequest| order.params.sampling.temperature.get().to_bits();
    if name == other_name && temperature(one) == temperature(other) {
        return Err(Refusal::SameTwice);
    }
    Ok(())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
