//! The drafts of the newest texts, in memory: how they were written can be shown without writing them again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::pool::Trace;
use crate::service::UserId;

/// So much memory is for them.
const MOST_BYTES: usize = 32 << 20;

/// The drafts of the newest texts.
#[derive(Debug, Default)]
pub(in crate::service) struct TraceCache(Mutex<Shelf>);

/// The oldest first.
#[derive(Debug, Default)]
struct Shelf {
    kept: VecDeque<Kept>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    text: String,
    user: UserId,
    trace: Trace,
    bytes: usize,
}

impl Shelf {
    fn add(&mut self, kept: Kept, most: usize) {
        self.bytes += kept.bytes;
        self.kept.push_back(kept);
        while self.bytes > most
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.bytes;
        }
    }

    fn retain(&mut self, stays: impl Fn(&Kept) -> bool) {
        self.kept.retain(stays);
        self.bytes = self.kept.iter().map(|kept| kept.bytes).sum();
    }
}

impl TraceCache {
    /// Keeps the drafts of a text, and lets the oldest go if there is no room.
    pub(in crate::service) fn keep(&self, text: &str, user: UserId, trace: Trace) {
        let kept = Kept {
            text: text.to_owned(),
            user,
            bytes: trace.bytes(),
            trace,
        };
        self.lock().add(kept, MOST_BYTES);
    }

    /// The drafts of the text with this id, if they are still there.
    pub(in crate::service) fn of(&self, text: &str) -> Option<Trace> {
        let newest = self.lock();
        let found = newest.kept.iter().rev().find(|kept| kept.text == text);
        found.map(|kept| kept.trace.clone())
    }

    /// Forgets the text with this id.
    pub(in crate::service) fn forget(&self, text: &str) {
        self.lock().retain(|kept| kept.text != text);
    }

    /// Forgets all texts of `user`.
    pub(in crate::service) fn forget_all(&self, user: UserId) {
        self.lock().retain(|kept| kept.user != user);
    }

    /// A panic while it is locked would leave a film too few.
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::testing::token_table;
    use generation::{Draft, Segment};

    fn kept(text: &str, bytes: usize) -> Kept {
        Kept {
            text: text.to_owned(),
            user: UserId(1),
            trace: Trace::new(Draft::new(token_table(), &[Segment::Region(3)])),
            bytes,
        }
    }

    #[test]
    fn the_oldest_make_room_for_the_newest() {
        let mut shelf = Shelf::default();
        for text in ["a", "b", "c"] {
            shelf.add(kept(text, 40), 100);
        }
        let left = |shelf: &Shelf| -> String {
            let texts = shelf.kept.iter().map(|kept| kept.text.as_str());
            texts.collect()
        };
        assert_eq!((left(&shelf).as_str(), shelf.bytes), ("bc", 80));
        shelf.retain(|kept| kept.text != "b");
        shelf.add(kept("d", 60), 100);
        assert_eq!((left(&shelf).as_str(), shelf.bytes), ("cd", 100));
    }

    #[test]
    fn what_is_forgotten_is_gone() {
        let reels = TraceCache::default();
        let trace = || kept("", 0).trace;
        for (text, user) in [("a", 1), ("b", 1), ("c", 2)] {
            reels.keep(text, UserId(user), trace());
        }
        reels.forget("b");
        assert!(reels.of("b").is_none() && reels.of("a").is_some());
        reels.forget_all(UserId(1));
        assert!(reels.of("a").is_none() && reels.of("c").is_some());
    }
}
