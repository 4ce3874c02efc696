//! The content of files that were sent.

use std::collections::BTreeMap;

/// Files that are kept at once.
const MOST: usize = 500;
/// All of them together, in bytes.
const MOST_BYTES: usize = 256 << 20;

/// The content of files by Discord's number for them; the oldest ones make room for new ones.
#[derive(Debug, Default)]
pub(super) struct FileStore(BTreeMap<u64, Vec<u8>>);

impl FileStore {
    pub(super) fn keep(&mut self, id: u64, bytes: Vec<u8>) {
        self.0.insert(id, bytes);
        while self.0.len() > MOST || self.0.values().map(Vec::len).sum::<usize>() > MOST_BYTES {
            self.0.pop_first();
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<Vec<u8>> {
        self.0.get(&id).cloned()
    }
}
