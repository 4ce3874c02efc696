//! What people do with the models: their settings, the texts they have in the making, what they are refused.
//!
//! Knows nothing of Discord.

mod arena;
mod caller;
mod fill;
mod policy;
mod preferences;
mod privacy;
mod refusal;
mod writing;

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::Mutex;

use crate::pool::{Owner, Pool};
use crate::store::{Store, StoreError};
use generation::strategy::{self, Strategy};
use generation::{Bans, Seed, Settings};
use model::Vocabulary;

pub use arena::contestant::Contestant;
pub use arena::duels::{ArenaRules, Pair, Revelation, Voted};
pub use arena::export::{Format, exported};
pub use arena::ratings::{By, Leaderboard, RatingScope};
pub use caller::{Caller, Place, Rank};
pub use fill::candidates::RankedCandidate;
pub use fill::filler::{Candidate, FilledText, Filler};
pub use fill::session::{Act, Ask, Pick};
pub use fill::state::{Blank, FillState, Spot};
pub use policy::denied::{Denied, QuotaOwner, so_long};
use policy::guild_policy::GuildPolicy;
pub use policy::guild_policy::banned_words;
pub use policy::limits::Limits;
pub use preferences::preset_code;
pub use preferences::presets::{NAME as PRESET_NAME, PresetError};
pub use preferences::resolved::{Origin, ResolvedSettings};
pub use preferences::scope::Scope;
pub use preferences::setting::Setting;
pub use privacy::personal_data::{History, Stats};
pub use refusal::{Refusal, SessionError};
use writing::handle::Provenance;
pub use writing::handle::{Ending, GenerationHandle, View};
pub use writing::queue::{Entry, Queue};
pub use writing::request::GenerationRequest;
use writing::running::{Permit, RunningJobs};
pub use writing::scoring::{ScoredWord, Scoring};
pub use writing::texts::Deletion;
pub use writing::trace::{Replay, Step, Token, TokenState};
use writing::trace_cache::TraceCache;

pub use crate::domain::{
    Duel, ExportPart, InteractionId, PendingResponse, PersonalDataCount, Preset, Quota,
    RecoverableResponse, Rules, StrategyTotals, Text, TextOutcome, UserId, VoteChoice, VoteCount,
};
pub use crate::pool::PoolStatus;
pub use figures::measures::bradley_terry::Rating;
pub use model::{Span, SpanKind};

/// Settings that are kept in memory; beyond that they are looked up again.
const REMEMBERED: usize = 50_000;

/// The model that writes, by name.
#[derive(Debug, Clone)]
pub struct ModelName {
    /// What its card calls it.
    pub name: String,
    /// Names the exact graphs.
    pub fingerprint: String,
    /// What else its card tells, in lines.
    pub lines: Vec<String>,
    /// Where it comes from, and the licence of its weights.
    pub origin: String,
}

/// What sessions are made of.
pub struct Parts {
    /// The model's vocabulary.
    pub vocabulary: Arc<Vocabulary>,
    /// The workers.
    pub pool: Pool,
    /// The database.
    pub store: Store,
    /// What people may ask for.
    pub limits: Limits,
    /// How long people vote in the arena.
    pub arena: ArenaRules,
    /// Words that nobody gets to read.
    pub bans: Bans,
    /// What they get if they ask for nothing in particular.
    pub defaults: Settings,
    /// Which model writes.
    pub model: ModelName,
}

/// Everybody's sessions.
pub struct Sessions {
    parts: Parts,
    /// Settings that were looked up since the start; the database has them all.
    settings: DashMap<UserId, Settings>,
    /// The same of servers and their channels.
    places: DashMap<(u64, Option<u64>), Settings>,
    houses: DashMap<(u64, Option<u64>), Arc<GuildPolicy>>,
    /// Held while settings are changed, so that two changes by one person cannot overwrite each other.
    changing: Mutex<()>,
    counting: Mutex<()>,
    desk: Arc<RunningJobs>,
    reels: TraceCache,
}

