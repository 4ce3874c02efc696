//! Answers that were promised and not given yet.

use std::fmt;
use std::time::Duration;

use sqlx::FromRow;

use super::{Store, StoreError, now, signed};

/// Discord lets an interaction be answered for 15 minutes; a little is left to do it.
const LIFE: i64 = 15 * 60 - 30;

/// An answer that somebody waits for.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingResponse {
    /// What is to be answered.
    pub interaction: u64,
    /// Whose it is.
    pub application: u64,
    /// Where it was asked for.
    pub channel: Option<u64>,
    /// Lets anybody answer, so it is never shown.
    pub token: String,
}

impl fmt::Debug for PendingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Promise({})", self.interaction)
    }
}

/// A promise of an earlier run that can still be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoverableResponse {
    /// What was promised.
    pub promise: PendingResponse,
    /// How long it can be kept.
    pub left: Duration,
}

#[derive(FromRow)]
struct Row {
    interaction_id: i64,
    application_id: i64,
    channel_id: Option<i64>,
    token: String,
    made_at: i64,
}

impl Row {
    fn open(self, now: i64) -> RecoverableResponse {
        let left = (self.made_at + LIFE - now).clamp(0, LIFE);
        RecoverableResponse {
            promise: PendingResponse {
                interaction: self.interaction_id.cast_unsigned(),
                application: self.application_id.cast_unsigned(),
                channel: self.channel_id.map(i64::cast_unsigned),
                token: self.token,
            },
            left: Duration::from_secs(left.unsigned_abs()),
        }
    }
}

impl Store {
    /// Keeps a promise until [`Store::resolve_pending_response`]. When this returns it outlives the process, though not a power cut: an answer
    /// waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_pending_response(&self, promise: &PendingResponse) -> Result<(), StoreError> {
        self.add_promise_at(promise, now()).await
    }

    async fn add_promise_at(&self, promise: &PendingResponse, at: i64) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO promises (interaction_id, application_id, channel_id, token, made_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (interaction_id) DO NOTHING")
            .bind(signed(promise.interaction))
            .bind(signed(promise.application))
            .bind(promise.channel.map(signed))
            .bind(&promise.token)
            .bind(at)
            .execute(&self.quick)
            .await?;
        Ok(())
    }

    /// The answer was given, or cannot be given any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resolve_pending_response(&self, interaction: u64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM promises WHERE interaction_id = $1 OR made_at < $2")
            .bind(signed(interaction))
            .bind(now() - LIFE)
            .execute(&self.quick)
            .await?;
        Ok(())
    }

    /// The promises that can still be kept, oldest first; all others are forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recoverable_responses(&self) -> Result<Vec<RecoverableResponse>, StoreError> {
        let now = now();
        sqlx::query("DELETE FROM promises WHERE made_at < $1")
            .bind(now - LIFE)
            .execute(&self.quick)
            .await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT interaction_id, application_id, channel_id, token, made_at FROM promises WHERE made_at >= $1 ORDER BY made_at, interaction_id",
        )
        .bind(now - LIFE)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| row.open(now)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;

    fn promise(interaction: u64) -> PendingResponse {
        PendingResponse {
            interaction,
            application: 5,
            channel: interaction.is_multiple_of(2).then_some(u64::MAX),
            token: format!("secret-{interaction}"),
        }
    }

    #[tokio::test]
    async fn what_was_promised_is_known_until_it_is_kept_or_too_old() {
        let (store, _folder) = store().await;
        store
            .add_promise_at(&promise(1), now() - LIFE - 1)
            .await
            .unwrap();
        store.add_promise_at(&promise(2), now() - 60).await.unwrap();
        for interaction in [u64::MAX, 4] {
            store
                .add_pending_response(&promise(interaction))
                .await
                .unwrap();
            store
                .add_pending_response(&promise(interaction))
                .await
                .unwrap();
        }
        store.resolve_pending_response(4).await.unwrap();
        let open = store.recoverable_responses().await.unwrap();
        let promises: Vec<PendingResponse> = open.iter().map(|open| open.promise.clone()).collect();
        assert_eq!(promises, [promise(2), promise(u64::MAX)]);
        let left = |index: usize| open[index].left.as_secs();
        assert!(
            left(0) <= left(1) - 60 && left(1) <= LIFE.unsigned_abs(),
            "{open:?}"
        );
    }

    #[test]
    fn a_token_is_not_shown() {
        assert!(!format!("{:?}", promise(1)).contains("secret"));
    }
}
