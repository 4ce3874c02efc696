//! Named settings of users.

use sqlx::FromRow;

use super::json_column::{decode_lenient, encode};
use super::{Store, StoreError, now, signed};
use crate::domain::{Preset, UserId};

#[derive(FromRow)]
struct Row {
    name: String,
    settings: String,
}

impl From<Row> for Preset {
    fn from(row: Row) -> Self {
        Self {
            settings: decode_lenient(&row.settings),
            name: row.name,
        }
    }
}

/// Lookup key of a name. Names that differ in case only share a key.
fn key(name: &str) -> String {
    name.to_lowercase()
}

impl Store {
    /// The presets of a user, ordered by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn presets(&self, user: UserId) -> Result<Vec<Preset>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT name, settings FROM presets WHERE user_id = $1 ORDER BY key")
                .bind(signed(user))
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(Preset::from).collect())
    }

    /// The preset of a user with this name, ignoring case.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn preset(&self, user: UserId, name: &str) -> Result<Option<Preset>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT name, settings FROM presets WHERE user_id = $1 AND key = $2")
                .bind(signed(user))
                .bind(key(name))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(Preset::from))
    }

    /// Stores a preset, replacing one of the same name. Durable once this returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_preset(&self, user: UserId, preset: &Preset) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO presets (user_id, key, name, settings, changed_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, key) DO UPDATE SET name = excluded.name, settings = excluded.settings, \
             changed_at = excluded.changed_at",
        )
        .bind(signed(user))
        .bind(key(&preset.name))
        .bind(&preset.name)
        .bind(encode(&preset.settings))
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Deletes a preset. Returns `false` if there is none of this name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_preset(&self, user: UserId, name: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM presets WHERE user_id = $1 AND key = $2")
            .bind(signed(user))
            .bind(key(name))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;
    use generation::Settings;

    #[tokio::test]
    async fn presets_belong_to_one_user_and_their_names_ignore_case() {
        let (store, _folder) = store().await;
        let (owner, other) = (UserId(1), UserId(2));
        let preset = |name: &str, length: &str| Preset {
            name: name.into(),
            settings: Settings {
                length: length.parse().ok(),
                ..Settings::default()
            },
        };
        store
            .save_preset(owner, &preset("Ärger", "5"))
            .await
            .unwrap();
        store
            .save_preset(owner, &preset("ärger", "6"))
            .await
            .unwrap();
        store
            .save_preset(owner, &preset("Calm", "7"))
            .await
            .unwrap();
        let names = async |user| {
            let presets = store.presets(user).await.unwrap();
            presets
                .into_iter()
                .map(|preset| preset.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(owner).await, ["Calm", "ärger"]);
        assert!(names(other).await.is_empty());
        assert_eq!(
            store.preset(owner, "ÄRGER").await.unwrap(),
            Some(preset("ärger", "6"))
        );
        assert!(!store.delete_preset(other, "calm").await.unwrap());
        assert!(store.delete_preset(owner, "calm").await.unwrap());
        assert_eq!(store.preset(owner, "Calm").await.unwrap(), None);
    }
}
