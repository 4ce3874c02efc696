//! For whom something is set: a person, a channel, or a whole server; and what is in force for somebody somewhere.

use std::sync::Arc;

use generation::strategy::Task;
use generation::{Seed, Settings};
use model::{EncodeOptions, Prompt};

use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::preferences::resolved::{Origin, ResolvedSettings};
use crate::service::{Caller, REMEMBERED, Refusal, SessionError, Sessions};

/// For whom something is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The person who asks, everywhere.
    User,
    /// Everybody in this channel of the server.
    Channel(u64),
    /// Everybody on the server.
    Server,
}

impl Scope {
    /// The channel, if it is one.
    pub fn channel(self) -> Option<u64> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::User | Self::Server => None,
        }
    }
}

impl Sessions {
    /// What is in force for `caller` where they are, with `call` on top.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resolved(
        &self,
        caller: &Caller,
        call: Settings,
    ) -> Result<ResolvedSettings, SessionError> {
        self.layered(caller, Scope::User, Some(call)).await
    }

    /// What is in force from `scope` on: the weaker layers, and what is set there.
    ///
    /// # Errors
    /// When the scope is not the caller's to see, or the database fails.
    pub async fn effective_for(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> Result<ResolvedSettings, SessionError> {
        self.layered(caller, scope, None).await
    }

    async fn layered(
        &self,
        caller: &Caller,
        scope: Scope,
        call: Option<Settings>,
    ) -> Result<ResolvedSettings, SessionError> {
        let mut layers = self.below(caller, scope).await?;
        let origin = match scope {
            Scope::User => Origin::User,
            Scope::Channel(_) => Origin::Channel,
            Scope::Server => Origin::Server,
        };
        layers.push((origin, self.own(caller, scope).await?));
        layers.extend(call.map(|call| (Origin::Call, call)));
        Ok(self.rules_for(caller, scope).await?.settle(layers))
    }

    /// The rules under which what is set for `scope` is used: for a person, those of the place where they are.
    async fn rules_for(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> Result<Arc<GuildPolicy>, SessionError> {
        Ok(match scope {
            Scope::User => self.house(caller).await?,
            Scope::Channel(_) | Scope::Server => self.house_of(caller, scope.channel()).await?,
        })
    }

    /// The layers that are weaker than `scope`, weakest first.
    async fn below(
        &self,
        caller: &Caller,
        scope: Scope,
    ) -> Result<Vec<(Origin, Settings)>, SessionError> {
        let mut layers = vec![(Origin::Configuration, self.parts.defaults.clone())];
        let Some(server) = caller.place.server.filter(|_| scope != Scope::Server) else {
            return Ok(layers);
        };
        layers.push((Origin::Server, self.place(server, None).await?));
        if scope == Scope::User {
            let channel = caller.place.parent.unwrap_or(caller.place.channel);
            layers.push((Origin::Channel, self.place(server, Some(channel)).await?));
        }
        Ok(layers)
    }

    /// What is set for `scope` itself.
    ///
    /// # Errors
    /// When the scope is not the caller's, or the database fails.
    pub async fn own(&self, caller: &Caller, scope: Scope) -> Result<Settings, SessionError> {
        if scope == Scope::User {
            return self.settings(caller.user).await;
        }
        self.place(caller.managed()?, scope.channel()).await
    }

    async fn place(&self, server: u64, channel: Option<u64>) -> Result<Settings, SessionError> {
        let key = (server, channel);
        if let Some(settings) = self.places.get(&key).map(|settings| settings.clone()) {
            return Ok(settings);
        }
        let settings = self.parts.store.scope_settings(server, channel).await?;
        if self.places.len() >= REMEMBERED {
            self.places.clear();
        }
        Ok(self.places.entry(key).or_insert(settings).clone())
    }

    /// Changes what is set for `scope`; it is in the database when this returns.
    ///
    /// # Errors
    /// When the scope is not the caller's, the settings would not fit together, or the database fails. Nothing is changed
    /// then.
    pub async fn change(
        &self,
        caller: &Caller,
        scope: Scope,
        change: impl FnOnce(Settings) -> Result<Settings, Refusal> + Send,
    ) -> Result<Settings, SessionError> {
        let _alone = self.changing.lock().await;
        let changed = change(self.own(caller, scope).await?)?;
        let rules = self.rules_for(caller, scope).await?;
        let below = rules.settle(self.below(caller, scope).await?);
        self.check(&changed, below.settings())?;
        if scope == Scope::User {
            self.parts
                .store
                .save_user_settings(caller.user, &changed)
                .await?;
            self.settings.insert(caller.user, changed.clone());
        } else {
            let (server, channel) = (caller.managed()?, scope.channel());
            self.parts
                .store
                .save_scope_settings(server, channel, &changed)
                .await?;
            self.places.insert((server, channel), changed.clone());
        }
        Ok(changed)
    }

    /// Whether `settings` can be used over what stands `below` them.
    pub(in crate::service) fn check(
        &self,
        settings: &Settings,
        below: &Settings,
    ) -> Result<(), Refusal> {
        let limits = &self.parts.limits;
        if let Some(typed) = settings.prompt.as_deref() {
            limits.check_characters(typed)?;
            let prompt = Prompt::parse(typed);
            limits.check_blanks(&prompt)?;
            let alone = EncodeOptions {
                task: Task::Fill { widest: 1 },
                length: limits.length,
                suffix: Vec::new(),
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
        let both = settings.clone().over(below);
        both.params(both.strategy()?, Seed::from(0))?;
        Ok(())
    }
}
