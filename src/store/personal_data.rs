//! Everything stored about one user: counted, exported, deleted.
//!
//! Each table with personal data has an entry in `PERSONAL`. A test searches the schema for tables without one, so that
//! `/export` and `/forget-me` cover every new table.

use std::ops::Range;

use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};

use super::{Store, StoreError, signed};
use crate::domain::{ExportPart, PersonalDataCount, UserId};

/// Maximum number of rows in one part of an export. At 6 kB for the longest texts, a part stays below Discord's limit
/// of 10 MiB.
const ROWS_PER_PART: u64 = 1500;
/// Maximum number of rows that one query reads, so that other queries get their turn.
const ROWS_PER_QUERY: usize = 250;
/// User id of anonymized rows. Discord never assigns it.
const NOBODY: u64 = 0;

/// A table with personal data.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Column of the owning user's id.
    pub(super) user: &'static str,
    /// Column that orders one user's rows.
    pub(super) order: &'static str,
    /// Kind of the rows, as shown to users.
    kind: &'static str,
    /// Exported columns.
    columns: &'static str,
    /// What the deletion of a user's data does to the rows.
    pub(super) on_delete: OnDelete,
}

/// What the deletion of a user's data does to a table's rows.
pub(super) enum OnDelete {
    /// All rows are deleted.
    Delete,
    /// All rows stay, for this reason that users are told.
    Keep(&'static str),
    /// Rows that satisfy the SQL condition `keep_if` stay without the user's id; the others are deleted.
    Anonymize {
        keep_if: &'static str,
        /// Reason that users are told.
        reason: &'static str,
    },
}

/// All tables with personal data, in an order of deletion that respects foreign keys.
pub(super) const PERSONAL: &[Table] = &[
    Table {
        name: "settings",
        user: "user_id",
        order: "user_id",
        kind: "settings",
        columns: "*",
        on_delete: OnDelete::Delete,
    },
    Table {
        name: "texts",
        user: "user_id",
        order: "created_at",
        kind: "texts",
        columns: "*",
        on_delete: OnDelete::Delete,
    },
    Table {
        name: "fillings",
        user: "user_id",
        order: "created_at",
        kind: "filled sentences",
        columns: "*",
        on_delete: OnDelete::Delete,
    },
    Table {
        name: "user_tallies",
        user: "user_id",
        order: "strategy",
        kind: "sums for /stats",
        columns: "*",
        on_delete: OnDelete::Delete,
    },
    Table {
        name: "presets",
        user: "user_id",
        order: "key",
        kind: "presets",
        columns: "*",
        on_delete: OnDelete::Delete,
    },
    Table {
        name: "uses",
        user: "user_id",
        order: "began_at",
        kind: "texts counted for quotas",
        columns: "*",
        on_delete: OnDelete::Keep(
            "They are forgotten after a day; until then they hold a server's quotas.",
        ),
    },
    Table {
        name: "votes",
        user: "user_id",
        order: "cast_at",
        kind: "votes",
        columns: "*",
        on_delete: OnDelete::Delete,
    },
    Table {
        name: "duels",
        user: "user_id",
        order: "opened_at",
        kind: "duels",
        // The authorship of an open duel's texts is a secret, even from the author of the prompt.
        columns: "id, user_id, server_id, channel_id, opened_at, closes_at, closed_at, \
                  CASE WHEN closed_at > 0 THEN a_id END AS a_id, CASE WHEN closed_at > 0 THEN a_strategy END AS a_strategy, \
                  CASE WHEN closed_at > 0 THEN a_temperature END AS a_temperature, \
                  CASE WHEN closed_at > 0 THEN b_id END AS b_id, CASE WHEN closed_at > 0 THEN b_strategy END AS b_strategy, \
                  CASE WHEN closed_at > 0 THEN b_temperature END AS b_temperature",
        on_delete: OnDelete::Anonymize {
            keep_if: "closed_at > 0",
            reason: "Those that are over stay without your name, since other people's votes are in them.",
        },
    },
];

impl Table {
    /// Statement that counts a user's rows: `$1` is the user.
    pub(super) fn count(&self) -> String {
        format!(
            "SELECT COUNT(*) FROM {} WHERE {} = $1",
            self.name, self.user
        )
    }

    /// Statement that reads a user's rows: `$1` is the user, `$2` the limit, `$3` the offset.
    pub(super) fn read(&self) -> String {
        format!(
            "SELECT {} FROM {} WHERE {} = $1 ORDER BY {} LIMIT $2 OFFSET $3",
            self.columns, self.name, self.user, self.order
        )
    }

