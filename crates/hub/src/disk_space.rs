//! Whether the disk has room for a download.

use std::path::Path;

use super::error::HubError;

/// Checks that the disk of `folder`, which exists, has `needed` bytes free. A file system that cannot tell passes.
///
/// # Errors
/// When it has not.
pub(crate) fn check(folder: &Path, needed: u64) -> Result<(), HubError> {
    let Ok(disk) = rustix::fs::statvfs(folder) else {
        return Ok(());
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= needed {
        return Ok(());
    }
    Err(HubError::NoSpace {
        folder: folder.to_owned(),
        needed,
        free,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_any_disk_has_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check(folder.path(), 1).is_ok());
        let said = check(folder.path(), u64::MAX).unwrap_err().to_string();
        assert!(said.contains("18446744073710 MB are needed"), "{said}");
    }
}
