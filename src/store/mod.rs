//! The database: settings, texts, duels and everything else that outlives the process.
//!
//! SQLite in write-ahead mode. Statements use only syntax that `PostgreSQL` accepts as well. [`Store`] has one method
//! per query; each submodule holds the queries of one kind of data and maps rows to the types of `domain`.

mod backup;
mod duels;
mod fill_sessions;
mod json_column;
mod pending_responses;
mod personal_data;
mod presets;
mod quota_uses;
mod rules;
mod scope_settings;
mod scoped_json;
mod secrets;
#[cfg(test)]
mod tests;
mod texts;
mod totals;
mod user_settings;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use backup::{Backup, backup};

/// Maximum time that a statement waits for another process's lock on the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Handle of the open database. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    /// Connection with `synchronous = NORMAL`, for writes that must not wait for the disk.
    unsynced: SqlitePool,
}

/// Failure of the database. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the database {path}: {reason}")]
    Open {
        /// Path of the database.
        path: PathBuf,
        /// Cause and remedy.
        reason: String,
    },
    /// A query failed.
    #[error("the database failed: {}", explain(.0))]
    Query(#[from] sqlx::Error),
    /// The backup failed.
    #[error("cannot write the copy {path}: {reason}")]
    Backup {
        /// Path of the copy.
        path: PathBuf,
        /// Cause and remedy.
        reason: String,
    },
}

impl Store {
    /// Opens the database, creates the file and its folder if missing, and runs outstanding migrations.
    ///
    /// # Errors
    /// If the file cannot be opened or written, or a newer version of this program wrote it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with_timeout(path, BUSY_TIMEOUT).await
    }

    /// Like [`Store::open`], with a given maximum wait for another process's lock.
    async fn open_with_timeout(path: &Path, busy_timeout: Duration) -> Result<Self, StoreError> {
        let failed = |reason: String| StoreError::Open {
            path: path.to_owned(),
            reason,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| failed(format!("its folder cannot be made: {error}")))?;
        }
        create_private(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Deleted content is overwritten with zeros.
            .pragma("secure_delete", "ON")
            .busy_timeout(busy_timeout);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.clone())
            .await
            .map_err(|error| failed(explain(&error)))?;
        sqlx::migrate!("src/store/migrations")
            .run(&pool)
            .await
            .map_err(|error| match error {
                MigrateError::VersionMissing(_) => failed(
                    "it was written by a newer version of this program; update the program"
                        .to_owned(),
                ),
                MigrateError::Execute(error) => failed(explain(&error)),
                other => failed(other.to_string()),
            })?;
        let unsynced = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.synchronous(SqliteSynchronous::Normal))
            .await
            .map_err(|error| failed(explain(&error)))?;
        Ok(Self { pool, unsynced })
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        self.unsynced.close().await;
        self.pool.close().await;
    }
}

/// Creates the file with mode 0600 unless it exists: it holds users' texts and valid interaction tokens.
fn create_private(path: &Path) {
    let mut options = OpenOptions::new();
    // SQLite reports a failure with a better message when it opens the file.
    drop(options.write(true).create_new(true).mode(0o600).open(path));
}

/// Message and remedy for the operator, by SQLite's primary result code.
fn explain(error: &sqlx::Error) -> String {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<i32>().ok())
        .map(|code| code & 0xff);
    match code {
        Some(5 | 6) => "another process holds it; is the bot running twice?".to_owned(),
        Some(8) => "it is read-only; let the bot's user write the file and its folder".to_owned(),
        Some(13) => "the disk is full".to_owned(),
        Some(14) => {
            "it cannot be opened; let the bot's user write the file and its folder".to_owned()
        }
        Some(11 | 26) => {
            "it is damaged or is no database; restore a copy, or name another file with store.path"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

/// Current time in seconds since the Unix epoch.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}

/// An unsigned 64-bit number for a signed column. The bits are preserved, see [`id_of`].
fn signed(value: impl Into<u64>) -> i64 {
    value.into().cast_signed()
}

/// The id that a signed column holds, see [`signed`].
fn id_of<T: From<u64>>(column: i64) -> T {
    column.cast_unsigned().into()
}
