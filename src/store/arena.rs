//! Duels of two texts in the database, and the votes on them.

use sqlx::FromRow;

use super::{Store, StoreError, Text, now, signed};

/// Two texts, and until when people decide between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Duel {
    /// Names it.
    pub id: String,
    /// Whose prompt it is.
    pub user: u64,
    /// The server where it takes place; none in direct messages.
    pub server: Option<u64>,
    /// The channel where it takes place.
    pub channel: u64,
    /// The text that is shown as A, and that which is shown as B. Of a closed duel, `None` is one that was deleted.
    pub texts: [Option<Text>; 2],
    /// When votes are no longer taken, in seconds since 1970.
    pub closes_at: i64,
    /// Whether it has been revealed who was who.
    pub closed: bool,
}

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A is better.
    A,
    /// B is better.
    B,
    /// They are equally good.
    Tie,
    /// Both are bad.
    BothBad,
}

/// How often each choice was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VoteCount {
    /// A is better.
    pub a: u64,
    /// B is better.
    pub b: u64,
    /// They are equally good.
    pub tie: u64,
    /// Both are bad.
    pub both_bad: u64,
}

/// A vote of a closed duel, with what it was about.
#[derive(Debug, Clone, PartialEq)]
pub struct Ballot {
    /// The duel.
    pub duel: String,
    /// Whose prompt it was.
    pub author: u64,
    /// Who voted.
    pub voter: u64,
    /// Where; none in direct messages.
    pub server: Option<u64>,
    /// What was decided.
    pub choice: Choice,
    /// When, in seconds since 1970.
    pub cast_at: i64,
    /// A and B.
    pub contenders: [Contender; 2],
}

/// How a text of a duel was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// The strategy's name.
    pub strategy: String,
    /// The temperature.
    pub temperature: f64,
}

impl Choice {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::Tie, Self::BothBad];

    /// What it is called in the database and in buttons. It must never change.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Tie => "tie",
            Self::BothBad => "bad",
        }
    }

    /// The choice of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

