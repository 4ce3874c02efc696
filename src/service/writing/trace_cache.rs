//! The traces of the newest texts, in memory, so that a trace can be shown without a second generation.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{TextId, UserId};
use crate::pool::Trace;

/// Maximum memory of all cached traces, in bytes.
const MAX_BYTES: usize = 32 << 20;

/// A cache of traces that evicts the oldest first. Its capacity is in bytes.
#[derive(Debug, Default)]
pub(in crate::service) struct TraceCache(Mutex<Traces>);

/// The cached traces, the oldest first.
#[derive(Debug, Default)]
struct Traces {
    entries: VecDeque<CachedTrace>,
    bytes: usize,
}

#[derive(Debug)]
struct CachedTrace {
    text: TextId,
    user: UserId,
    trace: Trace,
    bytes: usize,
}

impl Traces {
    fn add(&mut self, entry: CachedTrace, max_bytes: usize) {
        self.bytes += entry.bytes;
        self.entries.push_back(entry);
        while self.bytes > max_bytes
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.bytes;
        }
    }

    fn retain(&mut self, stays: impl Fn(&CachedTrace) -> bool) {
        self.entries.retain(stays);
        self.bytes = self.entries.iter().map(|entry| entry.bytes).sum();
    }
}

impl TraceCache {
    /// Adds the trace of a text, and evicts the oldest traces if the cache is full.
    pub(in crate::service) fn insert(&self, text: &TextId, user: UserId, trace: Trace) {
        let entry = CachedTrace {
            text: text.clone(),
            user,
            bytes: trace.bytes(),
            trace,
        };
        self.lock().add(entry, MAX_BYTES);
    }

    /// The trace of the text with this id, if it is cached.
    pub(in crate::service) fn get(&self, text: &TextId) -> Option<Trace> {
        let traces = self.lock();
        let found = traces
            .entries
            .iter()
            .rev()
            .find(|entry| entry.text == *text);
        found.map(|entry| entry.trace.clone())
    }

    /// Removes the trace of the text with this id.
    pub(in crate::service) fn remove(&self, text: &TextId) {
        self.lock().retain(|entry| entry.text != *text);
    }

    /// Removes the traces of all texts of `user`.
    pub(in crate::service) fn remove_all(&self, user: UserId) {
        self.lock().retain(|entry| entry.user != user);
    }

    /// Locks the traces. A poisoned lock is usable: a panic between two updates loses at most one trace.
    fn lock(&self) -> MutexGuard<'_, Traces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::testing::token_table;
    use generation::{Draft, Segment};

    fn entry(text: &str, bytes: usize) -> CachedTrace {
        CachedTrace {
            text: text.into(),
            user: UserId(1),
            trace: Trace::new(Draft::new(token_table(), &[Segment::Region(3)])),
            bytes,
        }
    }

    #[test]
    fn the_oldest_traces_are_evicted_first() {
        let mut traces = Traces::default();
        for text in ["a", "b", "c"] {
            traces.add(entry(text, 40), 100);
        }
        let left = |traces: &Traces| -> String {
            let texts = traces.entries.iter().map(|entry| entry.text.as_str());
            texts.collect()
        };
        assert_eq!((left(&traces).as_str(), traces.bytes), ("bc", 80));
        traces.retain(|entry| entry.text.as_str() != "b");
        traces.add(entry("d", 60), 100);
        assert_eq!((left(&traces).as_str(), traces.bytes), ("cd", 100));
    }

    #[test]
    fn traces_are_removed_by_text_and_by_user() {
        let cache = TraceCache::default();
        let trace = || entry("", 0).trace;
        for (text, user) in [("a", 1), ("b", 1), ("c", 2)] {
            cache.insert(&text.into(), UserId(user), trace());
        }
        cache.remove(&"b".into());
        assert!(cache.get(&"b".into()).is_none() && cache.get(&"a".into()).is_some());
        cache.remove_all(UserId(1));
        assert!(cache.get(&"a".into()).is_none() && cache.get(&"c".into()).is_some());
    }
}
