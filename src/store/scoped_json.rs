//! One JSON value for a guild and for each of its channels, in a table keyed by both.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::json_column::{decode_lenient, encode};
use super::{Store, StoreError, now, signed};
use crate::domain::{ChannelId, GuildId};

/// Column value that stands for the guild itself, beside its channels. Discord never assigns this id.
const WHOLE_GUILD: i64 = 0;

/// The statements of one such table. Each takes the guild and the channel as $1 and $2; `upsert` also takes the JSON and
/// the time as $3 and $4.
pub(super) struct ScopedJson {
    pub(super) select: &'static str,
    pub(super) upsert: &'static str,
    pub(super) delete: &'static str,
}

impl ScopedJson {
    /// The value of a guild's channel, or of the guild itself if `channel` is `None`. The default if none is stored.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn load<T: DeserializeOwned + Default>(
        &self,
        store: &Store,
        guild: GuildId,
        channel: Option<ChannelId>,
    ) -> Result<T, StoreError> {
        let row: Option<String> = sqlx::query_scalar(self.select)
            .bind(signed(guild))
            .bind(channel_column(channel))
            .fetch_optional(&store.pool)
            .await?;
        Ok(row.map(|json| decode_lenient(&json)).unwrap_or_default())
    }

    /// Replaces the value. The default is stored as no row. Durable once this returns.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn save<T: Serialize + PartialEq + Default>(
        &self,
        store: &Store,
        guild: GuildId,
        channel: Option<ChannelId>,
        value: &T,
    ) -> Result<(), StoreError> {
        let key = (signed(guild), channel_column(channel));
        let query = if *value == T::default() {
            sqlx::query(self.delete).bind(key.0).bind(key.1)
        } else {
            let query = sqlx::query(self.upsert).bind(key.0).bind(key.1);
            query.bind(encode(value)).bind(now())
        };
        query.execute(&store.pool).await?;
        Ok(())
    }
}

/// The `channel_id` column of a channel, or of the guild itself.
fn channel_column(channel: Option<ChannelId>) -> i64 {
    channel.map_or(WHOLE_GUILD, signed)
}
