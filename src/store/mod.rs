//! The database: what people have set and what was written, so that a restart loses nothing.
//!
//! SQLite in write-ahead mode. The SQL keeps to what `PostgreSQL` understands as well.

mod arena;
mod backup;
mod fill_sessions;
mod pending_responses;
mod personal_data;
mod places;
mod presets;
mod settings;
mod tallies;
#[cfg(test)]
mod tests;
mod texts;
mod uses;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use arena::{Ballot, Choice, Contender, Duel, VoteCount};
pub use backup::{Backup, backup};
pub use fill_sessions::{FillSession, Put, Step};
pub use pending_responses::{PendingResponse, RecoverableResponse};
pub use personal_data::{Amount, Part};
pub use places::{Quota, Rules};
pub use presets::Preset;
pub use tallies::Tally;
pub use texts::{Ended, Page, Shelf, Text};
pub use uses::Window;

/// How long a write waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);

/// The open database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    /// For what must not wait for the disk.
    quick: SqlitePool,
}

/// Why the database cannot be used. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the database {path}: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// A query failed.
    #[error("the database failed: {}", explained(.0))]
    Query(#[from] sqlx::Error),
    /// No copy could be made.
    #[error("cannot write the copy {path}: {reason}")]
    Backup {
        /// The copy.
        path: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
}

impl Store {
    /// Opens the file, makes it and its folder if they are not there, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or was written by a newer version of this program.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_within(path, BUSY).await
    }

    /// The same, where another process that holds the file is waited for no longer than `patience`.
    async fn open_within(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        let failed = |reason: String| StoreError::Open {
            path: path.to_owned(),
            reason,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| failed(format!("its folder cannot be made: {error}")))?;
        }
        make_private(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted is overwritten.
            .pragma("secure_delete", "ON")
            .busy_timeout(patience);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.clone())
            .await
            .map_err(|error| failed(explained(&error)))?;
        sqlx::migrate!("src/store/migrations")
            .run(&pool)
            .await
            .map_err(|error| match error {
                MigrateError::VersionMissing(_) => failed(
                    "it was written by a newer version of this program; update the program"
                        .to_owned(),
                ),
                MigrateError::Execute(error) => failed(explained(&error)),
                other => failed(other.to_string()),
            })?;
        let quick = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.synchronous(SqliteSynchronous::Normal))
            .await
            .map_err(|error| failed(explained(&error)))?;
        Ok(Self { pool, quick })
    }

    /// Finishes what is being written and closes the file.
    pub async fn close(&self) {
        self.quick.close().await;
        self.pool.close().await;
    }
}

/// Makes the file readable for the bot's user alone if it is not there yet; it holds what people wrote, and for a quarter of an
/// hour the means to answer for the bot.
fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    // What cannot be made is explained when it is opened.
    drop(options.write(true).create_new(true).mode(0o600).open(path));
}

/// What an error of SQLite's means to whoever runs the bot.
fn explained(error: &sqlx::Error) -> String {
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

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}

/// A 64-bit id or counter in the signed column that databases have; the bits survive the way there and back.
fn signed(value: u64) -> i64 {
    value.cast_signed()
}
