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

/// A table with rows that belong to people.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The column that says to whom.
    pub(super) user: &'static str,
    /// A column by which one person's rows can be put in order.
    pub(super) order: &'static str,
    /// What its rows are, for people.
    what: &'static str,
    /// Why they stay when everything else is deleted; a sentence behind their number.
    pub(super) stays: Option<&'static str>,
}

/// All of them, in the order in which they can be emptied.
pub(super) const PERSONAL: &[Table] = &[
    Table {
        name: "settings",
        user: "user_id",
        order: "user_id",
        what: "settings",
        stays: None,
    },
    Table {
        name: "texts",
        user: "user_id",
        order: "created_at",
        what: "texts",
        stays: None,
    },
    Table {
        name: "fillings",
        user: "user_id",
        order: "created_at",
        what: "filled sentences",
        stays: None,
    },
    Table {
        name: "user_tallies",
        user: "user_id",
        order: "strategy",
        what: "sums for /stats",
        stays: None,
    },
    Table {
        name: "presets",
        user: "user_id",
        order: "key",
        what: "presets",
        stays: None,
    },
    Table {
        name: "uses",
        user: "user_id",
        order: "began_at",
        what: "texts counted for quotas",
        stays: Some("They are forgotten after a day; until then they hold a server's quotas."),
    },
    Table {
        name: "votes",
        user: "user_id",
        order: "cast_at",
        what: "votes",
        stays: None,
    },
    // With all votes on it.
    Table {
        name: "duels",
        user: "user_id",
        order: "opened_at",
        what: "duels",
        stays: None,
    },
];

/// How much there is of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// What it is, in the plural.
    pub what: &'static str,
    /// How many rows.
    pub rows: u64,
    /// Why they stay when everything else is deleted.
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
            "SELECT * FROM {} WHERE {} = $1 ORDER BY {} LIMIT $2 OFFSET $3",
            self.name, self.user, self.order
        )
    }

    pub(super) fn empty(&self) -> String {
        format!("DELETE FROM {} WHERE {} = $1", self.name, self.user)
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
                stays: table.stays,
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
            let rows = sqlx::query(AssertSqlSafe(table.read()))
                .bind(signed(user))
                .bind(signed(count))
                .bind(signed(skipped))
                .fetch_all(&self.pool)
                .await?;
            content.insert(table.name.to_owned(), rows.iter().map(as_json).collect());
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
        let mut transaction = self.pool.begin().await?;
        let mut amounts = Vec::with_capacity(PERSONAL.len());
        for table in PERSONAL {
            let rows = if table.stays.is_some() {
                sqlx::query_scalar::<_, i64>(AssertSqlSafe(table.count()))
                    .bind(signed(user))
                    .fetch_one(&mut *transaction)
                    .await?
                    .cast_unsigned()
            } else {
                sqlx::query(AssertSqlSafe(table.empty()))
                    .bind(signed(user))
                    .execute(&mut *transaction)
                    .await?
                    .rows_affected()
            };
            amounts.push(Amount {
                what: table.what,
                rows,
                stays: table.stays,
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
