//! Sentences whose blanks somebody fills by hand, so that their buttons work for as long as they are kept.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::{Store, StoreError, now, signed};

/// So many of one person are kept; the oldest go first.
const KEPT: i64 = 200;

/// A word that was put into a blank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Which blank, from 0.
    pub blank: usize,
    /// The word in pieces, as the vocabulary spells them, separated by spaces.
    pub word: String,
}

/// What was done at once, and is undone at once.
pub type Step = Vec<Put>;

/// A sentence with blanks, and what was put into them.
#[derive(Debug, Clone, PartialEq)]
pub struct FillSession {
    /// Names it: short, unique.
    pub id: String,
    /// Who fills it.
    pub user: u64,
    /// What was typed.
    pub text: String,
    /// Options of the strategy that proposes words, as they were given.
    pub options: String,
    /// What proposed words are drawn with; the strategy's own if there is none.
    pub temperature: Option<f64>,
    /// Where the random numbers start.
    pub seed: u64,
    /// How many words are shown for each blank.
    pub top: u32,
    /// Words of the person's own that were to be compared, as they were typed.
    pub words: Option<String>,
    /// What was done, oldest first.
    pub steps: Vec<Step>,
}

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
            user: row.user_id.cast_unsigned(),
            text: row.text,
            options: row.options,
            temperature: row.temperature,
            seed: row.seed.cast_unsigned(),
            top: u32::try_from(row.top).unwrap_or(1),
            words: row.words,
            // Steps that this version cannot read count as not done; the text is there either way.
            steps: serde_json::from_str(&row.steps).unwrap_or_default(),
        }
    }
}

fn written(steps: &[Step]) -> String {
    serde_json::to_string(steps).unwrap_or_else(|_| "[]".to_owned())
}

impl Store {
    /// Keeps a new one, and lets go of the oldest of the same person beyond those that are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_cloze(&self, cloze: &FillSession) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO fillings (id, user_id, text, options, temperature, seed, top, words, steps, created_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(&cloze.id)
        .bind(signed(cloze.user))
        .bind(&cloze.text)
        .bind(&cloze.options)
        .bind(cloze.temperature)
        .bind(signed(cloze.seed))
        .bind(i64::from(cloze.top))
        .bind(&cloze.words)
        .bind(written(&cloze.steps))
        .bind(now())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM fillings WHERE user_id = $1 AND created_at < (SELECT created_at FROM fillings WHERE user_id = $1 \
             ORDER BY created_at DESC LIMIT 1 OFFSET $2)",
        )
        .bind(signed(cloze.user))
        .bind(KEPT - 1)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The one with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cloze(&self, id: &str) -> Result<Option<FillSession>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT id, user_id, text, options, temperature, seed, top, words, steps FROM fillings WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(FillSession::from))
    }

    /// Replaces what was done. `false` if it is not what `before` says any more: somebody was faster.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_steps(
        &self,
        id: &str,
        before: &[Step],
        after: &[Step],
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE fillings SET steps = $1, changed_at = $2 WHERE id = $3 AND steps = $4",
        )
        .bind(written(after))
        .bind(now())
        .bind(id)
        .bind(written(before))
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;

    fn cloze(id: &str) -> FillSession {
        FillSession {
            id: id.into(),
            user: 1,
            text: "The ___ sat.".into(),
            options: "order=l2r".into(),
            temperature: None,
            seed: 5,
            top: 5,
            words: Some("cat, dog".into()),
            steps: Vec::new(),
        }
    }

    fn put(word: &str) -> Step {
        vec![Put {
            blank: 0,
            word: word.into(),
        }]
    }

    #[tokio::test]
    async fn steps_are_kept_and_the_slower_of_two_changes_nothing() {
        let (store, _folder) = store().await;
        store.add_cloze(&cloze("a")).await.unwrap();
        let (one, other) = ([put("cat")], [put("dog ##s")]);
        assert!(store.save_steps("a", &[], &one).await.unwrap());
        assert!(!store.save_steps("a", &[], &other).await.unwrap());
        let kept = store.cloze("a").await.unwrap().unwrap();
        assert_eq!(
            kept,
            FillSession {
                steps: one.to_vec(),
                ..cloze("a")
            }
        );
        assert_eq!(store.cloze("b").await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_oldest_of_a_person_go_when_there_are_too_many() {
        let (store, _folder) = store().await;
        for n in 0..=KEPT {
            store.add_cloze(&cloze(&n.to_string())).await.unwrap();
            sqlx::query("UPDATE fillings SET created_at = $1 WHERE id = $2")
                .bind(n)
                .bind(n.to_string())
                .execute(&store.pool)
                .await
                .unwrap();
        }
        store.add_cloze(&cloze("last")).await.unwrap();
        assert_eq!(store.cloze("1").await.unwrap(), None);
        assert!(store.cloze("2").await.unwrap().is_some());
        assert!(store.cloze("last").await.unwrap().is_some());
    }
}
