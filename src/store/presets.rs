//! Settings that people keep under a name.

use sqlx::FromRow;

use super::places::{json, lenient};
use super::{Store, StoreError, now, signed};
use generation::Settings;

/// Settings under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// As its owner wrote it.
    pub name: String,
    /// What it sets.
    pub settings: Settings,
}

#[derive(FromRow)]
struct Row {
    name: String,
    settings: String,
}

impl From<Row> for Preset {
    fn from(row: Row) -> Self {
        Self {
            settings: lenient(&row.settings),
            name: row.name,
        }
    }
}

/// Names that differ in capitals only are the same.
fn key(name: &str) -> String {
    name.to_lowercase()
}

impl Store {
    /// A person's presets, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn presets(&self, user: u64) -> Result<Vec<Preset>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT name, settings FROM presets WHERE user_id = $1 ORDER BY key")
                .bind(signed(user))
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(Preset::from).collect())
    }

    /// A person's preset of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn preset(&self, user: u64, name: &str) -> Result<Option<Preset>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT name, settings FROM presets WHERE user_id = $1 AND key = $2")
                .bind(signed(user))
                .bind(key(name))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(Preset::from))
    }

    /// Keeps a preset in place of one of the same name. Committed when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_preset(&self, user: u64, preset: &Preset) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO presets (user_id, key, name, settings, changed_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, key) DO UPDATE SET name = excluded.name, settings = excluded.settings, \
             changed_at = excluded.changed_at",
        )
        .bind(signed(user))
        .bind(key(&preset.name))
        .bind(&preset.name)
        .bind(json(&preset.settings))
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets a preset; `false` if there is none of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_preset(&self, user: u64, name: &str) -> Result<bool, StoreError> {
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

    #[tokio::test]
    async fn presets_belong_to_one_person_and_their_names_ignore_capitals() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
        let preset = |name: &str, length: &str| Preset {
            name: name.into(),
            settings: Settings {
                length: length.parse().ok(),
                ..Settings::default()
            },
        };
        store.save_preset(1, &preset("Ärger", "5")).await.unwrap();
        store.save_preset(1, &preset("ärger", "6")).await.unwrap();
        store.save_preset(1, &preset("Calm", "7")).await.unwrap();
        let names = async |user| {
            let presets = store.presets(user).await.unwrap();
            presets
                .into_iter()
                .map(|preset| preset.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(1).await, ["Calm", "ärger"]);
        assert!(names(2).await.is_empty());
        assert_eq!(
            store.preset(1, "ÄRGER").await.unwrap(),
            Some(preset("ärger", "6"))
        );
        assert!(!store.delete_preset(2, "calm").await.unwrap());
        assert!(store.delete_preset(1, "calm").await.unwrap());
        assert_eq!(store.preset(1, "Calm").await.unwrap(), None);
    }
}
