//! Everything that is kept of one person: counted, handed out, deleted.
//!
//! A table that holds anything of people is named in `PERSONAL`; a test looks through all tables for one that is missing
//! here, so that nothing new can be forgotten by `/export` and `/forget-me`.

use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};

use super::{Store, StoreError, signed};

/// Rows of an export that go into one part. At 6 kB, which the longest texts take, a part stays below Discord's 10 MiB.
const ROWS: u64 = 1500;
/// So many of them are read by one query.
const AT_ONCE: usize = 250;
/// Whose rows are that belong to nobody any more. Discord has no such number.
const NOBODY: u64 = 0;

/// A table with rows that belong to people.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The column that says to whom.
    pub(super) user: &'static str,
    /// A column by which one person's rows can be put in order.
    pub(super) order: &'static str,
    /// What its rows are, for people.
    what: &'static str,
    /// The columns that are handed out.
    columns: &'static str,
    /// What becomes of them when the person is forgotten.
    pub(super) fate: Fate,
}

/// What becomes of rows whose person is forgotten.
pub(super) enum Fate {
    /// They are deleted.
    Deleted,
    /// They stay, for a reason that people are told.
    Kept(&'static str),
    /// Those for which `finished` is true stay without the person's number, for a reason that people are told.
    Nameless {
        finished: &'static str,
        why: &'static str,
    },
}

/// All of them, in the order in which they can be emptied.
pub(super) const PERSONAL: &[Table] = &[
    Table {
        name: "settings",
        user: "user_id",
        order: "user_id",
        what: "settings",
        columns: "*",
        fate: Fate::Deleted,
    },
    Table {
        name: "texts",
        user: "user_id",
        order: "created_at",
        what: "texts",
        columns: "*",
        fate: Fate::Deleted,
    },
    Table {
        name: "fillings",
        user: "user_id",
        order: "created_at",
        what: "filled sentences",
        columns: "*",
        fate: Fate::Deleted,
    },
    Table {
        name: "user_tallies",
        user: "user_id",
        order: "strategy",
        what: "sums for /stats",
        columns: "*",
        fate: Fate::Deleted,
    },
    Table {
        name: "presets",
        user: "user_id",
        order: "key",
        what: "presets",
        columns: "*",
        fate: Fate::Deleted,
    },
    Table {
        name: "uses",
        user: "user_id",
        order: "began_at",
        what: "texts counted for quotas",
        columns: "*",
        fate: Fate::Kept("They are forgotten after a day; until then they hold a server's quotas."),
    },
    Table {
        name: "votes",
        user: "user_id",
        order: "cast_at",
        what: "votes",
        columns: "*",
        fate: Fate::Deleted,
    },
    Table {
        name: "duels",
        user: "user_id",
        order: "opened_at",
        what: "duels",
        // How an open one is written is a secret, from its author too.
        columns: "id, user_id, server_id, channel_id, opened_at, closes_at, closed_at, \
                  CASE WHEN closed_at > 0 THEN a_id END AS a_id, CASE WHEN closed_at > 0 THEN a_strategy END AS a_strategy, \
                  CASE WHEN closed_at > 0 THEN a_temperature END AS a_temperature, \
                  CASE WHEN closed_at > 0 THEN b_id END AS b_id, CASE WHEN closed_at > 0 THEN b_strategy END AS b_strategy, \
                  CASE WHEN closed_at > 0 THEN b_temperature END AS b_temperature",
        fate: Fate::Nameless {
            finished: "closed_at > 0",
            why: "Those that are over stay without your name, since other people's votes are in them.",
        },
    },
];

/// How much there is of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// What it is, in the plural.
    pub what: &'static str,
    /// How many rows.
    pub rows: u64,
    /// Why some of it stays when everything else is deleted.
    pub stays: Option<&'static str>,
}

/// A part of what is kept of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The rows of each table, as JSON.
    pub content: Value,
    /// How many parts there are in all.
    pub of: u64,
}

impl Table {
    pub(super) fn count(&self) -> String {
        format!(
            "SELECT COUNT(*) FROM {} WHERE {} = $1",
            self.name, self.user
        )
    }

    pub(super) fn read(&self) -> String {
        format!(
            "SELECT {} FROM {} WHERE {} = $1 ORDER BY {} LIMIT $2 OFFSET $3",
            self.columns, self.name, self.user, self.order
        )
    }

