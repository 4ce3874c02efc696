//! Sums over the texts that were kept: of a person, of a server, of all. They grow with every text, so that reading them
//! takes a handful of rows however many texts there are.

use sqlx::{FromRow, SqliteConnection};

use super::{Store, StoreError, Text, signed};

/// The server that stands for everywhere.
const EVERYWHERE: i64 = 0;

/// What was written by one strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The strategy's name.
    pub strategy: String,
    /// Texts.
    pub texts: u64,
    /// Tokens written.
    pub tokens: u64,
    /// Sequences scored.
    pub passes: u64,
    /// From the requests to the last tokens, added up.
    pub milliseconds: u64,
}

#[derive(FromRow)]
struct Row {
    strategy: String,
    texts: i64,
    tokens: i64,
    passes: i64,
    milliseconds: i64,
}

impl From<Row> for Tally {
    fn from(row: Row) -> Self {
        Self {
            strategy: row.strategy,
            texts: row.texts.cast_unsigned(),
            tokens: row.tokens.cast_unsigned(),
            passes: row.passes.cast_unsigned(),
            milliseconds: row.milliseconds.cast_unsigned(),
        }
    }
}

/// Adds a text to all sums that it belongs to.
pub(super) async fn count(
    connection: &mut SqliteConnection,
    text: &Text,
) -> Result<(), sqlx::Error> {
    let of_user = "INSERT INTO user_tallies (user_id, strategy, texts, tokens, passes, milliseconds) VALUES ($1, $2, 1, $3, $4, $5) \
         ON CONFLICT (user_id, strategy) DO UPDATE SET texts = user_tallies.texts + 1, \
         tokens = user_tallies.tokens + excluded.tokens, passes = user_tallies.passes + excluded.passes, \
         milliseconds = user_tallies.milliseconds + excluded.milliseconds";
    let of_server = "INSERT INTO server_tallies (server_id, strategy, texts, tokens, passes, milliseconds) VALUES ($1, $2, 1, $3, $4, $5) \
         ON CONFLICT (server_id, strategy) DO UPDATE SET texts = server_tallies.texts + 1, \
         tokens = server_tallies.tokens + excluded.tokens, passes = server_tallies.passes + excluded.passes, \
         milliseconds = server_tallies.milliseconds + excluded.milliseconds";
    let server = text.server.map(|server| (of_server, signed(server)));
    let sums = [(of_user, signed(text.user)), (of_server, EVERYWHERE)];
    for (statement, of) in sums.into_iter().chain(server) {
        sqlx::query(statement)
            .bind(of)
            .bind(&text.strategy)
            .bind(signed(text.tokens as u64))
            .bind(signed(text.passes))
            .bind(signed(text.milliseconds))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

impl Store {
    /// What a person had written, the strategy with the most texts first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tallies_of_user(&self, user: u64) -> Result<Vec<Tally>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT strategy, texts, tokens, passes, milliseconds FROM user_tallies WHERE user_id = $1 ORDER BY texts DESC, strategy",
        )
        .bind(signed(user))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Tally::from).collect())
    }

    /// What was written on a server, or everywhere, the strategy with the most texts first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tallies(&self, server: Option<u64>) -> Result<Vec<Tally>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT strategy, texts, tokens, passes, milliseconds FROM server_tallies WHERE server_id = $1 ORDER BY texts DESC, strategy",
        )
        .bind(server.map_or(EVERYWHERE, signed))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Tally::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{store, text};

    #[tokio::test]
    async fn texts_are_added_up_by_person_by_server_and_in_all() {
        let (store, _folder) = store().await;
        for (id, user, server, strategy) in [
            ("a", 1, Some(7), "gibbs"),
            ("b", 1, None, "gibbs"),
            ("c", 2, Some(7), "gibbs"),
            ("d", 2, Some(8), "naive"),
        ] {
            let text = Text {
                user,
                server,
                strategy: strategy.into(),
                ..text(id)
            };
            store.add_text(&text).await.unwrap();
        }
        let shown = |tallies: Vec<Tally>| {
            let line = |tally: &Tally| {
                format!(
                    "{} {} {} {} {}",
                    tally.strategy, tally.texts, tally.tokens, tally.passes, tally.milliseconds
                )
            };
            tallies.iter().map(line).collect::<Vec<_>>()
        };
        let of_user = async |user| shown(store.tallies_of_user(user).await.unwrap());
        let of_server = async |server| shown(store.tallies(server).await.unwrap());
        assert_eq!(of_user(1).await, ["gibbs 2 4 6 20"]);
        assert_eq!(of_user(2).await, ["gibbs 1 2 3 10", "naive 1 2 3 10"]);
        assert_eq!(of_server(Some(7)).await, ["gibbs 2 4 6 20"]);
        assert_eq!(of_server(Some(8)).await, ["naive 1 2 3 10"]);
        assert_eq!(of_server(None).await, ["gibbs 3 6 9 30", "naive 1 2 3 10"]);
    }

    #[tokio::test]
    async fn a_text_that_cannot_be_kept_is_not_counted() {
        let (store, _folder) = store().await;
        store.add_text(&text("a")).await.unwrap();
        assert!(store.add_text(&text("a")).await.is_err());
        assert_eq!(store.tallies(None).await.unwrap()[0].texts, 1);
    }
}
