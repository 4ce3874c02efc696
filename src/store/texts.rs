//! The texts that were written, with all that is needed to write them again.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, SqliteConnection};

use super::{Store, StoreError, now, signed, tallies};
use generation::{Length, Sampling, Seed, Settings, Steering};

/// One text and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// Names it for people: short, unique.
    pub id: String,
    /// Who asked for it.
    pub user: u64,
    /// The server where it was asked for; none in direct messages, and not known of the oldest texts.
    pub server: Option<u64>,
    /// The channel where it was asked for; not known of the oldest texts.
    pub channel: Option<u64>,
    /// The text that it is a variation or a continuation of.
    pub parent: Option<String>,
    /// What was typed.
    pub prompt: String,
    /// The whole text.
    pub text: String,
    /// The strategy's name.
    pub strategy: String,
    /// How tokens were drawn.
    pub sampling: Sampling,
    /// How many new tokens were asked for, if any behind the prompt.
    pub length: Option<Length>,
    /// Where the random numbers started.
    pub seed: Seed,
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
    /// How it ended.
    pub ended: Ended,
    /// When it was kept, in seconds since 1970; [`Store::add_text`] sets it.
    pub kept_at: i64,
}

/// How a text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// It is whole.
    Done,
    /// Somebody stopped it.
    Stopped,
    /// Something broke.
    Failed,
}

impl Ended {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Done, "done"),
        (Self::Stopped, "stopped"),
        (Self::Failed, "failed"),
    ];

    fn name(self) -> &'static str {
        let named = Self::ALL.into_iter().find(|(ended, _)| *ended == self);
        named.map_or("failed", |(_, name)| name)
    }

    fn named(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|(_, known)| *known == name);
        found.map_or(Self::Failed, |(ended, _)| ended)
    }
}

impl Text {
    /// Keeps it and counts it, as a part of a larger change.
    pub(super) async fn insert(&self, change: &mut SqliteConnection) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO texts (id, user_id, server_id, channel_id, parent, prompt, text, strategy, temperature, top_k, top_p, \
             length, seed, options, tags, context, keywords, model, tokens, passes, milliseconds, outcome, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        )
        .bind(&self.id)
        .bind(signed(self.user))
        .bind(self.server.map(signed))
        .bind(self.channel.map(signed))
        .bind(&self.parent)
        .bind(&self.prompt)
        .bind(&self.text)
        .bind(&self.strategy)
        .bind(self.sampling.temperature.get())
        .bind(i64::from(self.sampling.top_k.get()))
        .bind(self.sampling.top_p.get())
        .bind(self.length.map(|length| i64::from(length.get())))
        .bind(signed(self.seed.get()))
        .bind(&self.options)
        .bind(&self.steering.tags)
        .bind(&self.steering.context)
        .bind(&self.steering.keywords)
        .bind(&self.model)
        .bind(signed(self.tokens as u64))
        .bind(signed(self.passes))
        .bind(signed(self.milliseconds))
        .bind(self.ended.name())
        .bind(now())
        .execute(&mut *change)
        .await?;
        Ok(tallies::count(change, self).await?)
    }

    /// The settings with which the same model writes the same text again.
    pub fn settings(&self) -> Settings {
        Settings {
            prompt: Some(self.prompt.clone()),
            strategy: Some(self.strategy.clone()),
            temperature: Some(self.sampling.temperature),
            top_k: Some(self.sampling.top_k),
            top_p: Some(self.sampling.top_p),
            length: self.length,
            seed: Some(self.seed),
            options: Some(self.options.clone()).filter(|options| !options.is_empty()),
            tags: self.steering.tags.clone(),
            context: self.steering.context.clone(),
            keywords: self.steering.keywords.clone(),
        }
    }
}

/// Whose texts are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// All that a person asked for.
    User(u64),
    /// All that were asked for on a server.
    Server(u64),
}

/// Which texts of a shelf are wanted, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    /// At most so many.
    pub most: u32,
    /// So many newer ones are passed over.
    pub skipped: u32,
    /// Only those whose id begins with this or whose text contains it, whatever the case of ASCII letters.
    pub holding: &'a str,
}

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
    tags: Option<String>,
    context: Option<String>,
    keywords: Option<String>,
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
            id: row.id,
            user: row.user_id.cast_unsigned(),
            server: row.server_id.map(i64::cast_unsigned),
            channel: row.channel_id.map(i64::cast_unsigned),
            parent: row.parent,
            prompt: row.prompt,
            text: row.text,
            strategy: row.strategy,
            sampling: Sampling {
                temperature: row.temperature.try_into().map_err(unfit)?,
                top_k: top_k.try_into().map_err(unfit)?,
                top_p: row.top_p.try_into().map_err(unfit)?,
            },
            length: length.map(Length::try_from).transpose().map_err(unfit)?,
            seed: row.seed.cast_unsigned().try_into().map_err(unfit)?,
            options: row.options,
            steering: Steering {
                tags: row.tags,
                context: row.context,
                keywords: row.keywords,
            },
            model: row.model,
            tokens: usize::try_from(row.tokens).unwrap_or_default(),
            passes: row.passes.cast_unsigned(),
            milliseconds: row.milliseconds.cast_unsigned(),
            ended: Ended::named(&row.outcome),
            kept_at: row.created_at,
        })
    }
}

/// A number that lies outside the range it was in when it was kept.
fn unfit(error: generation::OutOfRange) -> StoreError {
    StoreError::Query(sqlx::Error::Decode(Box::new(error)))
}