impl VoteCount {
    /// How many voted.
    pub fn votes(self) -> u64 {
        self.a + self.b + self.tie + self.both_bad
    }
}

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
struct BallotRow {
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
    /// Opens a duel; both texts must be there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_duel(&self, duel: &Duel, [a, b]: [&Text; 2]) -> Result<(), StoreError> {
        let sealed = serde_json::to_string(&[a, b])
            .map_err(|error| StoreError::Query(sqlx::Error::Encode(error.into())))?;
        sqlx::query(
            "INSERT INTO duels (id, user_id, server_id, channel_id, a_id, a_strategy, a_temperature, b_id, b_strategy, \
             b_temperature, sealed, opened_at, closes_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&duel.id)
        .bind(signed(duel.user))
        .bind(duel.server.map(signed))
        .bind(signed(duel.channel))
        .bind(&a.id)
        .bind(&a.strategy)
        .bind(a.sampling.temperature.get())
        .bind(&b.id)
        .bind(&b.strategy)
        .bind(b.sampling.temperature.get())
        .bind(sealed)
        .bind(now())
        .bind(duel.closes_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The duel with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn duel(&self, id: &str) -> Result<Option<Duel>, StoreError> {
        let row: Option<DuelRow> = sqlx::query_as(
            "SELECT id, user_id, server_id, channel_id, a_id, b_id, sealed, closes_at FROM duels WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let texts = match &row.sealed {
            Some(sealed) => unsealed(sealed)?.map(Some),
            None => [self.text(&row.a_id).await?, self.text(&row.b_id).await?],
        };
        Ok(Some(Duel {
            id: row.id,
            user: row.user_id.cast_unsigned(),
            server: row.server_id.map(i64::cast_unsigned),
            channel: row.channel_id.cast_unsigned(),
            texts,
            closes_at: row.closes_at,
            closed: row.sealed.is_none(),
        }))
    }

    /// What `user` has chosen in a duel so far.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn choice(&self, duel: &str, user: u64) -> Result<Option<Choice>, StoreError> {
        let name: Option<String> =
            sqlx::query_scalar("SELECT choice FROM votes WHERE duel_id = $1 AND user_id = $2")
                .bind(duel)
                .bind(signed(user))
                .fetch_optional(&self.pool)
                .await?;
        Ok(name.as_deref().and_then(Choice::named))
    }

    /// Counts a vote, in place of an earlier one by the same person. `false` if the duel takes no votes any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cast(&self, duel: &str, user: u64, choice: Choice) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO votes (duel_id, user_id, choice, cast_at) \
             SELECT id, $2, $3, $4 FROM duels WHERE id = $1 AND closed_at IS NULL AND closes_at > $4 \
             ON CONFLICT (duel_id, user_id) DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at",
        )
        .bind(duel)
        .bind(signed(user))
        .bind(choice.name())
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// How the votes of a duel stand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn vote_count(&self, duel: &str) -> Result<VoteCount, StoreError> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT choice, COUNT(*) FROM votes WHERE duel_id = $1 GROUP BY choice")
                .bind(duel)
                .fetch_all(&self.pool)
                .await?;
        let mut tally = VoteCount::default();
        for (name, count) in counts {
            let count = count.cast_unsigned();
            match Choice::named(&name) {
                Some(Choice::A) => tally.a = count,
                Some(Choice::B) => tally.b = count,
                Some(Choice::Tie) => tally.tie = count,
                Some(Choice::BothBad) => tally.both_bad = count,
                None => {}
            }
        }
        Ok(tally)
    }

    /// Closes a duel, and keeps its texts like all others from now on. `false` if it was closed already.
    ///
    /// # Errors
    /// When the database fails; the duel stays open then.
    pub async fn close_duel(&self, id: &str) -> Result<bool, StoreError> {
        let mut change = self.pool.begin().await?;
        let sealed: Option<String> = sqlx::query_scalar(
            "UPDATE duels SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL RETURNING sealed",
        )
        .bind(id)
        .bind(now())
        .fetch_optional(&mut *change)
        .await?;
        let Some(sealed) = sealed else {
            return Ok(false);
        };
        for text in unsealed(&sealed)? {
            text.insert(&mut change).await?;
        }
        sqlx::query("UPDATE duels SET sealed = NULL WHERE id = $1")
            .bind(id)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(true)
    }

    /// All votes of closed duels, oldest first: those of one server, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ballots(&self, server: Option<u64>) -> Result<Vec<Ballot>, StoreError> {
        let query = match server {
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
        let query = match server {
            Some(server) => query.bind(signed(server)),
            None => query,
        };
        let rows: Vec<BallotRow> = query.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().filter_map(BallotRow::ballot).collect())
    }

    /// The secret of that name: what is kept, or `fresh` if none was yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        sqlx::query(
            "INSERT INTO secrets (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(fresh)
        .execute(&self.pool)
        .await?;
        let kept = sqlx::query_scalar("SELECT bytes FROM secrets WHERE name = $1");
        Ok(kept.bind(name).fetch_one(&self.pool).await?)
    }
}

impl BallotRow {
    fn ballot(self) -> Option<Ballot> {
        Some(Ballot {
            duel: self.duel_id,
            author: self.author.cast_unsigned(),
            voter: self.voter.cast_unsigned(),
            server: self.server_id.map(i64::cast_unsigned),
            choice: Choice::named(&self.choice)?,
            cast_at: self.cast_at,
            contenders: [
                Contender {
                    strategy: self.a_strategy,
                    temperature: self.a_temperature,
                },
                Contender {
                    strategy: self.b_strategy,
                    temperature: self.b_temperature,
                },
            ],
        })
    }
}

