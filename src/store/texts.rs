//! Generated texts.

use sqlx::{FromRow, SqliteConnection};

use super::json_column::{decode_lenient, encode};
use super::{Store, StoreError, id_of, now, signed, totals};
use crate::domain::{Text, TextId, TextOutcome, TextQuery, TextScope};
use generation::{Length, Sampling};

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: i64,
    server_id: Option<i64>,
    channel_id: Option<i64>,
    parent: Option<String>,
    prompt: String,
    text: String,
    strategy: String,
    temperature: f64,
    top_k: i64,
    top_p: f64,
    length: Option<i64>,
    seed: i64,
    options: String,
    other_settings: String,
    model: String,
    tokens: i64,
    passes: i64,
    milliseconds: i64,
    outcome: String,
    created_at: i64,
}

impl TryFrom<Row> for Text {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        #[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
        let (top_k, length) = (row.top_k as f64, row.length.map(|length| length as f64));
        Ok(Self {
            id: row.id.into(),
            user: id_of(row.user_id),
            server: row.server_id.map(id_of),
            channel: row.channel_id.map(id_of),
            parent: row.parent.map(TextId::from),
            prompt: row.prompt,
            text: row.text,
            strategy: row.strategy.into(),
            sampling: Sampling {
                temperature: row.temperature.try_into().map_err(out_of_range)?,
                top_k: top_k.try_into().map_err(out_of_range)?,
                top_p: row.top_p.try_into().map_err(out_of_range)?,
            },
            length: length
                .map(Length::try_from)
                .transpose()
                .map_err(out_of_range)?,
            seed: row.seed.cast_unsigned().try_into().map_err(out_of_range)?,
            options: row.options,
            other: decode_lenient(&row.other_settings),
            model: row.model,
            tokens: usize::try_from(row.tokens).unwrap_or_default(),
            passes: row.passes.cast_unsigned(),
            milliseconds: row.milliseconds.cast_unsigned(),
            ended: TextOutcome::from_name(&row.outcome).unwrap_or(TextOutcome::Failed),
            kept_at: row.created_at,
        })
    }
}

/// Error for a stored number outside the type's current range.
fn out_of_range(error: generation::OutOfRange) -> StoreError {
    StoreError::Query(sqlx::Error::Decode(Box::new(error)))
}

/// Inserts a text and adds it to the totals, as part of the caller's transaction.
pub(super) async fn insert(
    transaction: &mut SqliteConnection,
    text: &Text,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO texts (id, user_id, server_id, channel_id, parent, prompt, text, strategy, temperature, top_k, top_p, \
         length, seed, options, other_settings, model, tokens, passes, milliseconds, outcome, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
    )
    .bind(text.id.as_str())
    .bind(signed(text.user))
    .bind(text.server.map(signed))
    .bind(text.channel.map(signed))
    .bind(text.parent.as_ref().map(TextId::as_str))
    .bind(&text.prompt)
    .bind(&text.text)
    .bind(text.strategy.as_str())
    .bind(text.sampling.temperature.get())
    .bind(i64::from(text.sampling.top_k.get()))
    .bind(text.sampling.top_p.get())
    .bind(text.length.map(|length| i64::from(length.get())))
    .bind(signed(text.seed.get()))
    .bind(&text.options)
    .bind(encode(&text.other))
    .bind(&text.model)
    .bind(signed(text.tokens as u64))
    .bind(signed(text.passes))
    .bind(signed(text.milliseconds))
    .bind(text.ended.name())
    .bind(now())
    .execute(&mut *transaction)
    .await?;
    Ok(totals::add(transaction, text).await?)
}

/// Escapes `typed` for use in a LIKE pattern.
fn escape_like(typed: &str) -> String {
    let escape = |c: char| match c {
        '\\' | '%' | '_' => format!("\\{c}"),
        c => c.to_string(),
    };
    typed.chars().map(escape).collect()
}

