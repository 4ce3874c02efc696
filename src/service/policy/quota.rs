//! Cooldowns and quotas: counts the texts of a guild within sliding windows.

use super::denied::{Denied, QuotaOwner};
use super::guild_policy::GuildPolicy;
use super::service::Policy;
use crate::domain::{GuildId, Quota, QuotaWindow, Rules, UserId};
use crate::service::caller::Caller;
use crate::service::refusal::ServiceError;

/// Seconds per hour.
const HOUR: u32 = 3600;

/// Texts that were counted towards quotas, by the ids of their records.
#[derive(Debug, Default)]
#[must_use = "the charge is refunded if its texts do not begin"]
pub(in crate::service) struct QuotaCharge(Vec<u64>);

impl Policy {
    /// Counts `texts` that are about to begin together, if the guild has quotas. The cooldown applies before them, not
    /// between them.
    ///
    /// # Errors
    /// When a cooldown or quota denies the texts, or the store fails.
    pub(in crate::service) async fn charge(
        &self,
        caller: &Caller,
        policy: &GuildPolicy,
        texts: u32,
    ) -> Result<QuotaCharge, ServiceError> {
        let Some(guild) = caller.location.guild.filter(|_| policy.has_quota()) else {
            return Ok(QuotaCharge::default());
        };
        // Check and record must be atomic: of two concurrent texts only one may be the last that a quota allows.
        let _guard = self.counts.lock(guild).await;
        let user = caller.user;
        let Rules {
            cooldown,
            person,
            server,
            ..
        } = policy.rules();
        if let Some(seconds) = *cooldown {
            self.check_cooldown(guild, user, seconds).await?;
        }
        for (owner, quota) in [(QuotaOwner::Person, person), (QuotaOwner::Server, server)] {
            self.check_quota(guild, user, owner, quota, texts).await?;
        }
        let mut charge = QuotaCharge::default();
        for _ in 0..texts {
            let id = rand::random();
            self.store.add_use(id, guild, user).await?;
            charge.0.push(id);
        }
        Ok(charge)
    }

    async fn check_cooldown(
        &self,
        guild: GuildId,
        user: UserId,
        seconds: u32,
    ) -> Result<(), ServiceError> {
        let user = Some(user);
        let window = QuotaWindow { seconds, user };
        match self.store.recent_use(guild, window, 0).await? {
            Some(began) => {
                let until = began + i64::from(seconds);
                Err(Denied::Cooldown { seconds, until }.into())
            }
            None => Ok(()),
        }
    }

    /// Checks the hourly and the daily maximum of one quota.
    async fn check_quota(
        &self,
        guild: GuildId,
        user: UserId,
        whose: QuotaOwner,
        quota: &Quota,
        texts: u32,
    ) -> Result<(), ServiceError> {
        let user = match whose {
            QuotaOwner::Person => Some(user),
            QuotaOwner::Server => None,
        };
        for (most, hours) in [(quota.hourly, 1), (quota.daily, 24)] {
            let Some(most) = most else { continue };
            let seconds = hours * HOUR;
            let window = QuotaWindow { seconds, user };
            let back = most.saturating_sub(texts);
            if let Some(began) = self.store.recent_use(guild, window, back).await? {
                let until = began + i64::from(seconds);
                return Err(Denied::Quota {
                    whose,
                    most,
                    hours,
                    until,
                }
                .into());
            }
        }
        Ok(())
    }

    /// Removes the records of texts that did not begin.
    pub(in crate::service) async fn refund(&self, charge: QuotaCharge) {
        for id in charge.0 {
            if let Err(error) = self.store.remove_use(id).await {
                tracing::warn!(%error, "a text that did not begin stays counted");
            }
        }
    }

    /// Removes the records of all texts of `user` in `caller`'s guild, and returns their number.
    ///
    /// # Errors
    /// When `caller` does not manage a guild here, or the store fails.
    pub async fn reset_quota(&self, caller: &Caller, user: UserId) -> Result<u64, ServiceError> {
        let guild = caller.managed_guild()?;
        Ok(self.store.delete_uses(guild, user).await?)
    }
}
