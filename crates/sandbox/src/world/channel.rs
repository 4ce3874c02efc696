//! Servers and channels: where people talk, and where the bot is at home.

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

/// Every permission a member can have here.
pub(super) const ALL_PERMISSIONS: u64 = (1 << 51) - 1;
/// What everybody may do.
pub(super) const MEMBER_PERMISSIONS: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_HISTORY
    | USE_COMMANDS
    | USE_EXTERNAL_APPS;

/// Where a channel belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// On the server.
    Guild,
    /// Beside the conversation in this channel of the server.
    Thread(u64),
    /// Between the bot and this person.
    Dm(u64),
    /// On another server, where the bot is no member: people use it because they installed it for themselves.
    ForeignGuild,
    /// A group of people without the bot, who use it in the same way.
    GroupDm,
}

impl ChannelKind {
    /// The server it belongs to.
    pub(super) fn guild(self) -> Option<u64> {
        match self {
            Self::Guild | Self::Thread(_) => Some(World::GUILD),
            Self::ForeignGuild => Some(World::FOREIGN_GUILD),
            Self::Dm(_) | Self::GroupDm => None,
        }
    }

    /// Discord's number for channels of this kind.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Guild | Self::ForeignGuild => 0,
            Self::Dm(_) => 1,
            Self::GroupDm => 3,
            Self::Thread(_) => 11,
        }
    }

    /// Discord's number for places of this kind, as in the `contexts` of a command.
    pub(super) fn context(self) -> u64 {
        match self {
            Self::Guild | Self::Thread(_) | Self::ForeignGuild => 0,
            Self::Dm(_) => 1,
            Self::GroupDm => 2,
        }
    }

    /// Whether the bot is there itself; else it is only used through a person's own install.
    pub(super) fn has_bot(self) -> bool {
        matches!(self, Self::Guild | Self::Thread(_) | Self::Dm(_))
    }
}

/// A place for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Discord's number for it.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Where it belongs.
    pub kind: ChannelKind,
    /// What the bot may do there.
    pub(super) permissions: u64,
}

impl Channel {
    pub(super) fn visible_to(&self, user: u64) -> bool {
        match self.kind {
            ChannelKind::Dm(owner) => owner == user,
            _ => true,
        }
    }

    /// What the bot may do there; where it is not at home, what its answers may hold.
    pub(super) fn app_permissions(&self) -> u64 {
        if self.kind.has_bot() {
            self.permissions
        } else {
            MEMBER_PERMISSIONS
        }
    }

    /// The channel as in Discord's payloads.
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

    /// The channel as the page needs it.
    pub(super) fn page_json(&self) -> Value {
        let mut channel = self.json();
        channel["has_bot"] = json!(self.kind.has_bot());
        channel["context"] = json!(self.kind.context());
        channel
    }
}

/// The people and channels of a new world.
pub(super) fn populate(world: &mut World) {
    for (name, moderator) in [
        ("Ada", true),
        ("Ben", false),
        ("Chioma", false),
        ("Dario", false),
    ] {
        world.add_user(name, moderator);
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
    /// The server that the bot is on.
    pub const GUILD: u64 = 1_200_000_000_000_000_000;
    /// A server that the bot is not on.
    pub const FOREIGN_GUILD: u64 = 1_200_000_000_000_000_001;
    /// The first channel of the bot's server.
    pub const GENERAL: u64 = 1_300_000_000_000_000_000;
    /// A thread in the second channel of the bot's server.
    pub const THREAD: u64 = 1_305_000_000_000_000_000;
    /// The channel of the server that the bot is not on.
    pub const LOUNGE: u64 = 1_310_000_000_000_000_000;
    /// A group of people, without the bot.
    pub const GROUP_DM: u64 = 1_320_000_000_000_000_000;
    /// The first person's channel with the bot; the others' have the numbers after it.
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

    /// Somebody's channel with the bot.
    pub fn dm_channel(&self, user: u64) -> Option<&Channel> {
        self.channels
            .values()
            .find(|channel| channel.kind == ChannelKind::Dm(user))
    }

    /// The channels, in the order they are listed.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    /// Sets what the bot may do in a channel, in Discord's bits.
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

    /// A channel that the bot itself may see.
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

    /// `GET /channels/{id}`.
    ///
    /// # Errors
    /// When the bot may not see it.
    pub fn channel_json(&self, id: u64) -> Result<Value, ApiError> {
        self.bot_channel(id).map(Channel::json)
    }

    /// `POST /users/@me/channels`: the channel with somebody.
    ///
    /// # Errors
    /// When there is no such person.
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
