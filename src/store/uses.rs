//! The texts that were begun on servers with quotas, for as long as they count.

use super::{Store, StoreError, now, signed};

/// The longest time that any quota looks back, in seconds.
const KEPT: i64 = 24 * 3600;

/// How often a server's texts are counted: within how many seconds, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The seconds that are looked back.
    pub seconds: u32,
    /// Only this person's.
    pub user: Option<u64>,
}

impl Store {
    /// Seconds since 1970 at which the text began that lies `back` texts before the last one, if it lies within the window:
    /// 0 asks for the last one itself. So `limit - 1` asks whether `limit` texts lie within.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_before(
        &self,
        server: u64,
        window: Window,
        back: u32,
    ) -> Result<Option<i64>, StoreError> {
        let since = now() - i64::from(window.seconds);
        let found = match window.user {
            Some(user) => {
                sqlx::query_scalar(
                    "SELECT began_at FROM uses WHERE server_id = $1 AND user_id = $2 AND began_at > $3 \
                     ORDER BY began_at DESC LIMIT 1 OFFSET $4",
                )
                .bind(signed(server))
                .bind(signed(user))
                .bind(since)
                .bind(i64::from(back))
                .fetch_optional(&self.pool)
                .await?
            }
            None => {
                sqlx::query_scalar("SELECT began_at FROM uses WHERE server_id = $1 AND began_at > $2 ORDER BY began_at DESC LIMIT 1 OFFSET $3")
                    .bind(signed(server))
                    .bind(since)
                    .bind(i64::from(back))
                    .fetch_optional(&self.pool)
                    .await?
            }
        };
        Ok(found)
    }

    /// Counts a text that begins, under any number that names no other. What is too old to count is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_use(&self, id: u64, server: u64, user: u64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM uses WHERE began_at < $1")
            .bind(now() - KEPT)
            .execute(&self.pool)
            .await?;
        sqlx::query("INSERT INTO uses (id, server_id, user_id, began_at) VALUES ($1, $2, $3, $4)")
            .bind(signed(id))
            .bind(signed(server))
            .bind(signed(user))
            .bind(now())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Counts a text no more that did not begin after all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_use(&self, id: u64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM uses WHERE id = $1")
            .bind(signed(id))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Counts none of a person's texts on a server any more, and says how many that were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_uses(&self, server: u64, user: u64) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM uses WHERE server_id = $1 AND user_id = $2")
            .bind(signed(server))
            .bind(signed(user))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Window = Window {
        seconds: 3600,
        user: Some(7),
    };

    #[tokio::test]
    async fn texts_count_for_their_person_their_server_and_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
        for (id, server, user, age) in [
            (1, 1, 7, 5000),
            (2, 1, 7, 100),
            (3, 1, 7, 50),
            (4, 1, 8, 10),
            (5, 2, 7, 1),
        ] {
            store.add_use(id, server, user).await.unwrap();
            sqlx::query("UPDATE uses SET began_at = began_at - $1 WHERE id = $2")
                .bind(age)
                .bind(signed(id))
                .execute(&store.pool)
                .await
                .unwrap();
        }
        let ages = async |window, back| {
            let began = store.use_before(1, window, back).await.unwrap();
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
        let all = Window {
            seconds: 3600,
            user: None,
        };
        assert_eq!(
            [ages(all, 0).await, ages(all, 2).await, ages(all, 3).await],
            [Some(10), Some(100), None]
        );
        store.remove_use(3).await.unwrap();
        assert_eq!(ages(HOUR, 0).await, Some(100));
        assert_eq!(store.forget_uses(1, 7).await.unwrap(), 2);
        assert!(store.use_before(2, HOUR, 0).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_is_older_than_a_day_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
        store.add_use(1, 1, 7).await.unwrap();
        sqlx::query("UPDATE uses SET began_at = began_at - 100000")
            .execute(&store.pool)
            .await
            .unwrap();
        store.add_use(2, 1, 7).await.unwrap();
        let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM uses")
            .fetch_one(&store.pool)
            .await
            .unwrap();
        assert_eq!(kept, 1);
    }
}
