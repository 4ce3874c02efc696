//! The texts that were written, with all that is needed to write them again.

use super::{Store, StoreError, now, signed};
use crate::generation::{Sampling, Steering};

/// One text and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Names it for people: short, unique.
    pub id: String,
    /// Who asked for it.
    pub user: u64,
    /// What was typed.
    pub prompt: String,
    /// The whole text.
    pub text: String,
    /// The strategy's name.
    pub strategy: &'static str,
    /// How tokens were drawn.
    pub sampling: Sampling,
    /// How many new tokens were asked for, if any behind the prompt.
    pub length: Option<u32>,
    /// Where the random numbers started.
    pub seed: u64,
    /// The strategy's own settings as they were given.
    pub options: String,
    /// What steered it.
    pub steering: Steering,
    /// The fingerprint of the model.
    pub model: String,
    /// Tokens written.
    pub tokens: usize,
    /// Sequences scored.
    pub passes: u64,
    /// From the request to the last token.
    pub milliseconds: u64,
    /// `done`, `stopped` or `failed`.
    pub outcome: &'static str,
}

impl Store {
    /// Keeps a text.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_text(&self, text: &Text) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO texts (id, user_id, prompt, text, strategy, temperature, top_k, top_p, length, seed, options, tags, context, \
             keywords, model, tokens, passes, milliseconds, outcome, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        )
        .bind(&text.id)
        .bind(signed(text.user))
        .bind(&text.prompt)
        .bind(&text.text)
        .bind(text.strategy)
        .bind(text.sampling.temperature.get())
        .bind(i64::from(text.sampling.top_k.get()))
        .bind(text.sampling.top_p.get())
        .bind(text.length.map(i64::from))
        .bind(signed(text.seed))
        .bind(&text.options)
        .bind(&text.steering.tags)
        .bind(&text.steering.context)
        .bind(&text.steering.keywords)
        .bind(&text.model)
        .bind(signed(text.tokens as u64))
        .bind(signed(text.passes))
        .bind(signed(text.milliseconds))
        .bind(text.outcome)
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// How many texts are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_texts(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM texts")
            .fetch_one(&self.pool)
            .await?;
        Ok(count.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::strategy;

    #[tokio::test]
    async fn a_text_is_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
        let text = Text {
            id: "abc".into(),
            user: 1,
            prompt: "Once".into(),
            text: "Once more.".into(),
            strategy: "lookahead",
            sampling: strategy::default_sampling(strategy::ALL[0]),
            length: Some(2),
            seed: 5,
            options: String::new(),
            steering: Steering::default(),
            model: "f".into(),
            tokens: 2,
            passes: 2,
            milliseconds: 10,
            outcome: "done",
        };
        store.add_text(&text).await.unwrap();
        assert!(store.add_text(&text).await.is_err());
        assert_eq!(store.count_texts().await.unwrap(), 1);
    }
}
