//! Rules of guilds and channels.

use super::scoped_json::ScopedJson;
use super::{Store, StoreError};
use crate::domain::{ChannelId, GuildId, Rules};

const RULES: ScopedJson = ScopedJson {
    select: "SELECT rules FROM rules WHERE server_id = $1 AND channel_id = $2",
    upsert: "INSERT INTO rules (server_id, channel_id, rules, changed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (server_id, channel_id) DO UPDATE SET rules = excluded.rules, changed_at = excluded.changed_at",
    delete: "DELETE FROM rules WHERE server_id = $1 AND channel_id = $2",
};

impl Store {
    /// The rules of a guild's channel, or of the guild itself if `channel` is `None`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rules(
        &self,
        guild: GuildId,
        channel: Option<ChannelId>,
    ) -> Result<Rules, StoreError> {
        RULES.load(self, guild, channel).await
    }

    /// Replaces the rules of a guild's channel, or of the guild itself if `channel` is `None`. Durable once this
    /// returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_rules(
        &self,
        guild: GuildId,
        channel: Option<ChannelId>,
        rules: &Rules,
    ) -> Result<(), StoreError> {
        RULES.save(self, guild, channel, rules).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Quota;
    use crate::store::tests::store;

    #[tokio::test]
    async fn rules_round_trip_for_a_guild_and_a_channel() {
        let (store, _folder) = store().await;
        let rules = Rules {
            channels: vec![ChannelId(1), ChannelId(u64::MAX)],
            strategies: vec!["gibbs".into()],
            length: Some(20),
            banned: vec!["crumpet".into()],
            person: Quota {
                hourly: Some(3),
                daily: None,
            },
            ..Rules::default()
        };
        assert_eq!(
            store.rules(GuildId(9), None).await.unwrap(),
            Rules::default()
        );
        store.save_rules(GuildId(9), None, &rules).await.unwrap();
        assert_eq!(store.rules(GuildId(9), None).await.unwrap(), rules);
        assert_eq!(
            store.rules(GuildId(9), Some(ChannelId(1))).await.unwrap(),
            Rules::default()
        );
        let short = Rules {
            length: Some(5),
            ..Rules::default()
        };
        store
            .save_rules(GuildId(9), Some(ChannelId(1)), &short)
            .await
            .unwrap();
        assert_eq!(
            store.rules(GuildId(9), Some(ChannelId(1))).await.unwrap(),
            short
        );
        assert_eq!(store.rules(GuildId(9), None).await.unwrap(), rules);
    }
}
