//! Deferred responses to interactions that are not sent yet.
//!
//! Writes go through the pool with `synchronous = NORMAL`: they survive a crash of the process, though not a power
//! failure.

use std::time::Duration;

use sqlx::FromRow;

use super::{Store, StoreError, id_of, now, signed};
use crate::domain::{InteractionId, PendingResponse, RecoverableResponse};

/// Usable validity of an interaction token in seconds: Discord's 15 minutes less a margin for sending the response.
const TOKEN_VALIDITY: i64 = 15 * 60 - 30;

#[derive(FromRow)]
struct Row {
    interaction_id: i64,
    application_id: i64,
    channel_id: Option<i64>,
    token: String,
    made_at: i64,
}

impl Row {
    fn recoverable(self, now: i64) -> RecoverableResponse {
        let remaining = (self.made_at + TOKEN_VALIDITY - now).clamp(0, TOKEN_VALIDITY);
        RecoverableResponse {
            response: PendingResponse {
                interaction: id_of(self.interaction_id),
                application: id_of(self.application_id),
                channel: self.channel_id.map(id_of),
                token: self.token,
            },
            remaining: Duration::from_secs(remaining.unsigned_abs()),
        }
    }
}

impl Store {
    /// Stores a pending response until [`Store::resolve_pending_response`]. It survives a crash of the process once
    /// this returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_pending_response(&self, response: &PendingResponse) -> Result<(), StoreError> {
        self.add_pending_response_at(response, now()).await
    }

    async fn add_pending_response_at(
        &self,
        response: &PendingResponse,
        at: i64,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO promises (interaction_id, application_id, channel_id, token, made_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (interaction_id) DO NOTHING")
            .bind(signed(response.interaction))
            .bind(signed(response.application))
            .bind(response.channel.map(signed))
            .bind(&response.token)
            .bind(at)
            .execute(&self.unsynced)
            .await?;
        Ok(())
    }

    /// Deletes a pending response that was sent or cannot be sent any more, together with all expired ones.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn resolve_pending_response(
        &self,
        interaction: InteractionId,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM promises WHERE interaction_id = $1 OR made_at < $2")
            .bind(signed(interaction))
            .bind(now() - TOKEN_VALIDITY)
            .execute(&self.unsynced)
            .await?;
        Ok(())
    }

    /// Deletes expired responses and returns the others, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn recoverable_responses(&self) -> Result<Vec<RecoverableResponse>, StoreError> {
        let now = now();
        sqlx::query("DELETE FROM promises WHERE made_at < $1")
            .bind(now - TOKEN_VALIDITY)
            .execute(&self.unsynced)
            .await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT interaction_id, application_id, channel_id, token, made_at FROM promises WHERE made_at >= $1 ORDER BY made_at, interaction_id",
        )
        .bind(now - TOKEN_VALIDITY)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| row.recoverable(now)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;
    use crate::domain::{ApplicationId, ChannelId};

    fn response(interaction: u64) -> PendingResponse {
        PendingResponse {
            interaction: InteractionId(interaction),
            application: ApplicationId(5),
            channel: interaction.is_multiple_of(2).then_some(ChannelId(u64::MAX)),
            token: format!("secret-{interaction}"),
        }
    }

    #[tokio::test]
    async fn a_pending_response_is_recoverable_until_resolved_or_expired() {
        let (store, _folder) = store().await;
        store
            .add_pending_response_at(&response(1), now() - TOKEN_VALIDITY - 1)
            .await
            .unwrap();
        store
            .add_pending_response_at(&response(2), now() - 60)
            .await
            .unwrap();
        for interaction in [u64::MAX, 4] {
            store
                .add_pending_response(&response(interaction))
                .await
                .unwrap();
            store
                .add_pending_response(&response(interaction))
                .await
                .unwrap();
        }
        store
            .resolve_pending_response(InteractionId(4))
            .await
            .unwrap();
        let open = store.recoverable_responses().await.unwrap();
        let responses: Vec<_> = open.iter().map(|open| open.response.clone()).collect();
        assert_eq!(responses, [response(2), response(u64::MAX)]);
        let remaining = |index: usize| open[index].remaining.as_secs();
        assert!(
            remaining(0) <= remaining(1) - 60 && remaining(1) <= TOKEN_VALIDITY.unsigned_abs(),
            "{open:?}"
        );
    }
}
