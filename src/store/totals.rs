//! Sums over all stored texts, by user, by guild and overall.
//!
//! Each insertion of a text updates them, so that reading takes one row per strategy, however many texts there are.

use sqlx::{FromRow, SqliteConnection};

use super::{Store, StoreError, signed};
use crate::domain::{GuildId, StrategyTotals, Text, UserId};

/// Value of `server_id` in the row of all texts. Discord never assigns this id.
const ALL_TEXTS: i64 = 0;

#[derive(FromRow)]
struct Row {
    strategy: String,
    texts: i64,
    tokens: i64,
    passes: i64,
    milliseconds: i64,
}

impl From<Row> for StrategyTotals {
    fn from(row: Row) -> Self {
        Self {
            strategy: row.strategy.into(),
            texts: row.texts.cast_unsigned(),
            tokens: row.tokens.cast_unsigned(),
            passes: row.passes.cast_unsigned(),
            milliseconds: row.milliseconds.cast_unsigned(),
        }
    }
}

/// The totals of `rows`, the most used strategy first. Rows under a former name of a strategy are added to those under
/// the current name.
fn merged(rows: Vec<Row>) -> Vec<StrategyTotals> {
    let mut totals: Vec<StrategyTotals> = Vec::new();
    for row in rows.into_iter().map(StrategyTotals::from) {
        match totals.iter_mut().find(|sum| sum.strategy == row.strategy) {
            Some(sum) => {
                sum.texts += row.texts;
                sum.tokens += row.tokens;
                sum.passes += row.passes;
                sum.milliseconds += row.milliseconds;
            }
            None => totals.push(row),
        }
    }
    totals.sort_by(|a, b| {
        b.texts
            .cmp(&a.texts)
            .then_with(|| a.strategy.cmp(&b.strategy))
    });
    totals
}

/// Adds a text to the totals of its user, of its guild, and of all texts.
pub(super) async fn add(connection: &mut SqliteConnection, text: &Text) -> Result<(), sqlx::Error> {
    let of_user = "INSERT INTO user_tallies (user_id, strategy, texts, tokens, passes, milliseconds) VALUES ($1, $2, 1, $3, $4, $5) \
         ON CONFLICT (user_id, strategy) DO UPDATE SET texts = user_tallies.texts + 1, \
         tokens = user_tallies.tokens + excluded.tokens, passes = user_tallies.passes + excluded.passes, \
         milliseconds = user_tallies.milliseconds + excluded.milliseconds";
    let of_guild = "INSERT INTO server_tallies (server_id, strategy, texts, tokens, passes, milliseconds) VALUES ($1, $2, 1, $3, $4, $5) \
         ON CONFLICT (server_id, strategy) DO UPDATE SET texts = server_tallies.texts + 1, \
         tokens = server_tallies.tokens + excluded.tokens, passes = server_tallies.passes + excluded.passes, \
         milliseconds = server_tallies.milliseconds + excluded.milliseconds";
    let guild = text.server.map(|guild| (of_guild, signed(guild)));
    let sums = [(of_user, signed(text.user)), (of_guild, ALL_TEXTS)];
    for (statement, owner) in sums.into_iter().chain(guild) {
        sqlx::query(statement)
            .bind(owner)
            .bind(text.strategy.as_str())
            .bind(signed(text.tokens as u64))
            .bind(signed(text.passes))
            .bind(signed(text.milliseconds))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Totals of a user's texts, the most used strategy first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn user_totals(&self, user: UserId) -> Result<Vec<StrategyTotals>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT strategy, texts, tokens, passes, milliseconds FROM user_tallies WHERE user_id = $1 ORDER BY texts DESC, strategy",
        )
        .bind(signed(user))
        .fetch_all(&self.pool)
        .await?;
        Ok(merged(rows))
    }

    /// Totals of a guild's texts, or of all texts if `guild` is `None`, the most used strategy first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn totals(&self, guild: Option<GuildId>) -> Result<Vec<StrategyTotals>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT strategy, texts, tokens, passes, milliseconds FROM server_tallies WHERE server_id = $1 ORDER BY texts DESC, strategy",
        )
        .bind(guild.map_or(ALL_TEXTS, signed))
        .fetch_all(&self.pool)
        .await?;
        Ok(merged(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{store, text};

    #[tokio::test]
    async fn totals_are_kept_by_user_by_guild_and_overall() {
        let (store, _folder) = store().await;
        for (id, user, server, strategy) in [
            ("a", 1, Some(7), "gibbs"),
            ("b", 1, None, "gibbs"),
            ("c", 2, Some(7), "gibbs"),
            ("d", 2, Some(8), "naive"),
        ] {
            let text = Text {
                user: UserId(user),
                server: server.map(GuildId),
                strategy: strategy.into(),
                ..text(id)
            };
            store.add_text(&text).await.unwrap();
        }
        let shown = |totals: Vec<StrategyTotals>| {
            let line = |of: &StrategyTotals| {
                format!(
                    "{} {} {} {} {}",
                    of.strategy, of.texts, of.tokens, of.passes, of.milliseconds
                )
            };
            totals.iter().map(line).collect::<Vec<_>>()
        };
        let of_user = async |user| shown(store.user_totals(UserId(user)).await.unwrap());
        let of_guild = async |guild| shown(store.totals(guild).await.unwrap());
        assert_eq!(of_user(1).await, ["gibbs 2 4 6 20"]);
        assert_eq!(of_user(2).await, ["gibbs 1 2 3 10", "naive 1 2 3 10"]);
        assert_eq!(of_guild(Some(GuildId(7))).await, ["gibbs 2 4 6 20"]);
        assert_eq!(of_guild(Some(GuildId(8))).await, ["naive 1 2 3 10"]);
        assert_eq!(of_guild(None).await, ["gibbs 3 6 9 30", "naive 1 2 3 10"]);
    }

    #[tokio::test]
    async fn texts_under_the_former_name_of_a_strategy_count_for_the_current_one() {
        let (store, _folder) = store().await;
        for (id, strategy) in [
            ("a", "naive"),
            ("b", "naive"),
            ("c", "causal"),
            ("d", "causal"),
        ] {
            let text = Text {
                strategy: strategy.into(),
                ..text(id)
            };
            store.add_text(&text).await.unwrap();
        }
        for statement in [
            "UPDATE server_tallies SET strategy = 'student' WHERE strategy = 'causal'",
            "UPDATE user_tallies SET strategy = 'student' WHERE strategy = 'causal'",
        ] {
            sqlx::query(statement).execute(&store.pool).await.unwrap();
        }
        let newer = Text {
            strategy: "causal".into(),
            ..text("e")
        };
        store.add_text(&newer).await.unwrap();
        for totals in [
            store.totals(None).await.unwrap(),
            store.user_totals(newer.user).await.unwrap(),
        ] {
            let counts: Vec<(&str, u64)> =
                totals.iter().map(|of| (&*of.strategy, of.texts)).collect();
            assert_eq!(counts, [("causal", 3), ("naive", 2)]);
        }
    }

    #[tokio::test]
    async fn a_text_whose_insertion_fails_is_not_counted() {
        let (store, _folder) = store().await;
        store.add_text(&text("a")).await.unwrap();
        assert!(store.add_text(&text("a")).await.is_err());
        assert_eq!(store.totals(None).await.unwrap()[0].texts, 1);
    }
}