    /// What is sent, in this order, when a person is forgotten.
    pub(super) fn forget(&self) -> Vec<String> {
        let Self { name, user, .. } = self;
        match self.fate {
            Fate::Deleted => vec![format!("DELETE FROM {name} WHERE {user} = $1")],
            Fate::Kept(_) => Vec::new(),
            Fate::Nameless { finished, .. } => vec![
                format!("UPDATE {name} SET {user} = {NOBODY} WHERE {user} = $1 AND {finished}"),
                format!("DELETE FROM {name} WHERE {user} = $1"),
            ],
        }
    }

    /// Why there is something left of a person who is forgotten.
    fn stays(&self) -> Option<&'static str> {
        match self.fate {
            Fate::Deleted => None,
            Fate::Kept(why) | Fate::Nameless { why, .. } => Some(why),
        }
    }
}

impl Store {
    /// How much is kept of `user`, of each kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn amounts(&self, user: u64) -> Result<Vec<Amount>, StoreError> {
        let mut amounts = Vec::with_capacity(PERSONAL.len());
        for table in PERSONAL {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(table.count()))
                .bind(signed(user))
                .fetch_one(&self.pool)
                .await?;
            amounts.push(Amount {
                what: table.what,
                rows: rows.cast_unsigned(),
                stays: table.stays(),
            });
        }
        Ok(amounts)
    }

    /// Part number `part`, from 0, of everything that is kept of `user`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, user: u64, part: u64) -> Result<Part, StoreError> {
        let amounts = self.amounts(user).await?;
        let total: u64 = amounts.iter().map(|amount| amount.rows).sum();
        let (first, mut room) = (part.saturating_mul(ROWS), ROWS);
        let (mut before, mut content) = (0, Map::new());
        for (table, amount) in PERSONAL.iter().zip(amounts) {
            let skipped = first.saturating_sub(before).min(amount.rows);
            let count = (amount.rows - skipped).min(room);
            before += amount.rows;
            room -= count;
            let mut rows = Vec::new();
            // In several queries, since others wait while one of them reads.
            for from in (skipped..skipped + count).step_by(AT_ONCE) {
                let most = (skipped + count - from).min(AT_ONCE as u64);
                let read = sqlx::query(AssertSqlSafe(table.read()))
                    .bind(signed(user))
                    .bind(signed(most))
                    .bind(signed(from))
                    .fetch_all(&self.pool)
                    .await?;
                rows.extend(read.iter().map(as_json));
            }
            content.insert(table.name.to_owned(), rows.into());
        }
        Ok(Part {
            content: content.into(),
            of: total.div_ceil(ROWS).max(1),
        })
    }

    /// Deletes everything that is kept of `user` but what stays for a reason, and says how much there was of each kind.
    ///
    /// # Errors
    /// When the database fails; everything is still there then.
    pub async fn forget(&self, user: u64) -> Result<Vec<Amount>, StoreError> {
        // What is read first must not be older than what is deleted then: SQLite refuses that while others write.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut amounts = Vec::with_capacity(PERSONAL.len());
        for table in PERSONAL {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(table.count()))
                .bind(signed(user))
                .fetch_one(&mut *transaction)
                .await?;
            for statement in table.forget() {
                sqlx::query(AssertSqlSafe(statement))
                    .bind(signed(user))
                    .execute(&mut *transaction)
                    .await?;
            }
            amounts.push(Amount {
                what: table.what,
                rows: rows.cast_unsigned(),
                stays: table.stays(),
            });
        }
        transaction.commit().await?;
        self.clear_journal().await;
        Ok(amounts)
    }

    /// Takes what was deleted out of the write-ahead journal, too.
    async fn clear_journal(&self) {
        let cleared = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.pool)
            .await;
        let busy = cleared.and_then(|row| row.try_get::<i64, _>(0));
        if !matches!(busy, Ok(0)) {
            tracing::info!("the journal is in use; what was deleted leaves it a little later");
        }
    }
}

/// A row as a JSON object. Numbers of people and places are text, since they are larger than what JSON's readers keep.
fn as_json(row: &SqliteRow) -> Value {
    let mut object = Map::new();
    for column in row.columns() {
        let (at, name) = (column.ordinal(), column.name());
        let kind = row
            .try_get_raw(at)
            .map(|value| value.type_info().name().to_owned());
        let value = match kind.as_deref() {
            Ok("INTEGER") if name.ends_with("_id") => row
                .try_get::<i64, _>(at)
                .map(|id| id.cast_unsigned().to_string().into()),
            Ok("INTEGER") => row.try_get::<i64, _>(at).map(Value::from),
            Ok("REAL") => row.try_get::<f64, _>(at).map(Value::from),
            Ok("NULL") => Ok(Value::Null),
            _ => row.try_get::<String, _>(at).map(Value::from),
        };
        object.insert(name.to_owned(), value.unwrap_or_default());
    }
    object.into()
}
