//! What people do with the models: their settings, the texts they have in the making, what they are refused.
//!
//! Knows nothing of Discord.

mod caller;
mod cloze;
mod desk;
mod fill;
mod limits;
mod order;
mod own_words;
mod person;
mod queue;
mod refusal;
mod replay;
mod results;
mod retold;
mod scoring;
mod sheet;
mod utterance;

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::Mutex;

use crate::generation::strategy::{self, Shape, Strategy};
use crate::generation::{Bans, Seed, Settings};
use crate::inference::{Owner, Pool};
use crate::model::{Layout, Prompt, Vocabulary};
use crate::store::Store;

pub use caller::{Caller, Place, Rank};
pub use cloze::{Act, Ask, Pick};
use desk::Desk;
pub use fill::{Candidate, Filler, Filling};
pub use limits::Limits;
pub use order::Order;
pub use own_words::Ranked;
pub use person::{History, Stats};
pub use queue::{Entry, Queue};
pub use refusal::{Refusal, SessionError};
pub use replay::{Replay, Step, Token, TokenState};
pub use results::Deletion;
pub use scoring::{ScoredWord, Scoring};
pub use sheet::{Blank, Sheet, Spot};
use utterance::Origin;
pub use utterance::{Ending, Utterance, View};

pub use crate::inference::Load;
pub use crate::model::{Span, SpanKind};
pub use crate::store::{Amount, Ended, Part, Tally, Text};

/// Settings that are kept in memory; beyond that they are looked up again.
const REMEMBERED: usize = 50_000;

/// Somebody who uses the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserId(pub u64);

/// The model that writes, by name.
#[derive(Debug, Clone)]
pub struct ModelName {
    /// What its card calls it.
    pub name: String,
    /// Names the exact graphs.
    pub fingerprint: String,
    /// What is to be said of its student, if it has one.
    pub student: Option<String>,
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
    /// Held while settings are changed, so that two changes by one person cannot overwrite each other.
    changing: Mutex<()>,
    desk: Arc<Desk>,
}

impl Sessions {
    /// Sessions over these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            settings: DashMap::new(),
            changing: Mutex::new(()),
            desk: Arc::default(),
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
        let settings = self.parts.store.settings(user.0).await?.unwrap_or_default();
        if self.settings.len() >= REMEMBERED {
            self.settings.clear();
        }
        Ok(self.settings.entry(user).or_insert(settings).clone())
    }

    /// Changes what `user` has set; it is in the database when this returns.
    ///
    /// # Errors
    /// When the settings would not fit together, or the database fails. Nothing is changed then.
    pub async fn change(
        &self,
        user: UserId,
        change: impl FnOnce(Settings) -> Settings + Send,
    ) -> Result<Settings, SessionError> {
        let _alone = self.changing.lock().await;
        let changed = change(self.settings(user).await?);
        self.check(&changed)?;
        self.parts.store.save_settings(user.0, &changed).await?;
        self.settings.insert(user, changed.clone());
        Ok(changed)
    }

    fn check(&self, settings: &Settings) -> Result<(), Refusal> {
        let limits = &self.parts.limits;
        if let Some(typed) = settings.prompt.as_deref() {
            limits.check_characters(typed)?;
            let prompt = Prompt::parse(typed);
            limits.check_blanks(&prompt)?;
            let alone = Layout {
                shape: Shape::Fill { widest: 1 },
                length: limits.length,
                tail: Vec::new(),
                unprompted: false,
            };
            self.parts
                .vocabulary
                .draft(&prompt, &alone)
                .map_err(Refusal::from)?;
        }
        limits.check_steering(&settings.steering())?;
        settings
            .length
            .map_or(Ok(()), |length| limits.check_length(length))?;
        let both = settings.clone().over(&self.parts.defaults);
        both.params(both.strategy()?, Seed::from(0))?;
        Ok(())
    }

    /// What a call means: what it says, over what its user has set, over the configuration's defaults.
    ///
    /// # Errors
    /// When the database fails.
    async fn effective(&self, user: UserId, call: Settings) -> Result<Settings, SessionError> {
        let own = self.settings(user).await?.over(&self.parts.defaults);
        Ok(call.over(&own))
    }

    /// Begins to write for `caller` what `call` asks for.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn speak(&self, caller: &Caller, call: Settings) -> Result<Utterance, SessionError> {
        let settings = self.effective(caller.user, call).await?;
        self.begin(caller, &settings, None)
    }

    /// Begins to write what `settings` say and nothing else, as a child of the text `parent`.
    fn begin(
        &self,
        caller: &Caller,
        settings: &Settings,
        parent: Option<String>,
    ) -> Result<Utterance, SessionError> {
        let (parts, user) = (&self.parts, caller.user);
        let seat = Desk::sit_down(&self.desk, caller, parts.limits.running_per_user)?;
        let order = Order::new(&parts.vocabulary, &parts.limits, settings, fresh_seed())?
            .banning(&parts.bans, &parts.vocabulary)?;
        seat.writes(order.strategy.name());
        let running = parts.pool.submit(Owner(user.0), order.begin())?;
        let origin = Origin {
            place: caller.place,
            parent,
        };
        Ok(Utterance::new(
            seat,
            origin,
            order,
            running,
            Arc::clone(&parts.vocabulary),
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
        strategy::offered(self.parts.vocabulary.sights())
    }

    /// How busy the workers are.
    pub fn load(&self) -> Load {
        self.parts.pool.load()
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
