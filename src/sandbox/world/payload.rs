//! What the bot is told over the gateway.

use serde_json::{Value, json};

use super::interaction::Interaction;
use super::{ChannelKind, Moment, World};

/// A server as Discord describes it, but for what changes.
const GUILD: &str = include_str!("guild.json");

/// The time as Discord writes it.
pub(super) fn timestamp(moment: Moment) -> String {
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
        guild["member_count"] = json!(self.users.len() + 1);
        guild["channels"] = shared.map(super::Channel::json).collect();
        guild
    }

    /// The data of `INTERACTION_CREATE`. `kind` is 2 for a command and 3 for a component.
    pub(super) fn interaction_json(
        &self,
        interaction: &Interaction,
        kind: u8,
        data: &Value,
    ) -> Value {
        let (user, channel) = (
            &self.users[&interaction.user],
            &self.channels[&interaction.channel],
        );
        let guild = (channel.kind == ChannelKind::Guild).then(|| Self::GUILD.to_string());
        let mut payload = json!({
            "id": interaction.id.to_string(), "application_id": Self::APPLICATION.to_string(), "type": kind, "data": data,
            "channel_id": channel.id.to_string(), "channel": channel.json(), "token": interaction.token, "version": 1,
            "app_permissions": "2251799813685247", "locale": "en-US", "entitlements": [], "attachment_size_limit": 10_485_760,
            "context": i32::from(guild.is_none()),
        });
        if let Some(guild) = guild {
            payload["authorizing_integration_owners"] = json!({"0": guild});
            payload["guild"] = json!({"id": guild, "locale": "en-US", "features": []});
            payload["guild_locale"] = json!("en-US");
            payload["guild_id"] = json!(guild);
            payload["member"] = user.member_json();
        } else {
            payload["authorizing_integration_owners"] = json!({"0": "0"});
            payload["user"] = user.json();
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_discord_writes_them() {
        assert_eq!(timestamp(Moment(0)), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(
            timestamp(Moment(951_782_400_000)),
            "2000-02-29T00:00:00.000000+00:00"
        );
        assert_eq!(
            timestamp(Moment(1_795_391_999_123)),
            "2026-11-22T23:59:59.123000+00:00"
        );
    }
}
