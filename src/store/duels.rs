//! Duels of the arena and the votes on them.
//!
//! The texts of an open duel are stored as JSON in the duel's row ("sealed"), so that no listing of texts reveals their
//! authorship. Closing a duel moves them to the table of texts.

use sqlx::FromRow;

use super::{Store, StoreError, id_of, now, signed, texts};
use crate::domain::{
    Duel, DuelId, DuelSide, GuildId, Text, UserId, VoteChoice, VoteCount, VoteRecord,
};

#[derive(FromRow)]
struct DuelRow {
    id: String,
    user_id: i64,
    server_id: Option<i64>,
    channel_id: i64,
    a_id: String,
    b_id: String,
    sealed: Option<String>,
    closes_at: i64,
}

#[derive(FromRow)]
struct VoteRow {
    duel_id: String,
    author: i64,
    voter: i64,
    server_id: Option<i64>,
    choice: String,
    cast_at: i64,
    a_strategy: String,
    a_temperature: f64,
    b_strategy: String,
    b_temperature: f64,
}

impl Store {
    /// Inserts an open duel of the texts A and B.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_duel(&self, duel: &Duel, [a, b]: [&Text; 2]) -> Result<(), StoreError> {
        let sealed = serde_json::to_string(&[a, b])
            .map_err(|error| StoreError::Query(sqlx::Error::Encode(error.into())))?;
        sqlx::query(
            "INSERT INTO duels (id, user_id, server_id, channel_id, a_id, a_strategy, a_temperature, b_id, b_strategy, \
             b_temperature, sealed, opened_at, closes_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(duel.id.as_str())
        .bind(signed(duel.user))
        .bind(duel.server.map(signed))
        .bind(signed(duel.channel))
        .bind(a.id.as_str())
        .bind(a.strategy.as_str())
        .bind(a.sampling.temperature.get())
        .bind(b.id.as_str())
        .bind(b.strategy.as_str())
        .bind(b.sampling.temperature.get())
        .bind(sealed)
        .bind(now())
        .bind(duel.closes_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The duel `id`, if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn duel(&self, id: &DuelId) -> Result<Option<Duel>, StoreError> {
        let row: Option<DuelRow> = sqlx::query_as(
            "SELECT id, user_id, server_id, channel_id, a_id, b_id, sealed, closes_at FROM duels WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let texts = match &row.sealed {
            Some(sealed) => unsealed(sealed)?.map(Some),
            None => [
                self.text(&row.a_id.into()).await?,
                self.text(&row.b_id.into()).await?,
            ],
        };
        Ok(Some(Duel {
            id: row.id.into(),
            user: id_of(row.user_id),
            server: row.server_id.map(id_of),
            channel: id_of(row.channel_id),
            texts,
            closes_at: row.closes_at,
            closed: row.sealed.is_none(),
        }))
    }

    /// The current vote of `user` in a duel.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn vote(
        &self,
        duel: &DuelId,
        user: UserId,
    ) -> Result<Option<VoteChoice>, StoreError> {
        let name: Option<String> =
            sqlx::query_scalar("SELECT choice FROM votes WHERE duel_id = $1 AND user_id = $2")
                .bind(duel.as_str())
                .bind(signed(user))
                .fetch_optional(&self.pool)
                .await?;
        Ok(name.as_deref().and_then(VoteChoice::from_name))
    }

    /// Stores a vote, replacing the user's earlier one. Returns `false` if the duel is closed or its voting has ended.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cast_vote(
        &self,
        duel: &DuelId,
        user: UserId,
        choice: VoteChoice,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO votes (duel_id, user_id, choice, cast_at) \
             SELECT id, $2, $3, $4 FROM duels WHERE id = $1 AND closed_at IS NULL AND closes_at > $4 \
             ON CONFLICT (duel_id, user_id) DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at",
        )
        .bind(duel.as_str())
        .bind(signed(user))
        .bind(choice.name())
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The number of votes of a duel by choice.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn vote_count(&self, duel: &DuelId) -> Result<VoteCount, StoreError> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT choice, COUNT(*) FROM votes WHERE duel_id = $1 GROUP BY choice")
                .bind(duel.as_str())
                .fetch_all(&self.pool)
                .await?;
        let mut votes = VoteCount::default();
        for (name, count) in counts {
            let count = count.cast_unsigned();
            match VoteChoice::from_name(&name) {
                Some(VoteChoice::A) => votes.a = count,
                Some(VoteChoice::B) => votes.b = count,
                Some(VoteChoice::Tie) => votes.tie = count,
                Some(VoteChoice::BothBad) => votes.both_bad = count,
                None => {}
            }
        }
        Ok(votes)
    }

    /// Closes a duel and inserts its texts among all others. Returns `false` if there is no open duel `id`.
    ///
    /// # Errors
    /// If the database fails. The duel then stays open.
    pub async fn close_duel(&self, id: &DuelId) -> Result<bool, StoreError> {
        let mut change = self.pool.begin().await?;
        let sealed: Option<String> = sqlx::query_scalar(
            "UPDATE duels SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL RETURNING sealed",
        )
        .bind(id.as_str())
        .bind(now())
        .fetch_optional(&mut *change)
        .await?;
        let Some(sealed) = sealed else {
            return Ok(false);
        };
        for text in unsealed(&sealed)? {
            texts::insert(&mut change, &text).await?;
        }
        sqlx::query("UPDATE duels SET sealed = NULL WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(true)
    }

    /// Votes of closed duels, oldest first: those of one guild, or all if `guild` is `None`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn vote_records(
        &self,
        guild: Option<GuildId>,
    ) -> Result<Vec<VoteRecord>, StoreError> {
        let query = match guild {
            Some(_) => sqlx::query_as(
                "SELECT duel_id, duels.user_id AS author, votes.user_id AS voter, server_id, choice, cast_at, a_strategy, \
                 a_temperature, b_strategy, b_temperature FROM duels JOIN votes ON duel_id = duels.id \
                 WHERE server_id = $1 AND closed_at > 0 ORDER BY cast_at, duel_id, voter",
            ),
            None => sqlx::query_as(
                "SELECT duel_id, duels.user_id AS author, votes.user_id AS voter, server_id, choice, cast_at, a_strategy, \
                 a_temperature, b_strategy, b_temperature FROM duels JOIN votes ON duel_id = duels.id \
                 WHERE closed_at > 0 ORDER BY cast_at, duel_id, voter",
            ),
        };
        let query = match guild {
            Some(guild) => query.bind(signed(guild)),
            None => query,
        };
        let rows: Vec<VoteRow> = query.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().filter_map(VoteRow::record).collect())
    }
}

