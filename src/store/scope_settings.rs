//! Default settings of guilds and channels.

use super::scoped_json::ScopedJson;
use super::{Store, StoreError};
use crate::domain::{ChannelId, GuildId};
use generation::Settings;

const SETTINGS: ScopedJson = ScopedJson {
    select: "SELECT settings FROM places WHERE server_id = $1 AND channel_id = $2",
    upsert: "INSERT INTO places (server_id, channel_id, settings, changed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (server_id, channel_id) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at",
    delete: "DELETE FROM places WHERE server_id = $1 AND channel_id = $2",
};

impl Store {
    /// The settings of a guild's channel, or of the guild itself if `channel` is `None`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn scope_settings(
        &self,
        guild: GuildId,
        channel: Option<ChannelId>,
    ) -> Result<Settings, StoreError> {
        SETTINGS.load(self, guild, channel).await
    }

    /// Replaces the settings of a guild's channel, or of the guild itself if `channel` is `None`. Durable once this
    /// returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_scope_settings(
        &self,
        guild: GuildId,
        channel: Option<ChannelId>,
        settings: &Settings,
    ) -> Result<(), StoreError> {
        SETTINGS.save(self, guild, channel, settings).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;

    #[tokio::test]
    async fn a_guild_and_its_channels_have_separate_settings() {
        let (store, _folder) = store().await;
        let warm = |temperature: &str| Settings {
            temperature: temperature.parse().ok(),
            ..Settings::default()
        };
        store
            .save_scope_settings(GuildId(1), None, &warm("0.1"))
            .await
            .unwrap();
        // The oldest channel of an old guild has the guild's own id.
        store
            .save_scope_settings(GuildId(1), Some(ChannelId(1)), &warm("0.2"))
            .await
            .unwrap();
        store
            .save_scope_settings(GuildId(2), Some(ChannelId(1)), &warm("0.3"))
            .await
            .unwrap();
        assert_eq!(
            store.scope_settings(GuildId(1), None).await.unwrap(),
            warm("0.1")
        );
        assert_eq!(
            store
                .scope_settings(GuildId(1), Some(ChannelId(1)))
                .await
                .unwrap(),
            warm("0.2")
        );
        assert_eq!(
            store
                .scope_settings(GuildId(2), Some(ChannelId(1)))
                .await
                .unwrap(),
            warm("0.3")
        );
        store
            .save_scope_settings(GuildId(1), None, &Settings::default())
            .await
            .unwrap();
        let cleared = store.scope_settings(GuildId(1), None).await.unwrap();
        assert_eq!(cleared, Settings::default());
    }
}