impl Store {
    /// Inserts a text and adds it to the totals.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_text(&self, text: &Text) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        insert(&mut transaction, text).await?;
        Ok(transaction.commit().await?)
    }

    /// The text `id`, if it is stored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn text(&self, id: &TextId) -> Result<Option<Text>, StoreError> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM texts WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.map(Text::try_from).transpose()
    }

    /// The newest texts of `scope` that match `query`. A search covers the newest 1,000 texts only, which bounds its
    /// time.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn newest_texts(
        &self,
        scope: TextScope,
        query: TextQuery<'_>,
    ) -> Result<Vec<Text>, StoreError> {
        let (statement, owner) = match (scope, query.search.is_empty()) {
            (TextScope::User(user), true) => (
                "SELECT * FROM texts WHERE user_id = $1 AND $2 = '' ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                signed(user),
            ),
            (TextScope::Server(guild), true) => (
                "SELECT * FROM texts WHERE server_id = $1 AND $2 = '' ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                signed(guild),
            ),
            (TextScope::User(user), false) => (
                "SELECT * FROM (SELECT * FROM texts WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT 1000) AS newest \
                 WHERE id LIKE $2 || '%' ESCAPE '\\' OR text LIKE '%' || $2 || '%' ESCAPE '\\' \
                 ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                signed(user),
            ),
            (TextScope::Server(guild), false) => (
                "SELECT * FROM (SELECT * FROM texts WHERE server_id = $1 ORDER BY created_at DESC, id LIMIT 1000) AS newest \
                 WHERE id LIKE $2 || '%' ESCAPE '\\' OR text LIKE '%' || $2 || '%' ESCAPE '\\' \
                 ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                signed(guild),
            ),
        };
        let rows: Vec<Row> = sqlx::query_as(statement)
            .bind(owner)
            .bind(escape_like(query.search))
            .bind(i64::from(query.limit))
            .bind(i64::from(query.offset))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(Text::try_from).collect()
    }

    /// Deletes a text. Returns `false` if there is none with this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_text(&self, id: &TextId) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM texts WHERE id = $1")
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChannelId, GuildId, UserId, example_text};
    use crate::store::tests::store;

    const AUTHOR: UserId = UserId(u64::MAX);

    fn text(id: &str) -> Text {
        Text {
            user: AUTHOR,
            server: Some(GuildId(1 << 63)),
            channel: Some(ChannelId(3)),
            parent: Some("older".into()),
            ..example_text(id)
        }
    }

    #[tokio::test]
    async fn a_text_round_trips_and_its_id_is_unique_until_deleted() {
        let (store, _folder) = store().await;
        let text = text("abc");
        store.add_text(&text).await.unwrap();
        assert!(store.add_text(&text).await.is_err());
        assert_eq!(store.count_personal_data(AUTHOR).await.unwrap()[1].rows, 1);
        let back = store.text(&"abc".into()).await.unwrap().unwrap();
        assert!(back.kept_at > 1_600_000_000);
        assert_eq!(Text { kept_at: 0, ..back }, text);
        assert!(store.delete_text(&"abc".into()).await.unwrap());
        assert!(!store.delete_text(&"abc".into()).await.unwrap());
        assert_eq!(store.text(&"abc".into()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_scope_lists_its_own_texts_newest_first_page_by_page() {
        let (store, _folder) = store().await;
        for (number, id) in (1..).zip(["a", "b", "c", "d"]) {
            store.add_text(&text(id)).await.unwrap();
            let age = sqlx::query("UPDATE texts SET created_at = $1 WHERE id = $2");
            age.bind(number)
                .bind(id)
                .execute(&store.pool)
                .await
                .unwrap();
        }
        let other = Text {
            user: UserId(1),
            server: None,
            ..text("e")
        };
        store.add_text(&other).await.unwrap();
        let ids = async |scope, offset| {
            let query = TextQuery {
                limit: 3,
                offset,
                search: "",
            };
            let texts = store.newest_texts(scope, query).await.unwrap();
            texts
                .iter()
                .map(|text| text.id.as_str())
                .collect::<String>()
        };
        assert_eq!(ids(TextScope::User(AUTHOR), 0).await, "dcb");
        assert_eq!(ids(TextScope::User(AUTHOR), 3).await, "a");
        assert_eq!(ids(TextScope::Server(GuildId(1 << 63)), 1).await, "cba");
        assert_eq!(ids(TextScope::User(UserId(1)), 0).await, "e");
    }

    #[tokio::test]
    async fn a_search_matches_the_prefix_of_the_id_or_part_of_the_text_literally() {
        let (store, _folder) = store().await;
        let odd = Text {
            text: r"Ten % of a_b \ c.".into(),
            ..text("abcd")
        };
        for text in [&odd, &text("bcda")] {
            store.add_text(text).await.unwrap();
        }
        let found = async |search| {
            let query = TextQuery {
                limit: 9,
                offset: 0,
                search,
            };
            let texts = store
                .newest_texts(TextScope::User(AUTHOR), query)
                .await
                .unwrap();
            texts
                .iter()
                .map(|text| text.id.as_str())
                .collect::<String>()
        };
        assert_eq!(found("abc").await, "abcd");
        assert_eq!(found("ONCE").await, "bcda");
        for literal in ["10%", "Ten _", "a-b", "bcd_"] {
            assert_eq!(found(literal).await, "", "{literal}");
        }
        for literal in ["%", "a_b", r"\ c"] {
            assert_eq!(found(literal).await, "abcd", "{literal}");
        }
    }
}
