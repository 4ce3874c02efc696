//! A copy of the database, made while the bot runs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::{BUSY, StoreError, explained};

/// A copy that was made and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size.
    pub bytes: u64,
    /// How many tables it has.
    pub tables: u64,
}

/// Copies the database `from` as it is at one moment, whoever is writing to it, and checks the copy before it gets its
/// name.
///
/// # Errors
/// When there is no database, `to` exists, the copy cannot be written, or it is damaged. Nothing is left of it then.
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
        // Whatever happens to the machine next, what bears the name is whole.
        File::open(&partial)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&partial, to))
            .map_err(|error| error.to_string())?;
        Ok(backup)
    });
    copied.map_err(|reason| {
        // It may never have been made.
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
    // What an earlier attempt left when it was killed.
    let _ = fs::remove_file(to);
    let said = |error: sqlx::Error| explained(&error);
    let mut source = open(from).await.map_err(said)?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy())
        .execute(&mut source)
        .await;
    // Nothing was written through it.
    let _ = source.close().await;
    copied.map_err(said)?;
    let mut copy = open(to).await.map_err(said)?;
    let checked = check(&mut copy).await;
    let _ = copy.close().await;
    let tables = checked.map_err(said)??;
    let bytes = fs::metadata(to).map_err(|error| error.to_string())?.len();
    Ok(Backup { bytes, tables })
}

async fn open(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY);
    options.connect().await
}

/// How many tables there are, if the file is whole.
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
    use crate::store::Store;
    use crate::store::tests::{store, text};

    #[tokio::test]
    async fn a_copy_made_while_texts_are_kept_is_a_whole_database() {
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
        let kept = copy.amounts(1).await.unwrap()[1].rows;
        assert!(
            (1..=201).contains(&kept),
            "the copy is of one moment: {kept}"
        );
    }

    #[tokio::test]
    async fn what_is_there_is_not_overwritten_and_what_fails_leaves_nothing() {
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
    async fn a_damaged_database_is_not_copied_as_if_it_were_whole() {
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
