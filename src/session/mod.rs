//! What people do with the models: their settings, the texts they have in the making, what they are refused.
//!
//! Knows nothing of Discord.

mod caller;
mod desk;
mod fill;
mod limits;
mod order;
mod refusal;
mod utterance;

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::Mutex;

use crate::generation::strategy::Shape;
use crate::generation::{Bans, Length, Seed, Settings};
use crate::inference::{Load, Owner, Pool};
use crate::model::{Layout, Prompt, Vocabulary};
use crate::store::{Store, Text};

pub use caller::{Caller, Place, Rank};
use desk::Desk;
pub use fill::{Candidate, Filler, Filling};
pub use limits::Limits;
pub use order::Order;
pub use refusal::{Refusal, SessionError};
pub use utterance::{Ending, Utterance, View};

pub use crate::model::{Span, SpanKind};

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
    /// Names the exact graph.
    pub fingerprint: String,
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
        let user = caller.user;
        let settings = self.effective(user, call).await?;
        let seat = Desk::sit_down(&self.desk, user, self.parts.limits.running_per_user)?;
        let order = Order::new(
            &self.parts.vocabulary,
            &self.parts.limits,
            &settings,
            fresh_seed(),
        )?
        .banning(&self.parts.bans, &self.parts.vocabulary)?;
        let running = self.parts.pool.submit(Owner(user.0), order.begin())?;
        Ok(Utterance::new(
            seat,
            order,
            running,
            Arc::clone(&self.parts.vocabulary),
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

    /// Keeps an ended text in the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, utterance: &Utterance) -> Result<(), SessionError> {
        let (view, order) = (utterance.view(), utterance.order());
        let text = Text {
            id: utterance.id().to_owned(),
            user: utterance.user().0,
            prompt: order.prompt.text().to_owned(),
            text: view.text(),
            strategy: order.strategy.name(),
            sampling: order.params.sampling,
            length: order.length.map(Length::get),
            seed: order.params.seed.get(),
            options: order.options.clone(),
            steering: order.steering.clone(),
            model: self.parts.model.fingerprint.clone(),
            tokens: view.tokens,
            passes: view.passes,
            milliseconds: u64::try_from(view.elapsed.as_millis()).unwrap_or(u64::MAX),
            outcome: match view.ending {
                Some(Ending::Done) => "done",
                Some(Ending::Stopped) => "stopped",
                Some(Ending::Failed(_)) | None => "failed",
            },
        };
        Ok(self.parts.store.add_text(&text).await?)
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
