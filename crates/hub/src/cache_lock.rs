//! The lock of one content in the cache, which Python's `filelock` respects and takes as well.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::error::HubError;
use super::progress::Progress;

/// Time between two attempts to take the lock.
const POLL: Duration = Duration::from_millis(100);

/// A held lock. Dropping it releases it.
pub(crate) struct CacheLock {
    _file: File,
}

impl CacheLock {
    /// Takes the lock at `path`, whose folder exists, and waits while another process has it.
    ///
    /// # Errors
    /// When the file cannot be created or locked.
    pub(crate) async fn take(path: &Path, progress: &dyn Progress) -> Result<Self, HubError> {
        let mut noted = false;
        loop {
            match Self::attempt(path).map_err(HubError::disk(path, "locked"))? {
                Some(lock) => return Ok(lock),
                None if !noted => {
                    progress.note("another program downloads the same file; waiting for it");
                    noted = true;
                }
                None => {}
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The lock, if it is free.
    fn attempt(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            // On a file system without locks, the download goes on: names are unique by content, and files are renamed at the end.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The holder before may have deleted the file, and another process may have made a new one.
        let current = path.metadata().map(|found| (found.dev(), found.ino()));
        let held = file.metadata().map(|held| (held.dev(), held.ino()))?;
        Ok((current.ok() == Some(held)).then_some(Self { _file: file }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let held = CacheLock::attempt(&path).unwrap();
        assert!(held.is_some() && CacheLock::attempt(&path).unwrap().is_none());
        drop(held);
        assert!(CacheLock::attempt(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_on_a_deleted_file_is_not_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let held = CacheLock::attempt(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let second = CacheLock::attempt(&path).unwrap();
        assert!(held.is_some() && second.is_some());
        assert!(CacheLock::attempt(&path).unwrap().is_none());
    }
}