fn unsealed(sealed: &str) -> Result<[Text; 2], StoreError> {
    serde_json::from_str(sealed)
        .map_err(|error| StoreError::Query(sqlx::Error::Decode(error.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{store, text};
    use tempfile::TempDir;

    fn duel(closes_at: i64) -> Duel {
        Duel {
            id: "duel".into(),
            user: u64::MAX,
            server: Some(1 << 63),
            channel: 3,
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
    async fn a_duel_comes_back_whole_and_its_texts_are_sealed_until_it_is_closed() {
        let (store, _folder) = opened(i64::MAX).await;
        assert_eq!(store.duel("duel").await.unwrap(), Some(duel(i64::MAX)));
        assert_eq!(store.text("one").await.unwrap(), None);
        assert!(store.close_duel("duel").await.unwrap());
        assert!(!store.close_duel("duel").await.unwrap());
        let closed = store.duel("duel").await.unwrap().unwrap();
        assert!(closed.closed && closed.texts[1].as_ref().unwrap().id == "two");
        store.delete_text("two").await.unwrap();
        let closed = store.duel("duel").await.unwrap().unwrap();
        assert_eq!(closed.texts[1], None);
        assert_eq!(store.duel("other").await.unwrap(), None);
        assert!(!store.close_duel("other").await.unwrap());
    }

    #[tokio::test]
    async fn everybody_has_one_vote_and_may_change_it_until_the_duel_is_closed() {
        let (store, _folder) = opened(i64::MAX).await;
        for (user, choice) in [(1, Choice::A), (2, Choice::B), (1, Choice::Tie)] {
            assert!(store.cast("duel", user, choice).await.unwrap());
        }
        let tally = VoteCount {
            b: 1,
            tie: 1,
            ..VoteCount::default()
        };
        assert_eq!(store.vote_count("duel").await.unwrap(), tally);
        assert_eq!(store.choice("duel", 1).await.unwrap(), Some(Choice::Tie));
        assert!(store.ballots(None).await.unwrap().is_empty(), "it is blind");
        store.close_duel("duel").await.unwrap();
        assert!(!store.cast("duel", 1, Choice::A).await.unwrap());
        assert!(!store.cast("duel", 3, Choice::A).await.unwrap());
        assert!(!store.cast("other", 3, Choice::A).await.unwrap());
        assert_eq!(store.vote_count("duel").await.unwrap(), tally);
        let ballots = store.ballots(Some(1 << 63)).await.unwrap();
        assert_eq!(ballots.len(), 2);
        assert_eq!(
            (ballots[0].author, ballots[0].server),
            (u64::MAX, Some(1 << 63))
        );
        assert_eq!(ballots[0].contenders[0].strategy, "lookahead");
        assert_eq!(store.ballots(None).await.unwrap(), ballots);
        assert!(store.ballots(Some(5)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn many_who_vote_at_once_all_count() {
        let (store, _folder) = opened(i64::MAX).await;
        let vote = |user| {
            let store = store.clone();
            tokio::spawn(async move { store.cast("duel", user, Choice::A).await.unwrap() })
        };
        for voting in (0..40).map(|user| vote(user % 20)).collect::<Vec<_>>() {
            assert!(voting.await.unwrap());
        }
        assert_eq!(store.vote_count("duel").await.unwrap().votes(), 20);
    }

    #[tokio::test]
    async fn when_the_time_is_over_no_vote_counts() {
        let (store, _folder) = opened(now()).await;
        assert!(!store.cast("duel", 1, Choice::A).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_is_forgotten_leaves_other_peoples_votes() {
        let (store, _folder) = opened(i64::MAX).await;
        store.cast("duel", u64::MAX, Choice::B).await.unwrap();
        store.cast("duel", 8, Choice::A).await.unwrap();
        let part = store.export(u64::MAX, 0).await.unwrap().content;
        assert!(
            part["duels"][0]["a_strategy"].is_null() && part["duels"][0].get("sealed").is_none(),
            "still a secret: {part}"
        );
        assert!(store.close_duel("duel").await.unwrap());
        let part = store.export(u64::MAX, 0).await.unwrap().content;
        assert_eq!(part["duels"][0]["a_strategy"], "lookahead");
        let mut open = duel(i64::MAX);
        open.id = "open".into();
        store
            .add_duel(&open, [&text("c"), &text("d")])
            .await
            .unwrap();
        let forgotten = store.forget(u64::MAX).await.unwrap();
        let duels = forgotten.iter().find(|amount| amount.what == "duels");
        assert_eq!(duels.unwrap().rows, 2);
        let ballots = store.ballots(None).await.unwrap();
        let left: Vec<_> = ballots.iter().map(|b| (b.author, b.voter)).collect();
        assert_eq!(left, [(0, 8)]);
        assert!(store.duel("open").await.unwrap().is_none());
        assert!(store.duel("duel").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_secret_stays_what_it_was_first() {
        let (store, _folder) = store().await;
        assert_eq!(store.secret("salt", b"one").await.unwrap(), b"one");
        assert_eq!(store.secret("salt", b"two").await.unwrap(), b"one");
        assert_eq!(store.secret("other", b"two").await.unwrap(), b"two");
    }
}
