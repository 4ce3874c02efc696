//! The preferences service: stores the settings of users, channels and guilds, and resolves those that apply to a
//! request.
//!
//! Settings are cached in concurrent read-through caches over the store. A change is written to the store first and
//! then to the cache, under a lock of the user or guild whose settings change.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::resolved::{ResolvedSettings, SettingOrigin};
use super::scope::Scope;
use crate::domain::{ChannelId, GuildId, UserId};
use crate::service::caller::Caller;
use crate::service::keyed_lock::{KeyedGuard, KeyedLock};
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::policy::service::Policy;
use crate::service::refusal::{Refusal, ServiceError};
use crate::service::resources::Resources;
use crate::store::{Store, StoreError};
use generation::strategy::Task;
use generation::{Seed, Settings};
use model::{EncodeOptions, Prompt, Vocabulary};

/// Maximum number of users, and of guilds and channels, whose settings are cached.
const CACHE_CAPACITY: usize = 50_000;

/// The owner of settings. Changes of one owner are serialised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::service) enum SettingsOwner {
    /// A user.
    User(UserId),
    /// A guild with all its channels.
    Guild(GuildId),
}

/// Stores and resolves settings and presets.
pub struct Preferences {
    pub(super) store: Store,
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) policy: Arc<Policy>,
    defaults: Settings,
    users: Cache<UserId, Settings>,
    /// By guild and, for settings of a channel, channel.
    guilds: Cache<(GuildId, Option<ChannelId>), Settings>,
    changes: KeyedLock<SettingsOwner>,
}

impl Preferences {
    pub(in crate::service) fn new(
        resources: &Resources,
        policy: Arc<Policy>,
        defaults: Settings,
    ) -> Self {
        Self {
            store: resources.store.clone(),
            vocabulary: Arc::clone(&resources.vocabulary),
            policy,
            defaults,
            users: Cache::new(CACHE_CAPACITY),
            guilds: Cache::new(CACHE_CAPACITY),
            changes: KeyedLock::default(),
        }
    }

    /// The configuration's settings, below all others.
    pub fn defaults(&self) -> &Settings {
        &self.defaults
    }

