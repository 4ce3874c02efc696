//! Sessions of interactive filling. Stored, so that their buttons work after a restart.

use sqlx::FromRow;

use super::{Store, StoreError, id_of, now, signed};
use crate::domain::{FillSession, FillStep};

/// Maximum number of sessions of one user; the oldest are deleted first.
const MAX_PER_USER: i64 = 200;

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: i64,
    text: String,
    options: String,
    temperature: Option<f64>,
    seed: i64,
    top: i64,
    words: Option<String>,
    steps: String,
}

impl From<Row> for FillSession {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user: id_of(row.user_id),
            text: row.text,
            options: row.options,
            temperature: row.temperature,
            seed: row.seed.cast_unsigned(),
            top: u32::try_from(row.top).unwrap_or(1),
            words: row.words,
            // Steps that this version cannot decode count as not taken; the sentence itself is usable either way.
            steps: serde_json::from_str(&row.steps).unwrap_or_default(),
        }
    }
}

fn encoded(steps: &[FillStep]) -> String {
    serde_json::to_string(steps).unwrap_or_else(|_| "[]".to_owned())
}

impl Store {
    /// Inserts a session and deletes the user's oldest ones beyond the maximum.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_fill_session(&self, session: &FillSession) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO fillings (id, user_id, text, options, temperature, seed, top, words, steps, created_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(&session.id)
        .bind(signed(session.user))
        .bind(&session.text)
        .bind(&session.options)
        .bind(session.temperature)
        .bind(signed(session.seed))
        .bind(i64::from(session.top))
        .bind(&session.words)
        .bind(encoded(&session.steps))
        .bind(now())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM fillings WHERE user_id = $1 AND created_at < (SELECT created_at FROM fillings WHERE user_id = $1 \
             ORDER BY created_at DESC LIMIT 1 OFFSET $2)",
        )
        .bind(signed(session.user))
        .bind(MAX_PER_USER - 1)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The session `id`, if it is stored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn fill_session(&self, id: &str) -> Result<Option<FillSession>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT id, user_id, text, options, temperature, seed, top, words, steps FROM fillings WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(FillSession::from))
    }

    /// Replaces a session's steps if they still equal `before` (compare and swap). Returns `false` otherwise.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn replace_fill_steps(
        &self,
        id: &str,
        before: &[FillStep],
        after: &[FillStep],
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE fillings SET steps = $1, changed_at = $2 WHERE id = $3 AND steps = $4",
        )
        .bind(encoded(after))
        .bind(now())
        .bind(id)
        .bind(encoded(before))
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FilledBlank, UserId};
    use crate::store::tests::store;

    fn session(id: &str) -> FillSession {
        FillSession {
            id: id.into(),
            user: UserId(1),
            text: "The ___ sat.".into(),
            options: "order=l2r".into(),
            temperature: None,
            seed: 5,
            top: 5,
            words: Some("cat, dog".into()),
            steps: Vec::new(),
        }
    }

    fn step(word: &str) -> FillStep {
        vec![FilledBlank {
            blank: 0,
            word: word.into(),
        }]
    }

    #[tokio::test]
    async fn the_second_of_two_conflicting_step_updates_changes_nothing() {
        let (store, _folder) = store().await;
        store.add_fill_session(&session("a")).await.unwrap();
        let (one, other) = ([step("cat")], [step("dog ##s")]);
        assert!(store.replace_fill_steps("a", &[], &one).await.unwrap());
        assert!(!store.replace_fill_steps("a", &[], &other).await.unwrap());
        let kept = store.fill_session("a").await.unwrap().unwrap();
        assert_eq!(
            kept,
            FillSession {
                steps: one.to_vec(),
                ..session("a")
            }
        );
        assert_eq!(store.fill_session("b").await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_oldest_sessions_of_a_user_are_deleted_beyond_the_maximum() {
        let (store, _folder) = store().await;
        for n in 0..=MAX_PER_USER {
            store
                .add_fill_session(&session(&n.to_string()))
                .await
                .unwrap();
            sqlx::query("UPDATE fillings SET created_at = $1 WHERE id = $2")
                .bind(n)
                .bind(n.to_string())
                .execute(&store.pool)
                .await
                .unwrap();
        }
        store.add_fill_session(&session("last")).await.unwrap();
        assert_eq!(store.fill_session("1").await.unwrap(), None);
        assert!(store.fill_session("2").await.unwrap().is_some());
        assert!(store.fill_session("last").await.unwrap().is_some());
    }
}
