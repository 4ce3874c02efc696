//! The privacy service: a user's history, statistics, the export of all personal data, and its erasure.

use std::sync::Arc;
use std::time::Duration;

use super::caller::Caller;
use super::preferences::service::Preferences;
use super::refusal::{Refusal, ServiceError};
use super::resources::Resources;
use super::writing::running::RunningJobs;
use super::writing::trace_cache::TraceCache;
use crate::domain::UserId;
use crate::domain::{ExportPart, PersonalDataCount, StrategyTotals, Text, TextQuery, TextScope};
use crate::store::Store;

/// Texts per page of a user's history.
const PAGE_SIZE: u32 = 10;
/// Timeout for stopped jobs to end before an erasure.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// One page of a user's texts.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The texts, the newest first.
    pub texts: Vec<Text>,
    /// The number of the page, from 0.
    pub page: u32,
    /// Whether there are older texts.
    pub more: bool,
}

/// The number of texts by strategy, the most used strategy first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The user's texts.
    pub own: Vec<StrategyTotals>,
    /// The guild's texts; `None` in direct messages.
    pub server: Option<Vec<StrategyTotals>>,
    /// All texts.
    pub all: Vec<StrategyTotals>,
}

/// Shows users their data, exports it and erases it.
pub struct Privacy {
    store: Store,
    preferences: Arc<Preferences>,
    jobs: Arc<RunningJobs>,
    traces: Arc<TraceCache>,
}

impl Privacy {
    pub(in crate::service) fn new(resources: &Resources, preferences: Arc<Preferences>) -> Self {
        Self {
            store: resources.store.clone(),
            preferences,
            jobs: Arc::clone(&resources.jobs),
            traces: Arc::clone(&resources.traces),
        }
    }

    /// Page number `page`, from 0, of the texts of `user`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history(&self, user: UserId, page: u32) -> Result<History, ServiceError> {
        let wanted = TextQuery {
            // One additional text shows whether there is another page.
            limit: PAGE_SIZE + 1,
            offset: page.saturating_mul(PAGE_SIZE),
            search: "",
        };
        let mut texts = self
            .store
            .newest_texts(TextScope::User(user), wanted)
            .await?;
        let more = texts.len() > PAGE_SIZE as usize;
        texts.truncate(PAGE_SIZE as usize);
        Ok(History { texts, page, more })
    }

    /// The statistics of the caller, of the caller's guild, and of all texts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stats(&self, caller: &Caller) -> Result<Stats, ServiceError> {
        let server = match caller.location.guild {
            Some(guild) => Some(self.store.totals(Some(guild)).await?),
            None => None,
        };
        Ok(Stats {
            own: self.store.user_totals(caller.user).await?,
            server,
            all: self.store.totals(None).await?,
        })
    }

    /// The number of records of each kind that the store has of `user`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn amounts(&self, user: UserId) -> Result<Vec<PersonalDataCount>, ServiceError> {
        Ok(self.store.count_personal_data(user).await?)
    }

    /// Part number `part`, from 0, of the export of all data of `user`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn export(&self, user: UserId, part: u64) -> Result<ExportPart, ServiceError> {
        Ok(self.store.export_personal_data(user, part).await?)
    }

    /// Erases all data of `user` from the store and the caches, and returns the number of erased records of each kind.
    /// Running jobs are stopped first, so that none of them stores a text afterwards.
    ///
    /// # Errors
    /// When jobs do not end in time, or the store fails. Nothing is erased then.
    pub async fn erase(&self, user: UserId) -> Result<Vec<PersonalDataCount>, ServiceError> {
        self.jobs.stop_all(user);
        let idle = tokio::time::timeout(STOP_TIMEOUT, self.jobs.wait_until_idle(user)).await;
        idle.map_err(|_| Refusal::StillEnding)?;
        let _guard = self.preferences.lock_user(user).await;
        let amounts = self.store.delete_personal_data(user).await?;
        self.preferences.forget_cached(user);
        self.traces.remove_all(user);
        Ok(amounts)
    }
}