impl Sessions {
    /// Sessions over these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            settings: DashMap::new(),
            places: DashMap::new(),
            houses: DashMap::new(),
            changing: Mutex::new(()),
            counting: Mutex::new(()),
            desk: Arc::default(),
            reels: TraceCache::default(),
        }
    }

    /// What `user` has set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self, user: UserId) -> Result<Settings, SessionError> {
        if let Some(settings) = self.settings.get(&user).map(|settings| settings.clone()) {
            return Ok(settings);
        }
        let settings = self
            .parts
            .store
            .user_settings(user)
            .await?
            .unwrap_or_default();
        if self.settings.len() >= REMEMBERED {
            self.settings.clear();
        }
        Ok(self.settings.entry(user).or_insert(settings).clone())
    }

    /// Begins to write for `caller` what `call` asks for.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn speak(
        &self,
        caller: &Caller,
        call: Settings,
    ) -> Result<GenerationHandle, SessionError> {
        let settings = self.resolved(caller, call).await?;
        self.begin(caller, settings.settings(), None).await
    }

    /// Begins to write what `settings` say and nothing else, as a child of the text `parent`, if the server allows it.
    async fn begin(
        &self,
        caller: &Caller,
        settings: &Settings,
        parent: Option<String>,
    ) -> Result<GenerationHandle, SessionError> {
        let parts = &self.parts;
        let house = self.house(caller).await?;
        house.authorize(caller)?;
        house.check(settings)?;
        let seat = RunningJobs::acquire(&self.desk, caller, house.running(&parts.limits))?;
        let order =
            GenerationRequest::new(&parts.vocabulary, &parts.limits, settings, fresh_seed())?
                .banning(&parts.bans.union(&house.bans), &parts.vocabulary)?;
        seat.writes(order.strategy.name());
        self.start(caller, &house, seat, order, parent).await
    }

    /// Begins to write `order` on a seat that was taken for it, and counts it where the server counts.
    async fn start(
        &self,
        caller: &Caller,
        house: &GuildPolicy,
        seat: Permit,
        order: GenerationRequest,
        parent: Option<String>,
    ) -> Result<GenerationHandle, SessionError> {
        let counted = self.count(caller, house, 1).await?;
        let started = self.start_uncounted(caller, house, seat, order, parent);
        if started.is_err() {
            self.uncount(counted).await;
        }
        Ok(started?)
    }

    fn start_uncounted(
        &self,
        caller: &Caller,
        house: &GuildPolicy,
        seat: Permit,
        order: GenerationRequest,
        parent: Option<String>,
    ) -> Result<GenerationHandle, Refusal> {
        let owner = Owner(caller.user.0);
        let submitted = self.parts.pool.submit_traced(owner, order.begin(), None);
        let running = submitted?;
        let provenance = Provenance {
            place: caller.place,
            parent,
            pace: house.pace(),
        };
        let vocabulary = Arc::clone(&self.parts.vocabulary);
        Ok(GenerationHandle::new(
            seat, provenance, order, running, vocabulary,
        ))
    }

    /// Stops the text with this id.
    ///
    /// # Errors
    /// When it has ended, or is somebody else's and `caller` is no moderator.
    pub fn stop(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        self.desk.stop(caller, id)
    }

    /// Stops everything of `user`'s and says how many texts that were.
    pub fn stop_all(&self, user: UserId) -> usize {
        self.desk.stop_all(user)
    }

    /// Remembers that an answer was promised, even if the process is killed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_pending_response(&self, promise: &PendingResponse) -> Result<(), StoreError> {
        self.parts.store.add_pending_response(promise).await
    }

    /// The promised answer was given, or cannot be given any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resolve_pending_response(
        &self,
        interaction: InteractionId,
    ) -> Result<(), StoreError> {
        self.parts.store.resolve_pending_response(interaction).await
    }

    /// What an earlier run promised and can still be given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recoverable_responses(&self) -> Result<Vec<RecoverableResponse>, StoreError> {
        self.parts.store.recoverable_responses().await
    }

    /// The configuration's defaults.
    pub fn defaults(&self) -> &Settings {
        &self.parts.defaults
    }

    /// What people may ask for.
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Which model writes.
    pub fn model(&self) -> &ModelName {
        &self.parts.model
    }

    /// The strategies that it can write with, in menu order.
    pub fn strategies(&self) -> impl Iterator<Item = &'static dyn Strategy> {
        strategy::available(self.parts.vocabulary.attention_modes())
    }

    /// How busy the workers are.
    pub fn load(&self) -> PoolStatus {
        self.parts.pool.status()
    }

    /// Refuses new texts from now on.
    pub fn refuse_more(&self) {
        self.parts.pool.refuse_more();
    }

    /// Ends what is still running, and the workers' work with it.
    pub fn end(&self) {
        self.parts.pool.close();
    }

    /// Closes the database.
    pub async fn close_store(&self) {
        self.parts.store.close().await;
    }
}

/// A seed for somebody who named none: short enough to type.
pub fn fresh_seed() -> Seed {
    Seed::from(rand::random::<u32>())
}
