//! Uses of guilds' quotas: when each text of a guild with quotas began.

use super::{Store, StoreError, now, signed};
use crate::domain::{GuildId, QuotaWindow, UserId};

/// Maximum length of any quota's window in seconds. Older uses are deleted.
const RETENTION: i64 = 24 * 3600;

impl Store {
    /// Time of the `skip`-th use before the latest within the window, in seconds since the Unix epoch; `skip` 0 is the
    /// latest.
    ///
    /// A quota of `n` texts is used up if this is `Some` for `n - 1`, and frees up once the returned use leaves the
    /// window.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn recent_use(
        &self,
        guild: GuildId,
        window: QuotaWindow,
        skip: u32,
    ) -> Result<Option<i64>, StoreError> {
        let since = now() - i64::from(window.seconds);
        let found = match window.user {
            Some(user) => {
                sqlx::query_scalar(
                    "SELECT began_at FROM uses WHERE server_id = $1 AND user_id = $2 AND began_at > $3 \
                     ORDER BY began_at DESC LIMIT 1 OFFSET $4",
                )
                .bind(signed(guild))
                .bind(signed(user))
                .bind(since)
                .bind(i64::from(skip))
                .fetch_optional(&self.pool)
                .await?
            }
            None => {
                sqlx::query_scalar("SELECT began_at FROM uses WHERE server_id = $1 AND began_at > $2 ORDER BY began_at DESC LIMIT 1 OFFSET $3")
                    .bind(signed(guild))
                    .bind(since)
                    .bind(i64::from(skip))
                    .fetch_optional(&self.pool)
                    .await?
            }
        };
        Ok(found)
    }

    /// Stores a use under the unique number `id`, and deletes uses that are too old for any window.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_use(&self, id: u64, guild: GuildId, user: UserId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM uses WHERE began_at < $1")
            .bind(now() - RETENTION)
            .execute(&self.pool)
            .await?;
        sqlx::query("INSERT INTO uses (id, server_id, user_id, began_at) VALUES ($1, $2, $3, $4)")
            .bind(signed(id))
            .bind(signed(guild))
            .bind(signed(user))
            .bind(now())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes a use, for a text that did not begin after all.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove_use(&self, id: u64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM uses WHERE id = $1")
            .bind(signed(id))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes all uses of a user in a guild and returns their number.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_uses(&self, guild: GuildId, user: UserId) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM uses WHERE server_id = $1 AND user_id = $2")
            .bind(signed(guild))
            .bind(signed(user))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;

    const HOUR: QuotaWindow = QuotaWindow {
        seconds: 3600,
        user: Some(UserId(7)),
    };

    #[tokio::test]
    async fn uses_count_for_their_user_their_guild_and_their_time() {
        let (store, _folder) = store().await;
        for (id, guild, user, age) in [
            (1, 1, 7, 5000),
            (2, 1, 7, 100),
            (3, 1, 7, 50),
            (4, 1, 8, 10),
            (5, 2, 7, 1),
        ] {
            store
                .add_use(id, GuildId(guild), UserId(user))
                .await
                .unwrap();
            sqlx::query("UPDATE uses SET began_at = began_at - $1 WHERE id = $2")
                .bind(age)
                .bind(signed(id))
                .execute(&store.pool)
                .await
                .unwrap();
        }
        let ages = async |window, skip| {
            let began = store.recent_use(GuildId(1), window, skip).await.unwrap();
            began.map(|began| (now() - began + 2) / 10 * 10)
        };
        assert_eq!(
            [
                ages(HOUR, 0).await,
                ages(HOUR, 1).await,
                ages(HOUR, 2).await
            ],
            [Some(50), Some(100), None]
        );
        let all = QuotaWindow {
            seconds: 3600,
            user: None,
        };
        assert_eq!(
            [ages(all, 0).await, ages(all, 2).await, ages(all, 3).await],
            [Some(10), Some(100), None]
        );
        store.remove_use(3).await.unwrap();
        assert_eq!(ages(HOUR, 0).await, Some(100));
        assert_eq!(store.delete_uses(GuildId(1), UserId(7)).await.unwrap(), 2);
        assert!(
            store
                .recent_use(GuildId(2), HOUR, 0)
                .await
                .unwrap()
                .is_some()
        );
    }

    #[tokio::test]
    async fn uses_older_than_a_day_are_deleted() {
        let (store, _folder) = store().await;
        store.add_use(1, GuildId(1), UserId(7)).await.unwrap();
        sqlx::query("UPDATE uses SET began_at = began_at - 100000")
            .execute(&store.pool)
            .await
            .unwrap();
        store.add_use(2, GuildId(1), UserId(7)).await.unwrap();
        let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM uses")
            .fetch_one(&store.pool)
            .await
            .unwrap();
        assert_eq!(kept, 1);
    }
}
