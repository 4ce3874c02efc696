//! Guilds and channels, and the permissions of the bot there.

use serde_json::{Value, json};

use super::{ApiError, World};

pub(super) const VIEW_CHANNEL: u64 = 1 << 10;
pub(super) const SEND_MESSAGES: u64 = 1 << 11;
pub(super) const MANAGE_MESSAGES: u64 = 1 << 13;
const EMBED_LINKS: u64 = 1 << 14;
const ATTACH_FILES: u64 = 1 << 15;
pub(super) const READ_HISTORY: u64 = 1 << 16;
const USE_COMMANDS: u64 = 1 << 31;
const USE_EXTERNAL_APPS: u64 = 1 << 50;

/// All permissions.
pub(super) const ALL_PERMISSIONS: u64 = (1 << 51) - 1;
/// Permissions of members without a special role.
pub(super) const MEMBER_PERMISSIONS: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_HISTORY
    | USE_COMMANDS
    | USE_EXTERNAL_APPS;

/// The kind of a channel: its type, and how the bot is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// A text channel of the bot's guild.
    Guild,
    /// A public thread of the channel with this id.
    Thread(u64),
    /// The DM channel of the bot and the user with this id.
    Dm(u64),
    /// A text channel of another guild. The bot is not a member; users bring it as a user-installed app.
    ForeignGuild,
    /// A group DM without the bot. Users bring it as a user-installed app.
    GroupDm,
}

impl ChannelKind {
    /// Id of the channel's guild.
    pub(super) fn guild(self) -> Option<u64> {
        match self {
            Self::Guild | Self::Thread(_) => Some(World::GUILD),
            Self::ForeignGuild => Some(World::FOREIGN_GUILD),
            Self::Dm(_) | Self::GroupDm => None,
        }
    }

    /// Discord's channel type.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Guild | Self::ForeignGuild => 0,
            Self::Dm(_) => 1,
            Self::GroupDm => 3,
            Self::Thread(_) => 11,
        }
    }

    /// Discord's interaction context type, as in the `contexts` of a command.
    pub(super) fn context(self) -> u64 {
        match self {
            Self::Guild | Self::Thread(_) | Self::ForeignGuild => 0,
            Self::Dm(_) => 1,
            Self::GroupDm => 2,
        }
    }

    /// Whether the bot itself is in the channel. Otherwise it is available as a user-installed app only.
    pub(super) fn has_bot(self) -> bool {
        matches!(self, Self::Guild | Self::Thread(_) | Self::Dm(_))
    }
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Id of the channel.
    pub id: u64,
    /// Name of the channel.
    pub name: String,
    /// Kind of the channel.
    pub kind: ChannelKind,
    /// Permissions of the bot in the channel.
    pub(super) permissions: u64,
}

impl Channel {
    pub(super) fn visible_to(&self, user: u64) -> bool {
        match self.kind {
            ChannelKind::Dm(owner) => owner == user,
            _ => true,
        }
    }

    /// `app_permissions` of interactions in the channel. Where the bot is not a member, they limit the content of its
    /// responses.
    pub(super) fn app_permissions(&self) -> u64 {
        if self.kind.has_bot() {
            self.permissions
        } else {
            MEMBER_PERMISSIONS
        }
    }

    /// The channel object of Discord's payloads.
    pub(super) fn json(&self) -> Value {
        let mut channel = json!({
            "id": self.id.to_string(), "name": self.name, "type": self.kind.number(),
            "guild_id": self.kind.guild().map(|guild| guild.to_string()), "permissions": ALL_PERMISSIONS.to_string(), "position": 0,
            "permission_overwrites": [], "nsfw": false, "parent_id": null, "topic": null, "last_message_id": null, "flags": 0,
            "rate_limit_per_user": 0,
        });
        if let ChannelKind::Thread(parent) = self.kind {
            channel["parent_id"] = json!(parent.to_string());
            channel["thread_metadata"] = json!({
                "archived": false, "auto_archive_duration": 10_080, "archive_timestamp": "2025-01-01T00:00:00.000000+00:00", "locked": false,
            });
        }
        channel
    }

    /// The channel object for the page: with the bot's presence and the context type.
    pub(super) fn page_json(&self) -> Value {
        let mut channel = self.json();
        channel["has_bot"] = json!(self.kind.has_bot());
        channel["context"] = json!(self.kind.context());
        channel
    }
}

