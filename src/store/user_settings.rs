//! Settings of users.

use sqlx::FromRow;

use super::{Store, StoreError, now, signed};
use crate::domain::UserId;
use generation::{Seed, Settings, StrategyName};

#[derive(FromRow)]
struct Row {
    prompt: Option<String>,
    strategy: Option<String>,
    temperature: Option<f64>,
    top_k: Option<i64>,
    top_p: Option<f64>,
    length: Option<i64>,
    seed: Option<i64>,
    options: Option<String>,
    tags: Option<String>,
    context: Option<String>,
    keywords: Option<String>,
}

/// Converts a stored number. A number out of the type's current range counts as unset.
fn within<T: TryFrom<f64>>(value: Option<f64>) -> Option<T> {
    value.and_then(|value| T::try_from(value).ok())
}

#[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
fn within_whole<T: TryFrom<f64>>(value: Option<i64>) -> Option<T> {
    within(value.map(|value| value as f64))
}

impl From<Row> for Settings {
    fn from(row: Row) -> Self {
        Self {
            prompt: row.prompt,
            strategy: row.strategy.map(StrategyName::from),
            temperature: within(row.temperature),
            top_k: within_whole(row.top_k),
            top_p: within(row.top_p),
            length: within_whole(row.length),
            seed: row
                .seed
                .and_then(|seed| Seed::try_from(seed.cast_unsigned()).ok()),
            options: row.options,
            tags: row.tags,
            context: row.context,
            keywords: row.keywords,
        }
    }
}

impl Store {
    /// The settings of a user. `None` if the user never saved any.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn user_settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT prompt, strategy, temperature, top_k, top_p, length, seed, options, tags, context, keywords FROM settings WHERE user_id = $1")
                .bind(signed(user))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(Settings::from))
    }

    /// Replaces the settings of a user. Durable once this returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_user_settings(
        &self,
        user: UserId,
        settings: &Settings,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO settings (user_id, prompt, strategy, temperature, top_k, top_p, length, seed, options, tags, context, \
             keywords, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (user_id) DO UPDATE SET prompt = excluded.prompt, strategy = excluded.strategy, \
             temperature = excluded.temperature, top_k = excluded.top_k, top_p = excluded.top_p, length = excluded.length, \
             seed = excluded.seed, options = excluded.options, tags = excluded.tags, context = excluded.context, \
             keywords = excluded.keywords, changed_at = excluded.changed_at",
        )
        .bind(signed(user))
        .bind(&settings.prompt)
        .bind(settings.strategy.as_deref())
        .bind(settings.temperature.map(f64::from))
        .bind(settings.top_k.map(|k| i64::from(k.get())))
        .bind(settings.top_p.map(f64::from))
        .bind(settings.length.map(|length| i64::from(length.get())))
        .bind(settings.seed.map(|seed| signed(seed.get())))
        .bind(&settings.options)
        .bind(&settings.tags)
        .bind(&settings.context)
        .bind(&settings.keywords)
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
    async fn settings_round_trip_and_unset_ones_stay_unset() {
        let (store, _folder) = store().await;
        let user = UserId(u64::MAX);
        let full = Settings {
            prompt: Some("Once upon a time — “ünïcödé” 👩‍🚀".into()),
            strategy: Some("gibbs".into()),
            temperature: "0.7".parse().ok(),
            top_k: "40".parse().ok(),
            top_p: "0.95".parse().ok(),
            length: "60".parse().ok(),
            seed: "9007199254740991".parse().ok(),
            options: Some("iterations=9".into()),
            tags: Some("healthy, delicious".into()),
            context: Some("Sandwiches are made of bread.".into()),
            keywords: Some("cheese".into()),
        };
        store.save_user_settings(user, &full).await.unwrap();
        assert_eq!(store.user_settings(user).await.unwrap(), Some(full));
        store
            .save_user_settings(user, &Settings::default())
            .await
            .unwrap();
        assert_eq!(
            store.user_settings(user).await.unwrap(),
            Some(Settings::default())
        );
        assert_eq!(store.user_settings(UserId(1)).await.unwrap(), None);
    }
}
