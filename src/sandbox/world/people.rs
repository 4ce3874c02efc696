//! People and the channels they talk in.

use serde_json::{Value, json};

use super::{ApiError, World};

/// Every permission a member can have here.
const ALL_PERMISSIONS: &str = "2251799813685247";
/// Viewing, sending, reading the history, attaching files, using commands.
const MEMBER_PERMISSIONS: &str = "2147600384";

/// Somebody on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Discord's number for the person.
    pub id: u64,
    /// The name people see.
    pub name: String,
    /// Whether the person may manage the server.
    pub moderator: bool,
}

impl User {
    /// The user as in Discord's payloads.
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "username": self.name.to_lowercase(), "global_name": self.name, "discriminator": "0",
            "avatar": null, "bot": false, "public_flags": 0, "moderator": self.moderator,
        })
    }

    /// The person as a member of the server.
    pub(super) fn member_json(&self) -> Value {
        json!({
            "user": self.json(), "nick": null, "avatar": null, "banner": null, "roles": [], "joined_at": "2026-01-01T00:00:00.000000+00:00",
            "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null,
            "permissions": if self.moderator { ALL_PERMISSIONS } else { MEMBER_PERMISSIONS },
        })
    }
}

/// Where a channel belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// On the server.
    Guild,
    /// Between the bot and this person.
    Direct(u64),
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
}

impl Channel {
    pub(super) fn visible_to(&self, user: u64) -> bool {
        match self.kind {
            ChannelKind::Guild => true,
            ChannelKind::Direct(owner) => owner == user,
        }
    }

    /// The channel as in Discord's payloads.
    pub(super) fn json(&self) -> Value {
        let (kind, guild) = match self.kind {
            ChannelKind::Guild => (0, Some(World::GUILD.to_string())),
            ChannelKind::Direct(_) => (1, None),
        };
        json!({
            "id": self.id.to_string(), "name": self.name, "type": kind, "guild_id": guild, "permissions": ALL_PERMISSIONS,
            "position": 0, "permission_overwrites": [], "nsfw": false, "parent_id": null, "topic": null, "last_message_id": null,
            "flags": 0, "rate_limit_per_user": 0,
        })
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
    for (number, name) in (0..).zip(["general", "experiments"]) {
        let id = 1_300_000_000_000_000_000 + number;
        world.channels.insert(
            id,
            Channel {
                id,
                name: name.to_owned(),
                kind: ChannelKind::Guild,
            },
        );
    }
}

impl World {
    /// Lets somebody join the server, with a channel for talking to the bot alone. Returns the new person's number.
    pub fn add_user(&mut self, name: &str, moderator: bool) -> u64 {
        let number = self.users.len() as u64;
        let (id, direct) = (
            1_400_000_000_000_000_000 + number,
            1_500_000_000_000_000_000 + number,
        );
        self.users.insert(
            id,
            User {
                id,
                name: name.to_owned(),
                moderator,
            },
        );
        self.channels.insert(
            direct,
            Channel {
                id: direct,
                name: "Mouthpiece".to_owned(),
                kind: ChannelKind::Direct(id),
            },
        );
        id
    }

    /// Everybody on the server.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The channels, in the order they are listed.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    pub(super) fn user(&self, id: u64) -> Result<&User, ApiError> {
        self.users
            .get(&id)
            .ok_or_else(|| ApiError::unknown(10_013, "User"))
    }

    pub(super) fn channel(&self, id: u64, user: u64) -> Result<&Channel, ApiError> {
        self.channels
            .get(&id)
            .filter(|channel| channel.visible_to(user))
            .ok_or_else(|| ApiError::unknown(10_003, "Channel"))
    }

    /// The bot's own user.
    pub fn bot_json(&self) -> Value {
        json!({
            "id": Self::APPLICATION.to_string(), "username": "Mouthpiece", "global_name": null, "discriminator": "0001", "avatar": null,
            "bot": true, "public_flags": 0, "flags": 0, "mfa_enabled": false, "verified": true, "email": null, "locale": "en-US",
        })
    }
}