/// `typed` as the part of a LIKE pattern that stands for itself.
fn literally(typed: &str) -> String {
    let escape = |c: char| match c {
        '\\' | '%' | '_' => format!("\\{c}"),
        c => c.to_string(),
    };
    typed.chars().map(escape).collect()
}

impl Store {
    /// Keeps a text, and counts it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_text(&self, text: &Text) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        text.insert(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// The text with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn text(&self, id: &str) -> Result<Option<Text>, StoreError> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM texts WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(Text::try_from).transpose()
    }

    /// The newest texts of a shelf. A search goes through the newest thousand, so that one that finds nothing is quick.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest(&self, from: Shelf, page: Page<'_>) -> Result<Vec<Text>, StoreError> {
        let (query, owner) = match (from, page.holding.is_empty()) {
            (Shelf::User(user), true) => (
                "SELECT * FROM texts WHERE user_id = $1 AND $2 = '' ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                user,
            ),
            (Shelf::Server(server), true) => (
                "SELECT * FROM texts WHERE server_id = $1 AND $2 = '' ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                server,
            ),
            (Shelf::User(user), false) => (
                "SELECT * FROM (SELECT * FROM texts WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT 1000) AS newest \
                 WHERE id LIKE $2 || '%' ESCAPE '\\' OR text LIKE '%' || $2 || '%' ESCAPE '\\' \
                 ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                user,
            ),
            (Shelf::Server(server), false) => (
                "SELECT * FROM (SELECT * FROM texts WHERE server_id = $1 ORDER BY created_at DESC, id LIMIT 1000) AS newest \
                 WHERE id LIKE $2 || '%' ESCAPE '\\' OR text LIKE '%' || $2 || '%' ESCAPE '\\' \
                 ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
                server,
            ),
        };
        let rows: Vec<Row> = sqlx::query_as(query)
            .bind(signed(owner))
            .bind(literally(page.holding))
            .bind(i64::from(page.most))
            .bind(i64::from(page.skipped))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(Text::try_from).collect()
    }

    /// Forgets a text. `false` if there was none with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_text(&self, id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM texts WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::strategy;

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&folder.path().join("s.sqlite3")).await.unwrap()
    }

    fn text(id: &str) -> Text {
        Text {
            id: id.into(),
            user: u64::MAX,
            server: Some(1 << 63),
            channel: Some(3),
            parent: Some("older".into()),
            prompt: "Once".into(),
            text: "Once more.".into(),
            strategy: "lookahead".into(),
            sampling: strategy::default_sampling(strategy::ALL[0]),
            length: "2".parse().ok(),
            seed: "9007199254740991".parse().unwrap(),
            options: "window=3".into(),
            steering: Steering {
                tags: Some("warm".into()),
                ..Steering::default()
            },
            model: "f".into(),
            tokens: 2,
            passes: 2,
            milliseconds: 10,
            ended: Ended::Stopped,
            kept_at: 0,
        }
    }

    #[tokio::test]
    async fn a_text_is_kept_once_and_comes_back_whole_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let (store, text) = (store(&folder).await, text("abc"));
        store.add_text(&text).await.unwrap();
        assert!(store.add_text(&text).await.is_err());
        assert_eq!(store.amounts(u64::MAX).await.unwrap()[1].rows, 1);
        let back = store.text("abc").await.unwrap().unwrap();
        assert!(back.kept_at > 1_600_000_000);
        assert_eq!(Text { kept_at: 0, ..back }, text);
        assert!(store.delete_text("abc").await.unwrap());
        assert!(!store.delete_text("abc").await.unwrap());
        assert_eq!(store.text("abc").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_shelf_gives_its_own_newest_texts_page_by_page() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
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
            user: 1,
            server: None,
            ..text("e")
        };
        store.add_text(&other).await.unwrap();
        let ids = async |shelf, skipped| {
            let page = Page {
                most: 3,
                skipped,
                holding: "",
            };
            let texts = store.newest(shelf, page).await.unwrap();
            texts.into_iter().map(|text| text.id).collect::<String>()
        };
        assert_eq!(ids(Shelf::User(u64::MAX), 0).await, "dcb");
        assert_eq!(ids(Shelf::User(u64::MAX), 3).await, "a");
        assert_eq!(ids(Shelf::Server(1 << 63), 1).await, "cba");
        assert_eq!(ids(Shelf::User(1), 0).await, "e");
    }

    #[tokio::test]
    async fn texts_are_found_by_the_beginning_of_the_id_and_by_what_they_say() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let odd = Text {
            text: r"Ten % of a_b \ c.".into(),
            ..text("abcd")
        };
        for text in [&odd, &text("bcda")] {
            store.add_text(text).await.unwrap();
        }
        let found = async |holding| {
            let page = Page {
                most: 9,
                skipped: 0,
                holding,
            };
            let texts = store.newest(Shelf::User(u64::MAX), page).await.unwrap();
            texts.into_iter().map(|text| text.id).collect::<String>()
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

    #[test]
    fn its_settings_leave_nothing_to_chance() {
        let text = text("abc");
        let settings = text.settings();
        let strategy = settings.strategy().unwrap();
        let params = settings.params(strategy, Seed::from(1)).unwrap();
        assert_eq!(
            (params.seed, params.sampling, strategy.name()),
            (text.seed, text.sampling, "lookahead")
        );
        assert_eq!(settings.steering(), text.steering);
        assert_eq!(
            (settings.prompt.as_deref(), settings.options.as_deref()),
            (Some("Once"), Some("window=3"))
        );
    }
}
