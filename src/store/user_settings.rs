//! Settings of users.

use super::json_column::{decode_lenient, encode};
use super::{Store, StoreError, now, signed};
use crate::domain::UserId;
use generation::Settings;

impl Store {
    /// The settings of a user. `None` if the user never saved any.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn user_settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        let row: Option<String> =
            sqlx::query_scalar("SELECT settings FROM settings WHERE user_id = $1")
                .bind(signed(user))
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|json| decode_lenient(&json)))
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
            "INSERT INTO settings (user_id, settings, changed_at) VALUES ($1, $2, $3) \
             ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at",
        )
        .bind(signed(user))
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
    use generation::testing::full_settings;

    #[tokio::test]
    async fn settings_round_trip_and_unset_ones_stay_unset() {
        let (store, _folder) = store().await;
        let user = UserId(u64::MAX);
        let full = full_settings();
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
