//! What the bot is told over the gateway.

use serde_json::{Value, json};

use super::attachment::LARGEST;
use super::channel::MEMBER_PERMISSIONS;
use super::interaction::Interaction;
use super::user::{Role, member};
use super::{ChannelKind, Timestamp, World};

/// A server as Discord describes it, but for what changes.
const GUILD: &str = include_str!("guild.json");
/// The language of the servers.
const GUILD_LOCALE: &str = "en-US";

/// The time as Discord writes it.
pub(super) fn timestamp(moment: Timestamp) -> String {
    let (days, seconds) = (moment.0 / 86_400_000, moment.0 / 1000 % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}000+00:00",
        moment.0 % 1000
    )
}

/// Year, month and day of a day since 1970 (the algorithm of Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

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
    /// If a file of this repository is broken.
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
        // Discord lists the bot itself, whatever it asked for.
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
            "attachment_size_limit": LARGEST, "context": kind.context(), "authorizing_integration_owners": interaction.owners,
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

    /// What Discord says of an answer to those who ask `with_response`.
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
    /// Who installed the bot that somebody uses in such a channel: the server, the person, or, alone with the bot, both.
    pub(super) fn owners(self, user: u64) -> Value {
        match self {
            Self::Guild | Self::Thread(_) => json!({"0": World::GUILD.to_string()}),
            Self::Dm(_) => json!({"0": "0"}),
            Self::ForeignGuild | Self::GroupDm => json!({"1": user.to_string()}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_discord_writes_them() {
        assert_eq!(timestamp(Timestamp(0)), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(
            timestamp(Timestamp(951_782_400_000)),
            "2000-02-29T00:00:00.000000+00:00"
        );
        assert_eq!(
            timestamp(Timestamp(1_795_391_999_123)),
            "2026-11-22T23:59:59.123000+00:00"
        );
    }
}