/// Adds the default users and channels to a new world.
pub(super) fn populate(world: &mut World) {
    world.add_moderator("Ada");
    for name in ["Ben", "Chioma", "Dario"] {
        world.add_user(name);
    }
    for (id, name, kind) in [
        (World::GENERAL, "general", ChannelKind::Guild),
        (World::GENERAL + 1, "experiments", ChannelKind::Guild),
        (
            World::THREAD,
            "a story",
            ChannelKind::Thread(World::GENERAL + 1),
        ),
        (World::LOUNGE, "lounge", ChannelKind::ForeignGuild),
        (
            World::GROUP_DM,
            "Ada, Ben, Chioma, Dario",
            ChannelKind::GroupDm,
        ),
    ] {
        world.add_channel(id, name, kind);
    }
}

impl World {
    /// Id of the bot's guild.
    pub const GUILD: u64 = 1_200_000_000_000_000_000;
    /// Id of a guild without the bot.
    pub const FOREIGN_GUILD: u64 = 1_200_000_000_000_000_001;
    /// Id of the first channel of the bot's guild, `general`.
    pub const GENERAL: u64 = 1_300_000_000_000_000_000;
    /// Id of a thread in the second channel of the bot's guild.
    pub const THREAD: u64 = 1_305_000_000_000_000_000;
    /// Id of the channel of the guild without the bot.
    pub const LOUNGE: u64 = 1_310_000_000_000_000_000;
    /// Id of a group DM without the bot.
    pub const GROUP_DM: u64 = 1_320_000_000_000_000_000;
    /// Id of the first user's DM channel with the bot. The DM channels of other users have the ids after it.
    pub const FIRST_DM: u64 = 1_500_000_000_000_000_000;

    fn add_channel(&mut self, id: u64, name: &str, kind: ChannelKind) {
        let permissions = match kind {
            ChannelKind::Guild | ChannelKind::Thread(_) => MEMBER_PERMISSIONS,
            ChannelKind::Dm(_) => ALL_PERMISSIONS & !MANAGE_MESSAGES,
            ChannelKind::ForeignGuild | ChannelKind::GroupDm => 0,
        };
        let name = name.to_owned();
        let channel = Channel {
            id,
            name,
            kind,
            permissions,
        };
        self.channels.insert(id, channel);
    }

    pub(super) fn add_dm_channel(&mut self, user: u64, number: u64) {
        self.add_channel(Self::FIRST_DM + number, "Mouthpiece", ChannelKind::Dm(user));
    }

    /// The DM channel of a user with the bot.
    pub fn dm_channel(&self, user: u64) -> Option<&Channel> {
        self.channels
            .values()
            .find(|channel| channel.kind == ChannelKind::Dm(user))
    }

    /// All channels, by id.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    /// Sets the bot's permissions in a channel, as Discord's bit set.
    pub fn set_bot_permissions(&mut self, channel: u64, permissions: u64) {
        if let Some(channel) = self.channels.get_mut(&channel) {
            channel.permissions = permissions;
        }
    }

    pub(super) fn channel(&self, id: u64, user: u64) -> Result<&Channel, ApiError> {
        self.channels
            .get(&id)
            .filter(|channel| channel.visible_to(user))
            .ok_or_else(|| ApiError::unknown(10_003, "Channel"))
    }

    /// A channel that the bot has access to.
    pub(super) fn bot_channel(&self, id: u64) -> Result<&Channel, ApiError> {
        let channel = self
            .channels
            .get(&id)
            .ok_or_else(|| ApiError::unknown(10_003, "Channel"))?;
        if channel.kind.has_bot() && channel.permissions & VIEW_CHANNEL != 0 {
            Ok(channel)
        } else {
            Err(ApiError::new(403, 50_001, "Missing Access"))
        }
    }

    /// `GET /channels/{id}` (Get Channel).
    ///
    /// # Errors
    /// If the channel is unknown or the bot has no access.
    pub fn channel_json(&self, id: u64) -> Result<Value, ApiError> {
        self.bot_channel(id).map(Channel::json)
    }

    /// `POST /users/@me/channels` (Create DM).
    ///
    /// # Errors
    /// If the user is unknown.
    pub fn create_dm(&self, user: u64) -> Result<Value, ApiError> {
        let user = self.user(user)?;
        let channel = self
            .dm_channel(user.id)
            .ok_or_else(|| ApiError::unknown(10_003, "Channel"))?;
        let mut channel = channel.json();
        channel["recipients"] = json!([user.json()]);
        Ok(channel)
    }
}
