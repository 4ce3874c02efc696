//! What people may know of their own data, and of what was written: their texts, sums, everything that is kept of them,
//! and that it is forgotten.

use std::time::Duration;

use crate::domain::{ExportPart, PersonalDataCount, StrategyTotals, TextQuery, TextScope};
use generation::Settings;

use crate::service::{Caller, Refusal, SessionError, Sessions, Text, UserId};

/// Texts on a page of somebody's history.
const PAGE: u32 = 10;
/// How long texts that were stopped may take to end.
const ENDING: Duration = Duration::from_secs(10);

/// A page of somebody's texts.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The texts, newest first.
    pub texts: Vec<Text>,
    /// Which page, from 0.
    pub page: u32,
    /// Whether there are older ones.
    pub more: bool,
}

/// What was written, by strategy, the most used first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// For the person.
    pub own: Vec<StrategyTotals>,
    /// On the server; none in direct messages.
    pub server: Option<Vec<StrategyTotals>>,
    /// Everywhere.
    pub all: Vec<StrategyTotals>,
}

impl Sessions {
    /// A page of `user`'s texts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn history(&self, user: UserId, page: u32) -> Result<History, SessionError> {
        let wanted = TextQuery {
            // One more shows whether there are more.
            limit: PAGE + 1,
            offset: page.saturating_mul(PAGE),
            search: "",
        };
        let mut texts = self
            .parts
            .store
            .newest_texts(TextScope::User(user), wanted)
            .await?;
        let more = texts.len() > PAGE as usize;
        texts.truncate(PAGE as usize);
        Ok(History { texts, page, more })
    }

    /// What was written for `caller`, on the server where `caller` asks, and everywhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stats(&self, caller: &Caller) -> Result<Stats, SessionError> {
        let store = &self.parts.store;
        let server = match caller.place.server {
            Some(server) => Some(store.totals(Some(server)).await?),
            None => None,
        };
        Ok(Stats {
            own: store.user_totals(caller.user).await?,
            server,
            all: store.totals(None).await?,
        })
    }

    /// How much is kept of `user`, of each kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn amounts(&self, user: UserId) -> Result<Vec<PersonalDataCount>, SessionError> {
        Ok(self.parts.store.count_personal_data(user).await?)
    }

    /// Part number `part`, from 0, of all that is kept of `user`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, user: UserId, part: u64) -> Result<ExportPart, SessionError> {
        Ok(self.parts.store.export_personal_data(user, part).await?)
    }

    /// Deletes everything that is kept of `user`, in memory as well, and says how much that was. Texts in the making are
    /// stopped first, so that none is kept afterwards.
    ///
    /// # Errors
    /// When texts do not end in time, or the database fails. Nothing is deleted then.
    pub async fn forget(&self, user: UserId) -> Result<Vec<PersonalDataCount>, SessionError> {
        self.desk.stop_all(user);
        let ended = tokio::time::timeout(ENDING, self.desk.left_by(user)).await;
        ended.map_err(|_| Refusal::StillEnding)?;
        let _alone = self.changing.lock().await;
        let amounts = self.parts.store.delete_personal_data(user).await?;
        // Not removed: who is just looking them up would put the old ones back.
        self.settings.insert(user, Settings::default());
        self.reels.forget_all(user);
        Ok(amounts)
    }
}