    /// Statements that delete a user's data, in this order: `$1` is the user.
    pub(super) fn delete(&self) -> Vec<String> {
        let Self { name, user, .. } = self;
        match self.on_delete {
            OnDelete::Delete => vec![format!("DELETE FROM {name} WHERE {user} = $1")],
            OnDelete::Keep(_) => Vec::new(),
            OnDelete::Anonymize { keep_if, .. } => vec![
                format!("UPDATE {name} SET {user} = {NOBODY} WHERE {user} = $1 AND {keep_if}"),
                format!("DELETE FROM {name} WHERE {user} = $1"),
            ],
        }
    }

    fn counted(&self, rows: i64) -> PersonalDataCount {
        PersonalDataCount {
            kind: self.kind,
            rows: rows.cast_unsigned(),
            retained: self.retained(),
        }
    }

    /// Reason why rows survive the deletion of a user's data, if any do.
    fn retained(&self) -> Option<&'static str> {
        match self.on_delete {
            OnDelete::Delete => None,
            OnDelete::Keep(reason) | OnDelete::Anonymize { reason, .. } => Some(reason),
        }
    }
}

impl Store {
    /// Number of rows stored about a user, by kind.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_personal_data(
        &self,
        user: UserId,
    ) -> Result<Vec<PersonalDataCount>, StoreError> {
        let mut counts = Vec::with_capacity(PERSONAL.len());
        for table in PERSONAL {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(table.count()))
                .bind(signed(user))
                .fetch_one(&self.pool)
                .await?;
            counts.push(table.counted(rows));
        }
        Ok(counts)
    }

    /// Part number `part`, from 0, of everything stored about a user.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn export_personal_data(
        &self,
        user: UserId,
        part: u64,
    ) -> Result<ExportPart, StoreError> {
        let counts = self.count_personal_data(user).await?;
        let total: u64 = counts.iter().map(|count| count.rows).sum();
        let (first, mut room) = (part.saturating_mul(ROWS_PER_PART), ROWS_PER_PART);
        let (mut before, mut content) = (0, Map::new());
        for (table, PersonalDataCount { rows, .. }) in PERSONAL.iter().zip(counts) {
            let skipped = first.saturating_sub(before).min(rows);
            let count = (rows - skipped).min(room);
            before += rows;
            room -= count;
            let exported = self
                .export_rows(table, user, skipped..skipped + count)
                .await?;
            content.insert(table.name.to_owned(), exported.into());
        }
        Ok(ExportPart {
            content: content.into(),
            parts: total.div_ceil(ROWS_PER_PART).max(1),
        })
    }

    /// The rows of a user in a table from one position to another, as JSON.
    async fn export_rows(
        &self,
        table: &Table,
        user: UserId,
        positions: Range<u64>,
    ) -> Result<Vec<Value>, StoreError> {
        let mut rows = Vec::new();
        for offset in positions.clone().step_by(ROWS_PER_QUERY) {
            let limit = (positions.end - offset).min(ROWS_PER_QUERY as u64);
            let read = sqlx::query(AssertSqlSafe(table.read()))
                .bind(signed(user))
                .bind(signed(limit))
                .bind(signed(offset))
                .fetch_all(&self.pool)
                .await?;
            rows.extend(read.iter().map(as_json));
        }
        Ok(rows)
    }

    /// Deletes the data of a user as each table's `OnDelete` says, and returns the numbers of rows before the
    /// deletion.
    ///
    /// # Errors
    /// If the database fails. Nothing is deleted then.
    pub async fn delete_personal_data(
        &self,
        user: UserId,
    ) -> Result<Vec<PersonalDataCount>, StoreError> {
        // A deferred transaction that reads before it writes fails with SQLITE_BUSY_SNAPSHOT while others write.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut counts = Vec::with_capacity(PERSONAL.len());
        for table in PERSONAL {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(table.count()))
                .bind(signed(user))
                .fetch_one(&mut *transaction)
                .await?;
            for statement in table.delete() {
                sqlx::query(AssertSqlSafe(statement))
                    .bind(signed(user))
                    .execute(&mut *transaction)
                    .await?;
            }
            counts.push(table.counted(rows));
        }
        transaction.commit().await?;
        self.truncate_journal().await;
        Ok(counts)
    }

    /// Truncates the write-ahead log, which may still hold deleted data.
    async fn truncate_journal(&self) {
        let cleared = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.pool)
            .await;
        let busy = cleared.and_then(|row| row.try_get::<i64, _>(0));
        if !matches!(busy, Ok(0)) {
            tracing::info!(
                "the write-ahead log is in use; deleted data leaves it at the next checkpoint"
            );
        }
    }
}

/// A row as a JSON object. Ids become strings, since they exceed the integers that JSON readers represent exactly.
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