impl VoteRow {
    /// `None` if a newer version of the program stored an unknown choice.
    fn record(self) -> Option<VoteRecord> {
        Some(VoteRecord {
            duel: self.duel_id.into(),
            author: id_of(self.author),
            voter: id_of(self.voter),
            server: self.server_id.map(id_of),
            choice: VoteChoice::from_name(&self.choice)?,
            cast_at: self.cast_at,
            sides: [
                DuelSide {
                    strategy: self.a_strategy.into(),
                    temperature: self.a_temperature,
                },
                DuelSide {
                    strategy: self.b_strategy.into(),
                    temperature: self.b_temperature,
                },
            ],
        })
    }
}

/// Decodes the texts of an open duel.
fn unsealed(sealed: &str) -> Result<[Text; 2], StoreError> {
    serde_json::from_str(sealed)
        .map_err(|error| StoreError::Query(sqlx::Error::Decode(error.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ChannelId;
    use crate::store::tests::{store, text};
    use tempfile::TempDir;

    fn duel(closes_at: i64) -> Duel {
        Duel {
            id: "duel".into(),
            user: UserId(u64::MAX),
            server: Some(GuildId(1 << 63)),
            channel: ChannelId(3),
            texts: [Some(text("one")), Some(text("two"))],
            closes_at,
            closed: false,
        }
    }

    async fn opened(closes_at: i64) -> (Store, TempDir) {
        let (store, folder) = store().await;
        let texts = [&text("one"), &text("two")];
        store.add_duel(&duel(closes_at), texts).await.unwrap();
        (store, folder)
    }

    #[tokio::test]
    async fn a_duel_round_trips_and_its_texts_stay_sealed_until_it_closes() {
        let (store, _folder) = opened(i64::MAX).await;
        assert_eq!(
            store.duel(&"duel".into()).await.unwrap(),
            Some(duel(i64::MAX))
        );
        assert_eq!(store.text(&"one".into()).await.unwrap(), None);
        assert!(store.close_duel(&"duel".into()).await.unwrap());
        assert!(!store.close_duel(&"duel".into()).await.unwrap());
        let closed = store.duel(&"duel".into()).await.unwrap().unwrap();
        assert!(closed.closed && closed.texts[1].as_ref().unwrap().id.as_str() == "two");
        store.delete_text(&"two".into()).await.unwrap();
        let closed = store.duel(&"duel".into()).await.unwrap().unwrap();
        assert_eq!(closed.texts[1], None);
        assert_eq!(store.duel(&"other".into()).await.unwrap(), None);
        assert!(!store.close_duel(&"other".into()).await.unwrap());
    }

    #[tokio::test]
    async fn votes_under_the_former_name_of_a_strategy_count_for_the_current_one() {
        let (store, _folder) = opened(i64::MAX).await;
        let cast = store
            .cast_vote(&"duel".into(), UserId(1), VoteChoice::A)
            .await;
        assert!(cast.unwrap());
        assert!(store.close_duel(&"duel".into()).await.unwrap());
        for statement in [
            "UPDATE duels SET a_strategy = 'student'",
            "UPDATE texts SET strategy = 'student' WHERE id = 'one'",
        ] {
            sqlx::query(statement).execute(&store.pool).await.unwrap();
        }
        let records = store.vote_records(None).await.unwrap();
        assert_eq!(&*records[0].sides[0].strategy, "causal");
        let text = store.text(&"one".into()).await.unwrap().unwrap();
        assert_eq!(&*text.strategy, "causal");
    }

    #[tokio::test]
    async fn a_user_has_one_vote_and_may_change_it_until_the_duel_closes() {
        let (store, _folder) = opened(i64::MAX).await;
        for (user, choice) in [(1, VoteChoice::A), (2, VoteChoice::B), (1, VoteChoice::Tie)] {
            assert!(
                store
                    .cast_vote(&"duel".into(), UserId(user), choice)
                    .await
                    .unwrap()
            );
        }
        let votes = VoteCount {
            b: 1,
            tie: 1,
            ..VoteCount::default()
        };
        assert_eq!(store.vote_count(&"duel".into()).await.unwrap(), votes);
        let vote = store.vote(&"duel".into(), UserId(1)).await.unwrap();
        assert_eq!(vote, Some(VoteChoice::Tie));
        let records = store.vote_records(None).await.unwrap();
        assert!(records.is_empty(), "votes of an open duel are secret");
        store.close_duel(&"duel".into()).await.unwrap();
        assert!(
            !store
                .cast_vote(&"duel".into(), UserId(1), VoteChoice::A)
                .await
                .unwrap()
        );
        assert!(
            !store
                .cast_vote(&"duel".into(), UserId(3), VoteChoice::A)
                .await
                .unwrap()
        );
        assert!(
            !store
                .cast_vote(&"other".into(), UserId(3), VoteChoice::A)
                .await
                .unwrap()
        );
        assert_eq!(store.vote_count(&"duel".into()).await.unwrap(), votes);
        let records = store.vote_records(Some(GuildId(1 << 63))).await.unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(
            (records[0].author, records[0].server),
            (UserId(u64::MAX), Some(GuildId(1 << 63)))
        );
        assert_eq!(&*records[0].sides[0].strategy, "lookahead");
        assert_eq!(store.vote_records(None).await.unwrap(), records);
        assert!(
            store
                .vote_records(Some(GuildId(5)))
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[tokio::test]
    async fn concurrent_votes_all_count() {
        let (store, _folder) = opened(i64::MAX).await;
        let vote = |user| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .cast_vote(&"duel".into(), UserId(user), VoteChoice::A)
                    .await
                    .unwrap()
            })
        };
        for voting in (0..40).map(|user| vote(user % 20)).collect::<Vec<_>>() {
            assert!(voting.await.unwrap());
        }
        assert_eq!(store.vote_count(&"duel".into()).await.unwrap().votes(), 20);
    }

    #[tokio::test]
    async fn votes_after_the_end_of_voting_are_rejected() {
        let (store, _folder) = opened(now()).await;
        assert!(
            !store
                .cast_vote(&"duel".into(), UserId(1), VoteChoice::A)
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn deleting_a_users_data_keeps_other_users_votes() {
        let (store, _folder) = opened(i64::MAX).await;
        store
            .cast_vote(&"duel".into(), UserId(u64::MAX), VoteChoice::B)
            .await
            .unwrap();
        store
            .cast_vote(&"duel".into(), UserId(8), VoteChoice::A)
            .await
            .unwrap();
        let part = store
            .export_personal_data(UserId(u64::MAX), 0)
            .await
            .unwrap()
            .content;
        assert!(
            part["duels"][0]["a_strategy"].is_null() && part["duels"][0].get("sealed").is_none(),
            "the authorship is still secret: {part}"
        );
        assert!(store.close_duel(&"duel".into()).await.unwrap());
        let part = store
            .export_personal_data(UserId(u64::MAX), 0)
            .await
            .unwrap()
            .content;
        assert_eq!(part["duels"][0]["a_strategy"], "lookahead");
        let mut open = duel(i64::MAX);
        open.id = "open".into();
        store
            .add_duel(&open, [&text("c"), &text("d")])
            .await
            .unwrap();
        let deleted = store.delete_personal_data(UserId(u64::MAX)).await.unwrap();
        let duels = deleted.iter().find(|count| count.kind == "duels");
        assert_eq!(duels.unwrap().rows, 2);
        let records = store.vote_records(None).await.unwrap();
        let left: Vec<_> = records
            .iter()
            .map(|vote| (vote.author, vote.voter))
            .collect();
        assert_eq!(left, [(UserId(0), UserId(8))]);
        assert!(store.duel(&"open".into()).await.unwrap().is_none());
        assert!(store.duel(&"duel".into()).await.unwrap().is_some());
    }
}
