//! The policy service: reads and changes the rules of guilds and channels.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::guild_policy::{CompiledRules, GuildPolicy};
use super::limits::Limits;
use crate::domain::{ChannelId, GuildId, Rules};
use crate::service::caller::Caller;
use crate::service::keyed_lock::KeyedLock;
use crate::service::refusal::{Refusal, ServiceError};
use crate::service::resources::Resources;
use crate::store::{Store, StoreError};
use generation::Bans;
use model::Vocabulary;

/// Maximum number of guilds and channels whose rules are cached.
const CACHE_CAPACITY: usize = 10_000;

/// A guild, or one of its channels.
type RulesKey = (GuildId, Option<ChannelId>);

/// Reads and changes the rules of guilds, and enforces their quotas.
pub struct Policy {
    pub(super) store: Store,
    vocabulary: Arc<Vocabulary>,
    limits: Limits,
    bans: Bans,
    /// A read-through cache of the rules in the store.
    rules: Cache<RulesKey, Arc<CompiledRules>>,
    /// Serialises changes of one guild's rules.
    changes: KeyedLock<GuildId>,
    /// Serialises the counting of one guild's texts.
    pub(super) counts: KeyedLock<GuildId>,
}

impl Policy {
    pub(in crate::service) fn new(resources: &Resources, limits: Limits, bans: Bans) -> Self {
        Self {
            store: resources.store.clone(),
            vocabulary: Arc::clone(&resources.vocabulary),
            limits,
            bans,
            rules: Cache::new(CACHE_CAPACITY),
            changes: KeyedLock::default(),
            counts: KeyedLock::default(),
        }
    }

    /// The operator's limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The policy that applies to `caller`'s requests.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::service) async fn for_caller(
        &self,
        caller: &Caller,
    ) -> Result<GuildPolicy, StoreError> {
        let channel = caller.location.governing_channel();
        self.for_channel(caller, Some(channel)).await
    }

    /// The policy of one channel of `caller`'s guild, or with `None` of the guild itself.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::service) async fn for_channel(
        &self,
        caller: &Caller,
        channel: Option<ChannelId>,
    ) -> Result<GuildPolicy, StoreError> {
        let operator = GuildPolicy::operator(self.limits, &self.bans);
        let Some(guild) = caller.location.guild else {
            return Ok(operator);
        };
        let policy = operator.with_guild(&*self.compiled(guild, None).await?);
        Ok(match channel {
            None => policy,
            Some(_) => policy.with_channel(&*self.compiled(guild, channel).await?),
        })
    }

    /// The compiled rules of one guild or channel, without inheritance.
    async fn compiled(
        &self,
        guild: GuildId,
        channel: Option<ChannelId>,
    ) -> Result<Arc<CompiledRules>, StoreError> {
        let load = async {
            let rules = self.store.rules(guild, channel).await?;
            Ok(self.compile(rules))
        };
        // A change that is saved while the rules are loaded keeps its place in the cache.
        self.rules
            .get_or_insert_async(&(guild, channel), load)
            .await
    }

    fn compile(&self, rules: Rules) -> Arc<CompiledRules> {
        let bans = self.vocabulary.bans(&rules.banned);
        Arc::new(CompiledRules { rules, bans })
    }

    /// The rules that are set for a channel of `caller`'s guild, or with `None` for the guild, without inheritance.
    ///
    /// # Errors
    /// When `caller` does not manage a guild here, or the store fails.
    pub async fn rules(
        &self,
        caller: &Caller,
        channel: Option<ChannelId>,
    ) -> Result<Rules, ServiceError> {
        let compiled = self.compiled(caller.managed_guild()?, channel).await?;
        Ok(compiled.rules.clone())
    }

    /// Changes the rules of a channel of `caller`'s guild, or with `None` of the guild. The change is in the store when
    /// this returns.
    ///
    /// # Errors
    /// When `caller` does not manage a guild here, `change` refuses, or the store fails. Nothing is changed then.
    pub async fn change_rules(
        &self,
        caller: &Caller,
        channel: Option<ChannelId>,
        change: impl FnOnce(Rules) -> Result<Rules, Refusal> + Send,
    ) -> Result<Rules, ServiceError> {
        let guild = caller.managed_guild()?;
        let _guard = self.changes.lock(guild).await;
        let rules = change(self.compiled(guild, channel).await?.rules.clone())?;
        self.store.save_rules(guild, channel, &rules).await?;
        self.rules
            .insert((guild, channel), self.compile(rules.clone()));
        Ok(rules)
    }
}
