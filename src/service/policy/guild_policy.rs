//! The policy at one location: the rules of a guild and its channel, merged and compiled. Pure.

use std::time::Duration;

use super::denied::Denied;
use super::limits::Limits;
use crate::domain::{Quota, Rules};
use crate::service::caller::{Caller, PermissionLevel};
use crate::service::refusal::Refusal;
use generation::strategy::{self, Strategy};
use generation::{Bans, Length, Settings};
use model::Vocabulary;

/// The rules that a guild or a channel has set itself, with their compiled banned words.
#[derive(Debug, Default)]
pub(super) struct CompiledRules {
    /// The rules as they are stored.
    pub(super) rules: Rules,
    /// The compiled form of the banned words in `rules`.
    pub(super) bans: Bans,
}

/// The level of the hierarchy at which a rule is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum RuleLevel {
    /// The guild.
    Guild,
    /// One channel of the guild.
    Channel,
}

/// The rules that apply to a request: the operator's limits and banned words, and the merged rules of guild and
/// channel. In direct messages the rules are empty.
#[derive(Debug)]
pub(in crate::service) struct GuildPolicy {
    rules: Rules,
    bans: Bans,
    limits: Limits,
    strategies_level: RuleLevel,
    length_level: RuleLevel,
}

impl GuildPolicy {
    /// The policy without any guild rules.
    pub(super) fn operator(limits: Limits, bans: &Bans) -> Self {
        Self {
            rules: Rules::default(),
            bans: bans.clone(),
            limits,
            strategies_level: RuleLevel::Guild,
            length_level: RuleLevel::Guild,
        }
    }

    /// This policy narrowed by the rules of a guild.
    #[must_use]
    pub(super) fn with_guild(self, guild: &CompiledRules) -> Self {
        Self {
            rules: guild.rules.clone(),
            bans: self.bans.union(&guild.bans),
            ..self
        }
    }

    /// This policy of a guild with the overrides of one of its channels.
    #[must_use]
    pub(super) fn with_channel(self, channel: &CompiledRules) -> Self {
        if channel.rules == Rules::default() {
            return self;
        }
        let strategies_level = if channel.rules.strategies.is_empty() {
            self.strategies_level
        } else {
            RuleLevel::Channel
        };
        let length_level = match channel.rules.length {
            None => self.length_level,
            Some(_) => RuleLevel::Channel,
        };
        Self {
            rules: channel.rules.over(&self.rules),
            bans: self.bans.union(&channel.bans),
            strategies_level,
            length_level,
            ..self
        }
    }

    /// The merged rules.
    pub(in crate::service) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// All banned words: the operator's, the guild's and the channel's.
    pub(in crate::service) fn bans(&self) -> &Bans {
        &self.bans
    }

    /// The operator's limits.
    pub(in crate::service) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The level that sets the allowed strategies.
    pub(in crate::service) fn strategies_level(&self) -> RuleLevel {
        self.strategies_level
    }

    /// The level that sets the maximum length.
    pub(in crate::service) fn length_level(&self) -> RuleLevel {
        self.length_level
    }

    /// Checks whether `caller` may request texts at the location.
    pub(in crate::service) fn authorize(&self, caller: &Caller) -> Result<(), Denied> {
        let Rules {
            channels, roles, ..
        } = &self.rules;
        let location = &caller.location;
        let mut here = [Some(location.channel), location.parent]
            .into_iter()
            .flatten();
        if !channels.is_empty() && !here.any(|channel| channels.contains(&channel)) {
            return Err(Denied::Channel(channels.clone()));
        }
        if !roles.is_empty()
            && !caller.roles.iter().any(|role| roles.contains(role))
            && caller.permission < PermissionLevel::Manager
        {
            return Err(Denied::Role(roles.clone()));
        }
        Ok(())
    }

    /// Checks the strategy and the length of `settings` against the rules.
    pub(in crate::service) fn check(&self, settings: &Settings) -> Result<(), Refusal> {
        if let Some(given) = settings.strategy.as_ref().filter(|name| !self.allows(name)) {
            let given = given.to_string();
            let allowed = self.rules.strategies.iter().map(ToString::to_string);
            let allowed = allowed.collect();
            return Err(Denied::Strategy { given, allowed }.into());
        }
        match (settings.length, self.rules.length()) {
            (Some(length), Some(most)) if length > most => Err(Refusal::Length {
                given: length.get(),
                most: most.get(),
            }),
            _ => Ok(()),
        }
    }

    /// Checks that `text`, which the bot is about to show, contains no banned word.
    pub(in crate::service) fn check_text(
        &self,
        vocabulary: &Vocabulary,
        text: &str,
    ) -> Result<(), Refusal> {
        let plain = vocabulary.plain(text);
        let banned = self.bans.find_in(&plain);
        banned.map_or(Ok(()), |word| Err(Refusal::Banned(word.to_owned())))
    }

    /// Whether the rules allow the strategy of this name.
    pub(in crate::service) fn allows(&self, strategy: &str) -> bool {
        allows(&self.rules, strategy)
    }