    /// The settings that `user` has stored.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn user_settings(&self, user: UserId) -> Result<Settings, StoreError> {
        let load = async { Ok(self.store.user_settings(user).await?.unwrap_or_default()) };
        // A change that is saved while the settings are loaded keeps its place in the cache.
        self.users.get_or_insert_async(&user, load).await
    }

    /// The settings of a channel of a guild, or with `None` of the guild, without inheritance.
    async fn guild_settings(
        &self,
        guild: GuildId,
        channel: Option<ChannelId>,
    ) -> Result<Settings, StoreError> {
        let load = self.store.scope_settings(guild, channel);
        self.guilds
            .get_or_insert_async(&(guild, channel), load)
            .await
    }

    /// The settings that apply to a request with the options `call` under `policy`.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::service) async fn resolve(
        &self,
        caller: &Caller,
        policy: &GuildPolicy,
        call: Settings,
    ) -> Result<ResolvedSettings, ServiceError> {
        let mut layers = self.layers(caller, Scope::User).await?;
        layers.push((SettingOrigin::Call, call));
        Ok(ResolvedSettings::under(policy, layers))
    }

    /// The settings that apply within `scope`: its own over those of the wider scopes.
    ///
    /// # Errors
    /// When `caller` does not manage the scope, or the store fails.
    pub async fn resolved_for(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> Result<ResolvedSettings, ServiceError> {
        let layers = self.layers(caller, scope).await?;
        let policy = self.policy_of(caller, scope).await?;
        Ok(ResolvedSettings::under(&policy, layers))
    }

    /// The policy under which the settings of `scope` apply: for a user, the policy at the caller's location.
    async fn policy_of(&self, caller: &Caller, scope: Scope) -> Result<GuildPolicy, StoreError> {
        match scope {
            Scope::User => self.policy.for_caller(caller).await,
            Scope::Channel(_) | Scope::Server => {
                self.policy.for_channel(caller, scope.channel()).await
            }
        }
    }

    /// The settings of `scope` and of all wider scopes, the widest first.
    async fn layers(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> Result<Vec<(SettingOrigin, Settings)>, ServiceError> {
        let mut layers = self.wider_layers(caller, scope).await?;
        let origin = match scope {
            Scope::User => SettingOrigin::User,
            Scope::Channel(_) => SettingOrigin::Channel,
            Scope::Server => SettingOrigin::Server,
        };
        layers.push((origin, self.stored(caller, scope).await?));
        Ok(layers)
    }

    /// The settings of all scopes that are wider than `scope`, the widest first.
    async fn wider_layers(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> Result<Vec<(SettingOrigin, Settings)>, StoreError> {
        let mut layers = vec![(SettingOrigin::Configuration, self.defaults.clone())];
        let Some(guild) = caller.location.guild.filter(|_| scope != Scope::Server) else {
            return Ok(layers);
        };
        let of_guild = self.guild_settings(guild, None).await?;
        layers.push((SettingOrigin::Server, of_guild));
        if scope == Scope::User {
            let channel = Some(caller.location.governing_channel());
            let of_channel = self.guild_settings(guild, channel).await?;
            layers.push((SettingOrigin::Channel, of_channel));
        }
        Ok(layers)
    }

    /// The settings that are stored for `scope` itself, without inheritance.
    ///
    /// # Errors
    /// When `caller` does not manage the scope, or the store fails.
    pub async fn stored(&self, caller: &Caller, scope: Scope) -> Result<Settings, ServiceError> {
        let settings = match scope {
            Scope::User => self.user_settings(caller.user).await?,
            Scope::Channel(_) | Scope::Server => {
                let guild = caller.managed_guild()?;
                self.guild_settings(guild, scope.channel()).await?
            }
        };
        Ok(settings)
    }

    /// Changes the settings of `scope`. The change is in the store when this returns.
    ///
    /// # Errors
    /// When `caller` does not manage the scope, the settings are invalid, or the store fails. Nothing is changed then.
    pub async fn change(
        &self,
        caller: &Caller,
        scope: Scope,
        change: impl FnOnce(Settings) -> Result<Settings, Refusal> + Send,
    ) -> Result<Settings, ServiceError> {
        let owner = match scope {
            Scope::User => SettingsOwner::User(caller.user),
            Scope::Channel(_) | Scope::Server => SettingsOwner::Guild(caller.managed_guild()?),
        };
        // Read, check and write must be atomic, so that no concurrent change of the same owner is lost.
        let _guard = self.changes.lock(owner).await;
        let changed = change(self.stored(caller, scope).await?)?;
        let policy = self.policy_of(caller, scope).await?;
        let below = ResolvedSettings::under(&policy, self.wider_layers(caller, scope).await?);
        self.check(&changed, below.settings())?;
        match owner {
            SettingsOwner::User(user) => {
                self.store.save_user_settings(user, &changed).await?;
                self.users.insert(user, changed.clone());
            }
            SettingsOwner::Guild(guild) => {
                let channel = scope.channel();
                self.store
                    .save_scope_settings(guild, channel, &changed)
                    .await?;
                self.guilds.insert((guild, channel), changed.clone());
            }
        }
        Ok(changed)
    }

    /// Checks that `settings` over `below` satisfy the operator's limits and fit their strategy.
    pub(super) fn check(&self, settings: &Settings, below: &Settings) -> Result<(), Refusal> {
        let limits = self.policy.limits();
        if let Some(typed) = settings.prompt.as_deref() {
            limits.check_characters(typed)?;
            let prompt = Prompt::parse(typed);
            limits.check_blanks(&prompt)?;
            let options = EncodeOptions {
                task: Task::Fill { widest: 1 },
                length: limits.length,
                suffix: Vec::new(),
                unprompted: false,
            };
            self.vocabulary
                .draft(&prompt, &options)
                .map_err(Refusal::from)?;
        }
        limits.check_texts(settings)?;
        settings
            .length
            .map_or(Ok(()), |length| limits.check_length(length))?;
        let merged = settings.clone().over(below);
        merged.params(merged.strategy()?, Seed::from(0))?;
        Ok(())
    }

    /// Excludes all changes of the settings and presets of `user` until the guard is dropped.
    pub(in crate::service) async fn lock_user(
        &self,
        user: UserId,
    ) -> KeyedGuard<'_, SettingsOwner> {
        self.changes.lock(SettingsOwner::User(user)).await
    }

    /// Resets the cached settings of `user` after the store has deleted them.
    pub(in crate::service) fn forget_cached(&self, user: UserId) {
        // Inserted rather than removed: the entry also replaces a load that began before the deletion.
        self.users.insert(user, Settings::default());
    }
}
