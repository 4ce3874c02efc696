//! Online backup of the database.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::{BUSY_TIMEOUT, StoreError, explain};

/// A verified copy of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Number of tables.
    pub tables: u64,
}

/// Copies a consistent snapshot of the database `from` to `to` while other processes may write to it. The copy is
/// verified before it gets its final name.
///
/// # Errors
/// If there is no database, `to` exists, the copy cannot be written, or it is damaged. No partial file remains.
pub async fn backup(from: &Path, to: &Path) -> Result<Backup, StoreError> {
    let failed = |reason: String| StoreError::Backup {
        path: to.to_owned(),
        reason,
    };
    if !from.is_file() {
        let reason = format!(
            "there is no database {}; store.path names it",
            from.display()
        );
        return Err(failed(reason));
    }
    if to.exists() {
        let reason = "there is something of that name already; take another name".to_owned();
        return Err(failed(reason));
    }
    let partial = partial(to);
    let copied = copy(from, &partial).await.and_then(|backup| {
        // Synced before the rename, so that a power failure never leaves an incomplete file under the final name.
        File::open(&partial)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&partial, to))
            .map_err(|error| error.to_string())?;
        Ok(backup)
    });
    copied.map_err(|reason| {
        // The file may not exist.
        let _ = fs::remove_file(&partial);
        failed(reason)
    })
}

fn partial(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    to.with_file_name(name)
}

async fn copy(from: &Path, to: &Path) -> Result<Backup, String> {
    // Left behind by an earlier attempt that was killed.
    let _ = fs::remove_file(to);
    let message = |error: sqlx::Error| explain(&error);
    let mut source = open(from).await.map_err(message)?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy())
        .execute(&mut source)
        .await;
    // The connection wrote nothing, so a failed close loses nothing.
    let _ = source.close().await;
    copied.map_err(message)?;
    let mut copy = open(to).await.map_err(message)?;
    let checked = check(&mut copy).await;
    let _ = copy.close().await;
    let tables = checked.map_err(message)??;
    let bytes = fs::metadata(to).map_err(|error| error.to_string())?.len();
    Ok(Backup { bytes, tables })
}

async fn open(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT);
    options.connect().await
}

/// The number of tables, or the damage that the integrity check found.
async fn check(connection: &mut SqliteConnection) -> Result<Result<u64, String>, sqlx::Error> {
    let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut *connection)
        .await?;
    if found != "ok" {
        return Ok(Err(format!("the copy is damaged: {found}")));
    }
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'")
        .fetch_one(connection)
        .await?;
    Ok(Ok(tables.cast_unsigned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UserId;
    use crate::store::Store;
    use crate::store::tests::{store, text};

    #[tokio::test]
    async fn a_backup_during_writes_is_a_consistent_snapshot() {
        let (store, folder) = store().await;
        let (from, to) = (
            folder.path().join("s.sqlite3"),
            folder.path().join("copy.sqlite3"),
        );
        store.add_text(&text("before")).await.unwrap();
        let writing = {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..200 {
                    store.add_text(&text(&n.to_string())).await.unwrap();
                }
            })
        };
        let made = backup(&from, &to).await.unwrap();
        writing.await.unwrap();
        assert!(made.bytes > 0 && made.tables > 3, "{made:?}");
        let copy = Store::open(&to).await.unwrap();
        let kept = copy.count_personal_data(UserId(1)).await.unwrap()[1].rows;
        assert!((1..=201).contains(&kept), "the copy is a snapshot: {kept}");
    }

    #[tokio::test]
    async fn an_existing_file_is_not_overwritten_and_a_failure_leaves_no_file() {
        let (_store, folder) = store().await;
        let (from, to) = (folder.path().join("s.sqlite3"), folder.path().join("copy"));
        fs::write(&to, "mine").unwrap();
        let message = backup(&from, &to).await.unwrap_err().to_string();
        assert!(message.contains("take another name"), "{message}");
        assert_eq!(fs::read_to_string(&to).unwrap(), "mine");
        let message = backup(&folder.path().join("none"), &folder.path().join("new"))
            .await
            .unwrap_err()
            .to_string();
        assert!(message.contains("there is no database"), "{message}");
        let nowhere = folder.path().join("no/such/folder");
        let message = backup(&from, &nowhere).await.unwrap_err().to_string();
        assert!(message.contains("cannot be opened"), "{message}");
    }

    #[tokio::test]
    async fn a_damaged_database_fails_verification() {
        let (store, folder) = store().await;
        let (from, to) = (folder.path().join("s.sqlite3"), folder.path().join("copy"));
        for n in 0..100 {
            store.add_text(&text(&n.to_string())).await.unwrap();
        }
        store.close().await;
        let mut bytes = fs::read(&from).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0x5a);
        fs::write(&from, bytes).unwrap();
        let message = backup(&from, &to).await.unwrap_err().to_string();
        assert!(message.contains("damaged"), "{message}");
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|name| name.starts_with("copy"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