    /// The name of the first allowed strategy that can continue any text.
    pub(in crate::service) fn default_strategy(&self) -> &'static str {
        let usable = |strategy: &&&'static dyn Strategy| {
            self.allows(strategy.name()) && !strategy.needs_keywords()
        };
        let first = strategy::ALL.iter().find(usable);
        first.unwrap_or(&strategy::ALL[0]).name()
    }

    /// `length` capped at the maximum of the rules.
    pub(in crate::service) fn cap_length(&self, length: Option<Length>) -> Option<Length> {
        match (length, self.rules.length()) {
            (Some(length), Some(most)) if length > most => Some(most),
            (length, _) => length,
        }
    }

    /// Maximum concurrent jobs per user: rules can only narrow the operator's limit.
    pub(in crate::service) fn max_running(&self) -> usize {
        let most = self.rules.running.map_or(usize::MAX, |most| most as usize);
        self.limits.running_per_user.min(most)
    }

    /// Minimum interval between two edits of a reply.
    pub(in crate::service) fn edit_interval(&self) -> Option<Duration> {
        self.rules
            .pace
            .map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Whether the guild has a cooldown or a quota, so that texts must be counted.
    pub(super) fn has_quota(&self) -> bool {
        let Rules {
            cooldown,
            person,
            server,
            ..
        } = &self.rules;
        cooldown.is_some() || *person != Quota::default() || *server != Quota::default()
    }
}

/// Whether `rules` allow the strategy of this name. An empty list allows all strategies.
pub(in crate::service) fn allows(rules: &Rules, strategy: &str) -> bool {
    rules.strategies.is_empty()
        || rules
            .strategies
            .iter()
            .any(|allowed| **allowed == *strategy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChannelId, GuildId, RoleId, UserId};
    use crate::service::caller::Location;

    fn caller(channel: u64, roles: &[RoleId], permission: PermissionLevel) -> Caller {
        Caller {
            user: UserId(1),
            location: Location {
                guild: Some(GuildId(2)),
                channel: ChannelId(channel),
                parent: None,
            },
            roles: roles.to_vec(),
            permission,
        }
    }

    fn compiled(rules: Rules) -> CompiledRules {
        CompiledRules {
            rules,
            bans: Bans::default(),
        }
    }

    fn policy(rules: Rules) -> GuildPolicy {
        let limits = Limits {
            running_per_user: 2,
            prompt_characters: 100,
            blanks: 5,
            length: "50".parse().unwrap(),
            steering_characters: 100,
        };
        GuildPolicy::operator(limits, &Bans::default()).with_guild(&compiled(rules))
    }

    #[test]
    fn texts_are_restricted_to_the_allowed_channels_and_their_threads() {
        let policy = policy(Rules {
            channels: vec![ChannelId(5)],
            ..Rules::default()
        });
        let member = |channel| caller(channel, &[], PermissionLevel::Member);
        assert_eq!(policy.authorize(&member(5)), Ok(()));
        assert_eq!(
            policy.authorize(&caller(6, &[], PermissionLevel::Manager)),
            Err(Denied::Channel(vec![ChannelId(5)]))
        );
        let mut thread = member(7);
        thread.location.parent = Some(ChannelId(5));
        assert_eq!(policy.authorize(&thread), Ok(()));
    }

    #[test]
    fn one_of_the_required_roles_is_enough_and_managers_need_none() {
        let policy = policy(Rules {
            roles: vec![RoleId(8), RoleId(9)],
            ..Rules::default()
        });
        let authorize =
            |roles: &[RoleId], permission| policy.authorize(&caller(5, roles, permission));
        assert_eq!(
            authorize(&[RoleId(9), RoleId(1)], PermissionLevel::Member),
            Ok(())
        );
        assert_eq!(
            authorize(&[RoleId(1)], PermissionLevel::Moderator),
            Err(Denied::Role(vec![RoleId(8), RoleId(9)]))
        );
        assert_eq!(authorize(&[], PermissionLevel::Manager), Ok(()));
    }

    #[test]
    fn a_guild_can_only_narrow_the_operators_limits() {
        let max_running = |running| {
            policy(Rules {
                running,
                ..Rules::default()
            })
            .max_running()
        };
        assert_eq!([None, Some(1), Some(9)].map(max_running), [2, 1, 2]);
    }

    #[test]
    fn a_strategy_is_allowed_under_its_former_name_as_well() {
        let policy = policy(Rules {
            strategies: vec!["student".into()],
            ..Rules::default()
        });
        let check = |name: &str| {
            policy.check(&Settings {
                strategy: Some(name.into()),
                ..Settings::default()
            })
        };
        assert_eq!([check("causal"), check("student")], [Ok(()), Ok(())]);
        assert!(check("gibbs").is_err());
    }

    #[test]
    fn a_channel_overrides_its_guild_and_is_named_as_the_level() {
        let guild = Rules {
            strategies: vec!["gibbs".into()],
            length: Some(20),
            ..Rules::default()
        };
        let channel = compiled(Rules {
            length: Some(9),
            ..Rules::default()
        });
        let merged = policy(guild).with_channel(&channel);
        assert_eq!(merged.length_level(), RuleLevel::Channel);
        assert_eq!(merged.strategies_level(), RuleLevel::Guild);
        assert_eq!(merged.cap_length("40".parse().ok()), "9".parse().ok());
        assert!(merged.allows("gibbs") && !merged.allows("naive"));
    }
}
