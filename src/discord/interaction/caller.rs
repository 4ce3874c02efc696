//! The user of an interaction, and the place.

use serenity::model::Permissions;
use serenity::model::application::{
    AuthorizingIntegrationOwner, AuthorizingIntegrationOwners, CommandInteraction,
    ComponentInteraction, Interaction, MessageInteractionMetadata, ModalInteraction,
};
use serenity::model::channel::{ChannelType, PartialChannel};
use serenity::model::guild::Member;
use serenity::model::id as discord_id;
use serenity::model::user::User;

use crate::service::{Caller, ChannelId, GuildId, Location, PermissionLevel, RoleId, UserId};

/// Whether an interaction has a user. serenity fills in a default user if Discord sent none, the same one every time.
pub(in crate::discord) fn has_user(interaction: &Interaction) -> bool {
    let user = match interaction {
        Interaction::Command(it) | Interaction::Autocomplete(it) => &it.user,
        Interaction::Component(it) => &it.user,
        Interaction::Modal(it) => &it.user,
        _ => return true,
    };
    user.id != User::default().id
}

/// The caller of a command or of its autocomplete.
pub(in crate::discord) fn caller_of_command(interaction: &CommandInteraction) -> Caller {
    let (server, owners) = (
        interaction.guild_id,
        &interaction.authorizing_integration_owners,
    );
    caller(
        &interaction.user,
        interaction.member.as_deref(),
        installed_guild(server, owners),
        (interaction.channel_id, interaction.channel.as_ref()),
    )
}

/// The caller of a component.
pub(in crate::discord) fn caller_of_component(interaction: &ComponentInteraction) -> Caller {
    let (server, owners) = (
        interaction.guild_id,
        &interaction.authorizing_integration_owners,
    );
    caller(
        &interaction.user,
        interaction.member.as_ref(),
        installed_guild(server, owners),
        (interaction.channel_id, interaction.channel.as_ref()),
    )
}

/// The caller of a modal.
pub(in crate::discord) fn caller_of_modal(interaction: &ModalInteraction) -> Caller {
    // serenity drops the installation owners of a modal interaction, but keeps those of the message that opened the modal.
    let message = interaction.message.as_ref();
    let owners = message.and_then(|message| match message.interaction_metadata.as_deref()? {
        MessageInteractionMetadata::Command(it) => Some(&it.authorizing_integration_owners),
        MessageInteractionMetadata::Component(it) => Some(&it.authorizing_integration_owners),
        MessageInteractionMetadata::ModalSubmit(it) => Some(&it.authorizing_integration_owners),
        _ => None,
    });
    let server = interaction.guild_id;
    caller(
        &interaction.user,
        interaction.member.as_ref(),
        owners.map_or(server, |owners| installed_guild(server, owners)),
        (interaction.channel_id, interaction.channel.as_ref()),
    )
}

fn caller(
    user: &User,
    member: Option<&Member>,
    server: Option<discord_id::GuildId>,
    (channel, described): (discord_id::ChannelId, Option<&PartialChannel>),
) -> Caller {
    Caller {
        user: UserId(user.id.get()),
        location: Location {
            guild: server.map(|guild| GuildId(guild.get())),
            channel: ChannelId(channel.get()),
            parent: described
                .filter(|channel| is_thread(channel))
                .and_then(|channel| Some(ChannelId(channel.parent_id?.get()))),
        },
        roles: member.map_or_else(Vec::new, |member| {
            member.roles.iter().map(|role| RoleId(role.get())).collect()
        }),
        permission: permission_level(server.and(member).and_then(|member| member.permissions)),
    }
}

/// The guild, if the bot is installed in it. The rules of a guild do not apply to a bot that a user has installed for themselves.
fn installed_guild(
    server: Option<discord_id::GuildId>,
    owners: &AuthorizingIntegrationOwners,
) -> Option<discord_id::GuildId> {
    let home = |owner: &AuthorizingIntegrationOwner| {
        matches!(owner, AuthorizingIntegrationOwner::GuildInstall(_))
    };
    server.filter(|_| owners.0.iter().any(home))
}

/// Whether the parent is a channel; that of other channels is a category.
fn is_thread(channel: &PartialChannel) -> bool {
    matches!(
        channel.kind,
        ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread
    )
}

fn permission_level(permissions: Option<Permissions>) -> PermissionLevel {
    match permissions {
        Some(may) if may.administrator() || may.manage_guild() => PermissionLevel::Manager,
        Some(may) if may.manage_messages() => PermissionLevel::Moderator,
        _ => PermissionLevel::Member,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_give_a_rank() {
        assert_eq!(permission_level(None), PermissionLevel::Member);
        assert_eq!(
            permission_level(Some(Permissions::SEND_MESSAGES)),
            PermissionLevel::Member
        );
        assert_eq!(
            permission_level(Some(Permissions::MANAGE_MESSAGES)),
            PermissionLevel::Moderator
        );
        assert_eq!(
            permission_level(Some(Permissions::MANAGE_GUILD)),
            PermissionLevel::Manager
        );
        assert_eq!(
            permission_level(Some(Permissions::ADMINISTRATOR)),
            PermissionLevel::Manager
        );
    }
}
