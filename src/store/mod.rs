//! The database: what people have set and what was written, so that a restart loses nothing.
//!
//! SQLite in write-ahead mode. The SQL keeps to what `PostgreSQL` understands as well.

mod settings;
mod texts;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use texts::{Ended, Page, Shelf, Text};

/// How long a write waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);

/// The open database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
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
    #[error("the database failed: {0}")]
    Query(#[from] sqlx::Error),
}

impl Store {
    /// Opens the file, makes it and its folder if they are not there, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or was written by a newer version of this program.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |reason: String| StoreError::Open {
            path: path.to_owned(),
            reason,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| failed(format!("its folder cannot be made: {error}")))?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
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
        Ok(Self { pool })
    }

    /// Finishes what is being written and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::Settings;

    #[tokio::test]
    async fn the_file_is_made_with_its_folder_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/store.sqlite3");
        let settings = Settings {
            prompt: Some("Once".into()),
            ..Settings::default()
        };
        let store = Store::open(&path).await.unwrap();
        store.save_settings(7, &settings).await.unwrap();
        store.close().await;
        assert_eq!(
            Store::open(&path).await.unwrap().settings(7).await.unwrap(),
            Some(settings)
        );
    }

    #[tokio::test]
    async fn what_is_no_database_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite3");
        std::fs::write(
            &path,
            "this is not a database, but long enough to be looked at ".repeat(50),
        )
        .unwrap();
        let message = Store::open(&path).await.unwrap_err().to_string();
        assert!(message.contains("damaged or is no database"), "{message}");
        let message = Store::open(folder.path()).await.unwrap_err().to_string();
        assert!(message.contains("cannot be opened"), "{message}");
    }

    #[tokio::test]
    async fn a_file_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite3");
        let store = Store::open(&path).await.unwrap();
        let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', CURRENT_TIMESTAMP, TRUE, x'00', 0)";
        sqlx::query(newer).execute(&store.pool).await.unwrap();
        store.close().await;
        let message = Store::open(&path).await.unwrap_err().to_string();
        assert!(message.contains("newer version"), "{message}");
    }
}
