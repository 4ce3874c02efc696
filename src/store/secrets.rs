//! Secrets that the program generates once and keeps in the database.

use super::{Store, StoreError};

impl Store {
    /// The stored secret `name`, or `fresh` after storing it if there was none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        sqlx::query(
            "INSERT INTO secrets (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(fresh)
        .execute(&self.pool)
        .await?;
        let stored = sqlx::query_scalar("SELECT bytes FROM secrets WHERE name = $1");
        Ok(stored.bind(name).fetch_one(&self.pool).await?)
    }
}

#[cfg(test)]
mod tests {
    use crate::store::tests::store;

    #[tokio::test]
    async fn the_first_value_of_a_secret_is_kept() {
        let (store, _folder) = store().await;
        assert_eq!(store.secret("salt", b"one").await.unwrap(), b"one");
        assert_eq!(store.secret("salt", b"two").await.unwrap(), b"one");
        assert_eq!(store.secret("other", b"two").await.unwrap(), b"two");
    }
}
