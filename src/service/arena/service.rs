//! The arena service: begins duels, counts votes and closes duels.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::contestant::Contestant;
use super::duel::{ArenaRules, DuelGeneration, DuelResult, VoteResult};
use super::matchup::matchup;
use crate::domain::{Duel, DuelId, VoteChoice};
use crate::service::caller::Caller;
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::policy::service::Policy;
use crate::service::preferences::service::Preferences;
use crate::service::refusal::{Refusal, ServiceError};
use crate::service::resources::Resources;
use crate::service::writing::request::{GenerationRequest, fresh_seed};
use crate::service::writing::running::{RunningJobs, fresh_id};
use crate::service::writing::service::Writing;
use crate::store::Store;
use generation::Settings;
use model::Vocabulary;

/// The name under which the queue shows both texts of a duel: a strategy's name would unblind voters.
const QUEUE_NAME: &str = "arena";

/// Runs duels between two strategies.
pub struct Arena {
    pub(super) store: Store,
    vocabulary: Arc<Vocabulary>,
    jobs: Arc<RunningJobs>,
    policy: Arc<Policy>,
    preferences: Arc<Preferences>,
    writing: Arc<Writing>,
    rules: ArenaRules,
}

impl Arena {
    pub(in crate::service) fn new(
        resources: &Resources,
        policy: Arc<Policy>,
        preferences: Arc<Preferences>,
        writing: Arc<Writing>,
        rules: ArenaRules,
    ) -> Self {
        Self {
            store: resources.store.clone(),
            vocabulary: Arc::clone(&resources.vocabulary),
            jobs: Arc::clone(&resources.jobs),
            policy,
            preferences,
            writing,
            rules,
        }
    }

    /// Begins two texts with the options `call`, by the named contestants or by drawn ones. The assignment to A and B
    /// is random.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn begin(
        &self,
        caller: &Caller,
        call: Settings,
        contestants: [Option<Contestant>; 2],
    ) -> Result<DuelGeneration, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        policy.authorize(caller)?;
        let common = self.preferences.resolve(caller, &policy, call).await?;
        let mut requests = self.requests(&policy, common.settings(), contestants)?;
        if rand::random() {
            requests.reverse();
        }
        let permits = RunningJobs::acquire_many(&self.jobs, caller, policy.max_running())?;
        let [permit_a, permit_b] = permits;
        let [request_a, request_b] = requests;
        permit_a.set_strategy(QUEUE_NAME);
        permit_b.set_strategy(QUEUE_NAME);
        let charge = self.policy.charge(caller, &policy, 2).await?;
        let start = |permit, request| self.writing.start(caller, &policy, permit, request, None);
        let started = start(permit_a, request_a)
            .and_then(|a| Ok(DuelGeneration([a, start(permit_b, request_b)?])));
        if started.is_err() {
            self.policy.refund(charge).await;
        }
        Ok(started?)
    }

    fn requests(
        &self,
        policy: &GuildPolicy,
        common: &Settings,
        contestants: [Option<Contestant>; 2],
    ) -> Result<[GenerationRequest; 2], Refusal> {
        let draw = || Contestant::drawn(|name| self.is_available(policy, name));
        let request = |contestant: Contestant| {
            let settings = contestant.settings(common);
            policy.check(&settings)?;
            GenerationRequest::under(policy, &self.vocabulary, &settings, fresh_seed())
        };
        matchup(contestants, draw, request)
    }

    /// Whether the model supports the strategy of this name and the rules allow it.
    fn is_available(&self, policy: &GuildPolicy, name: &str) -> bool {
        let supported = || self.writing.strategies().any(|it| it.name() == name);
        policy.allows(name) && supported()
    }

    /// The names of available contestants that begin with `typed`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn suggestions(
        &self,
        caller: &Caller,
        typed: &str,
    ) -> Result<Vec<String>, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        Ok(Contestant::suggestions(typed, |name| {
            self.is_available(&policy, name)
        }))
    }

    /// Stores two complete texts as a duel, which is open for votes from now on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_duel(&self, generation: DuelGeneration) -> Result<Duel, ServiceError> {
        let [a, b] = generation.0;
        let (location, user) = (a.context().location, a.user());
        let texts = [self.writing.record(&a), self.writing.record(&b)];
        let open_for = i64::try_from(self.rules.open_for.as_secs()).unwrap_or(i64::MAX);
        let duel = Duel {
            id: fresh_id().into(),
            user,
            server: location.guild,
            channel: location.channel,
            closes_at: now().saturating_add(open_for),
            closed: false,
            texts: texts.map(Some),
        };
        if let [Some(a), Some(b)] = &duel.texts {
            self.store.add_duel(&duel, [a, b]).await?;
        }
        self.writing.cache_trace(&a);
        self.writing.cache_trace(&b);
        Ok(duel)
    }

    /// The duel with this id, if it takes place at the caller's location.
    async fn duel_here(&self, caller: &Caller, id: &DuelId) -> Result<Duel, ServiceError> {
        let duel = self.store.duel(id).await?;
        let here = |duel: &Duel| {
            (duel.server, duel.channel) == (caller.location.guild, caller.location.channel)
        };
        duel.filter(here).ok_or_else(|| Refusal::NoDuel.into())
    }

    /// Records the caller's vote, in place of an earlier one. The first vote after the time limit closes the duel
    /// instead.
    ///
    /// # Errors
    /// When there is no such duel here, or the store fails.
    pub async fn vote(
        &self,
        caller: &Caller,
        id: &DuelId,
        choice: VoteChoice,
    ) -> Result<VoteResult, ServiceError> {
        let user = caller.user;
        let duel = self.duel_here(caller, id).await?;
        let before = self.store.vote(id, user).await?;
        if !self.store.cast_vote(id, user, choice).await? {
            let result = self.close(caller, id).await?;
            return Ok(VoteResult::TooLate(Box::new(result)));
        }
        let enough = self.store.vote_count(id).await?.votes() >= self.rules.votes;
        let result = if enough {
            Some(Box::new(self.close(caller, id).await?))
        } else {
            None
        };
        Ok(VoteResult::Counted {
            before,
            own_prompt: duel.user == user,
            result,
        })
    }

    /// Closes a duel early, if `caller` may, and returns its result.
    ///
    /// # Errors
    /// When there is no such duel here, `caller` may not close it, or the store fails.
    pub async fn reveal(&self, caller: &Caller, id: &DuelId) -> Result<DuelResult, ServiceError> {
        let duel = self.duel_here(caller, id).await?;
        if !duel.closed && now() < duel.closes_at && !caller.may_moderate(duel.user) {
            return Err(Refusal::NotYoursToClose.into());
        }
        self.close(caller, id).await
    }

    async fn close(&self, caller: &Caller, id: &DuelId) -> Result<DuelResult, ServiceError> {
        self.store.close_duel(id).await?;
        Ok(DuelResult {
            duel: self.duel_here(caller, id).await?,
            votes: self.store.vote_count(id).await?,
        })
    }
}

/// The current Unix time in seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
