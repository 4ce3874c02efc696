//! Payloads of gateway events and of interaction responses.

use serde_json::{Value, json};

use super::attachment::MAX_FILE_BYTES;
use super::channel::MEMBER_PERMISSIONS;
use super::interaction::Interaction;
use super::user::{Role, member};
use super::{ChannelKind, World};

/// The constant part of the guild object.
const GUILD: &str = include_str!("guild.json");
/// Locale of the guilds.
const GUILD_LOCALE: &str = "en-US";

impl World {
    /// The data of `READY`.
    pub fn ready_json(&self, session: &str, gateway: &str, shard: &Value) -> Value {
        json!({
            "v": 10, "user": self.bot_json(), "guilds": [{"id": Self::GUILD.to_string(), "unavailable": true}], "session_id": session,
            "session_type": "normal", "resume_gateway_url": gateway, "shard": if shard.is_null() { json!([0, 1]) } else { shard.clone() },
            "application": {"id": Self::APPLICATION.to_string(), "flags": 0}, "private_channels": [], "relationships": [], "presences": [],
            "guild_join_requests": [], "user_settings": {}, "_trace": [],
        })
    }

    /// The data of `GUILD_CREATE`.
    ///
    /// # Panics
    /// Never: the guild file is part of the crate and valid JSON.
    pub fn guild_json(&self) -> Value {
        let mut guild: Value = serde_json::from_str(GUILD).expect("a file of this repository");
        let shared = self
            .channels
            .values()
            .filter(|channel| channel.kind == ChannelKind::Guild);
        let owner = self
            .users
            .values()
            .find(|user| user.moderator)
            .map_or(0, |user| user.id);
        guild["id"] = json!(Self::GUILD.to_string());
        guild["owner_id"] = json!(owner.to_string());
        guild["roles"][0]["id"] = guild["id"].clone();
        guild["roles"][0]["permissions"] = json!(MEMBER_PERMISSIONS.to_string());
        if let Some(roles) = guild["roles"].as_array_mut() {
            roles.extend(self.roles.iter().map(Role::json));
        }
        guild["member_count"] = json!(self.users.len() + 1);
        guild["channels"] = shared.map(super::Channel::json).collect();
        // Discord always lists the bot itself as a member, whatever its intents.
        let mut bot = member();
        bot["user"] = self.bot_json();
        (bot["deaf"], bot["mute"]) = (json!(false), json!(false));
        guild["members"] = json!([bot]);
        guild
    }

    /// The data of `INTERACTION_CREATE`.
    pub(super) fn interaction_json(&self, interaction: &Interaction, data: &Value) -> Value {
        let user = &self.users[&interaction.user];
        let channel = &self.channels[&interaction.channel];
        let kind = channel.kind;
        let mut payload = json!({
            "id": interaction.id.to_string(), "application_id": Self::APPLICATION.to_string(), "type": interaction.kind, "data": data,
            "channel_id": channel.id.to_string(), "channel": channel.json(), "token": interaction.token, "version": 1,
            "app_permissions": channel.app_permissions().to_string(), "locale": user.locale, "entitlements": [],
            "attachment_size_limit": MAX_FILE_BYTES, "context": kind.context(), "authorizing_integration_owners": interaction.integration_owners,
        });
        if let Some(guild) = kind.guild() {
            let id = json!(guild.to_string());
            payload["guild"] = json!({"id": id, "locale": GUILD_LOCALE, "features": []});
            payload["guild_locale"] = json!(GUILD_LOCALE);
            payload["guild_id"] = id;
            payload["member"] = user.member_json(guild);
        } else {
            payload["user"] = user.json();
        }
        if let Some(message) = interaction.source.and_then(|id| self.messages.get(&id)) {
            payload["message"] = self.message_json(message);
        }
        payload
    }

    /// The body of the answer to a response with `with_response=true`.
    pub(super) fn response_json(
        &self,
        interaction: &Interaction,
        answer: u64,
        message: Option<u64>,
    ) -> Value {
        let mut said = json!({
            "interaction": {"id": interaction.id.to_string(), "type": interaction.kind, "channel_id": interaction.channel.to_string()},
        });
        if let Some(message) = message.and_then(|id| self.messages.get(&id)) {
            said["interaction"]["response_message_id"] = json!(message.id.to_string());
            said["interaction"]["response_message_loading"] = json!(message.is_thinking());
            said["interaction"]["response_message_ephemeral"] = json!(message.is_ephemeral());
            said["resource"] = json!({"type": answer, "message": self.message_json(message)});
        }
        said
    }
}

impl ChannelKind {
    /// `authorizing_integration_owners` of an interaction: the guild, the user, or in DMs with the bot "0".
    pub(super) fn integration_owners(self, user: u64) -> Value {
        match self {
            Self::Guild | Self::Thread(_) => json!({"0": World::GUILD.to_string()}),
            Self::Dm(_) => json!({"0": "0"}),
            Self::ForeignGuild | Self::GroupDm => json!({"1": user.to_string()}),
        }
    }
}
