//! The person who makes a request, the location of the request, and the permissions there.

use super::policy::denied::Denied;
use crate::domain::{ChannelId, GuildId, RoleId, UserId};

/// The location of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Location {
    /// The guild; `None` in direct messages.
    pub guild: Option<GuildId>,
    /// The channel.
    pub channel: ChannelId,
    /// The parent channel, if the channel is a thread.
    pub parent: Option<ChannelId>,
}

impl Location {
    /// The channel whose rules and settings apply: a thread follows its parent.
    pub(in crate::service) fn governing_channel(&self) -> ChannelId {
        self.parent.unwrap_or(self.channel)
    }
}

/// A user's permissions in a guild, as far as the bot distinguishes them. Each level includes the lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum PermissionLevel {
    /// No special permissions.
    #[default]
    Member,
    /// May stop and delete the texts of other users.
    Moderator,
    /// May change the bot's settings and rules for the guild.
    Manager,
}

/// The person who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The location of the request.
    pub location: Location,
    /// The ids of the user's roles in the guild.
    pub roles: Vec<RoleId>,
    /// The user's permissions at the location.
    pub permission: PermissionLevel,
}

impl Caller {
    /// Whether the caller may act on the texts of `owner`: users on their own, moderators on everyone's.
    pub fn may_moderate(&self, owner: UserId) -> bool {
        self.user == owner || self.permission >= PermissionLevel::Moderator
    }

    /// The guild that the caller manages.
    ///
    /// # Errors
    /// [`Denied::NoServer`] in direct messages, [`Denied::NotManager`] without the permission.
    pub(in crate::service) fn managed_guild(&self) -> Result<GuildId, Denied> {
        let guild = self.location.guild.ok_or(Denied::NoServer)?;
        if self.permission < PermissionLevel::Manager {
            return Err(Denied::NotManager);
        }
        Ok(guild)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(permission: PermissionLevel) -> Caller {
        Caller {
            user: UserId(1),
            location: Location {
                guild: Some(GuildId(2)),
                channel: ChannelId(3),
                parent: None,
            },
            roles: Vec::new(),
            permission,
        }
    }

    #[test]
    fn users_may_act_on_their_own_texts_and_moderators_on_all() {
        assert!(caller(PermissionLevel::Member).may_moderate(UserId(1)));
        assert!(!caller(PermissionLevel::Member).may_moderate(UserId(2)));
        assert!(caller(PermissionLevel::Moderator).may_moderate(UserId(2)));
        assert!(caller(PermissionLevel::Manager).may_moderate(UserId(2)));
    }

    #[test]
    fn only_managers_manage_a_guild() {
        assert_eq!(
            caller(PermissionLevel::Manager).managed_guild(),
            Ok(GuildId(2))
        );
        let moderator = caller(PermissionLevel::Moderator);
        assert_eq!(moderator.managed_guild(), Err(Denied::NotManager));
        let mut direct = caller(PermissionLevel::Manager);
        direct.location.guild = None;
        assert_eq!(direct.managed_guild(), Err(Denied::NoServer));
    }
}
