//! Default settings of guilds and channels.

use super::json_column::{decode_lenient, encode};
use super::{Store, StoreError, now, signed};
use generation::Settings;

/// Column value that stands for the guild itself, beside its channels. Discord never assigns this id.
const WHOLE_GUILD: i64 = 0;

/// The `channel_id` column of a channel, or of the guild itself.
pub(super) fn channel_column(channel: Option<u64>) -> i64 {
    channel.map_or(WHOLE_GUILD, signed)
}

impl Store {
    /// The settings of a guild's channel, or of the guild itself if `channel` is `None`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn scope_settings(
        &self,
        guild: u64,
        channel: Option<u64>,
    ) -> Result<Settings, StoreError> {
        let row: Option<String> = sqlx::query_scalar(
            "SELECT settings FROM places WHERE server_id = $1 AND channel_id = $2",
        )
        .bind(signed(guild))
        .bind(channel_column(channel))
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|json| decode_lenient(&json)).unwrap_or_default())
    }

    /// Replaces the settings of a guild's channel, or of the guild itself if `channel` is `None`. Durable once this
    /// returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_scope_settings(
        &self,
        guild: u64,
        channel: Option<u64>,
        settings: &Settings,
    ) -> Result<(), StoreError> {
        if *settings == Settings::default() {
            sqlx::query("DELETE FROM places WHERE server_id = $1 AND channel_id = $2")
                .bind(signed(guild))
                .bind(channel_column(channel))
                .execute(&self.pool)
                .await?;
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO places (server_id, channel_id, settings, changed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (server_id, channel_id) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at",
        )
        .bind(signed(guild))
        .bind(channel_column(channel))
        .bind(encode(settings))
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
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
            .save_scope_settings(1, None, &warm("0.1"))
            .await
            .unwrap();
        // The oldest channel of an old guild has the guild's own id.
        store
            .save_scope_settings(1, Some(1), &warm("0.2"))
            .await
            .unwrap();
        store
            .save_scope_settings(2, Some(1), &warm("0.3"))
            .await
            .unwrap();
        assert_eq!(store.scope_settings(1, None).await.unwrap(), warm("0.1"));
        assert_eq!(store.scope_settings(1, Some(1)).await.unwrap(), warm("0.2"));
        assert_eq!(store.scope_settings(2, Some(1)).await.unwrap(), warm("0.3"));
        store
            .save_scope_settings(1, None, &Settings::default())
            .await
            .unwrap();
        let cleared = store.scope_settings(1, None).await.unwrap();
        assert_eq!(cleared, Settings::default());
    }
}
