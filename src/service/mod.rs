//! The services behind all commands: writing texts, filling blanks, duels, policies, preferences and privacy.
//!
//! This layer does not know Discord.

mod arena;
mod caller;
mod fill;
mod keyed_lock;
mod model_identity;
mod policy;
mod preferences;
mod privacy;
mod refusal;
mod resources;
#[cfg(test)]
mod tests;
mod writing;

use std::sync::Arc;

use crate::pool::Pool;
use crate::store::Store;
use generation::{Bans, Settings};
use model::Vocabulary;
use resources::Resources;

pub use arena::contestant::Contestant;
pub use arena::duel::{ArenaRules, DuelGeneration, DuelResult, VoteResult};
pub use arena::export::{ExportFormat, export_votes};
pub use arena::ratings::{GroupBy, Leaderboard, RatingScope};
pub use arena::service::Arena;
pub use caller::{Caller, Location, PermissionLevel};
pub use fill::candidates::RankedCandidate;
pub use fill::filler::{BlankCandidate, FilledText, Filler};
pub use fill::service::Fill;
pub use fill::state::{Blank, FillCursor, FillOperation, FillRequest, FillState, WordChoice};
pub use model_identity::ModelIdentity;
pub use policy::banned_words::banned_words;
pub use policy::denied::{Denied, QuotaOwner, hours_phrase};
pub use policy::limits::Limits;
pub use policy::service::Policy;
pub use preferences::preset_code;
pub use preferences::preset_error::{MAX_PRESET_NAME, PresetError};
pub use preferences::resolved::{ResolvedSettings, SettingOrigin};
pub use preferences::scope::Scope;
pub use preferences::service::Preferences;
pub use privacy::{History, Privacy, Stats};
pub use refusal::{Refusal, ServiceError};
pub use writing::handle::GenerationHandle;
pub use writing::queue::{QueueEntry, QueueView};
pub use writing::request::{GenerationRequest, fresh_seed};
pub use writing::scoring::{Scoring, WordSurprisal};
pub use writing::service::Writing;
pub use writing::texts::Deletion;
pub use writing::trace::{TextTrace, TokenState, TraceStep, TraceToken};
pub use writing::view::{GenerationOutcome, GenerationView};

pub use crate::domain::{
    ChannelId, Duel, DuelId, ExportPart, GuildId, InteractionId, PendingResponse,
    PersonalDataCount, Preset, Quota, RecoverableResponse, RoleId, Rules, StrategyTotals, Text,
    TextId, TextOutcome, UserId, VoteChoice, VoteCount,
};
pub use crate::pool::PoolStatus;

pub use figures::measures::bradley_terry::Rating;
pub use model::{Span, SpanKind};

/// The parts from which [`Services`] are made.
pub struct Dependencies {
    /// The model's vocabulary.
    pub vocabulary: Arc<Vocabulary>,
    /// The model's workers.
    pub pool: Pool,
    /// The database.
    pub store: Store,
    /// The operator's upper bounds of requests.
    pub limits: Limits,
    /// The conditions that close a duel.
    pub arena: ArenaRules,
    /// The operator's banned words.
    pub bans: Bans,
    /// The operator's default settings.
    pub defaults: Settings,
    /// The model in use.
    pub model: ModelIdentity,
}

/// All services. They share the store, the pool, the vocabulary and the running jobs.
pub struct Services {
    /// Writes texts, and keeps those that were written.
    pub writing: Arc<Writing>,
    /// Fills blanks interactively.
    pub fill: Fill,
    /// Runs duels between two strategies.
    pub arena: Arena,
    /// Reads and changes the rules of guilds, and enforces their quotas.
    pub policy: Arc<Policy>,
    /// Stores and resolves settings and presets.
    pub preferences: Arc<Preferences>,
    /// Shows users their data, exports it and erases it.
    pub privacy: Privacy,
}

impl Services {
    /// Connects all services.
    pub fn new(parts: Dependencies) -> Self {
        let resources = Resources {
            store: parts.store,
            pool: Arc::new(parts.pool),
            vocabulary: parts.vocabulary,
            jobs: Arc::default(),
            traces: Arc::default(),
        };
        let policy = Arc::new(Policy::new(&resources, parts.limits, parts.bans));
        let preferences = Preferences::new(&resources, Arc::clone(&policy), parts.defaults);
        let preferences = Arc::new(preferences);
        let writing = Arc::new(Writing::new(
            &resources,
            parts.model,
            Arc::clone(&policy),
            Arc::clone(&preferences),
        ));
        Self {
            fill: Fill::new(&resources, Arc::clone(&policy)),
            arena: Arena::new(
                &resources,
                Arc::clone(&policy),
                Arc::clone(&preferences),
                Arc::clone(&writing),
                parts.arena,
            ),
            privacy: Privacy::new(&resources, Arc::clone(&preferences)),
            writing,
            policy,
            preferences,
        }
    }
}
