//! The content of uploaded files, in memory.

use std::collections::BTreeMap;

/// Maximum number of files.
const MAX_FILES: usize = 500;
/// Maximum size of all files together, in bytes.
const MAX_TOTAL_BYTES: usize = 256 << 20;

/// File contents by attachment id. The oldest files are evicted when a maximum is exceeded.
#[derive(Debug, Default)]
pub(super) struct FileStore(BTreeMap<u64, Vec<u8>>);

impl FileStore {
    pub(super) fn insert(&mut self, id: u64, bytes: Vec<u8>) {
        self.0.insert(id, bytes);
        while self.0.len() > MAX_FILES
            || self.0.values().map(Vec::len).sum::<usize>() > MAX_TOTAL_BYTES
        {
            self.0.pop_first();
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<Vec<u8>> {
        self.0.get(&id).cloned()
    }
}
