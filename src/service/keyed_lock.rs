//! Asynchronous locks by key: tasks that use the same key take turns, tasks with different keys run concurrently.

use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// One asynchronous mutex per key. A key's mutex exists only while a task holds it or waits for it.
#[derive(Debug)]
pub(in crate::service) struct KeyedLock<K: Eq + Hash>(DashMap<K, Arc<Mutex<()>>>);

/// The exclusive right to work on one key, released on drop.
#[derive(Debug)]
pub(in crate::service) struct KeyedGuard<'a, K: Eq + Hash> {
    locks: &'a DashMap<K, Arc<Mutex<()>>>,
    key: K,
    /// `None` while the task still waits.
    held: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash> Default for KeyedLock<K> {
    fn default() -> Self {
        Self(DashMap::new())
    }
}

impl<K: Eq + Hash + Clone> KeyedLock<K> {
    /// Waits until no other task holds `key`, and holds it until the guard is dropped. Waiters are served in order.
    pub(in crate::service) async fn lock(&self, key: K) -> KeyedGuard<'_, K> {
        // The guard exists before the wait, so that a cancelled waiter also evicts an unused mutex.
        let mut guard = KeyedGuard {
            locks: &self.0,
            key: key.clone(),
            held: None,
        };
        let mutex = Arc::clone(&self.0.entry(key).or_default());
        guard.held = Some(mutex.lock_owned().await);
        guard
    }
}

impl<K: Eq + Hash> Drop for KeyedGuard<'_, K> {
    fn drop(&mut self) {
        self.held = None;
        // References are taken under the map's shard lock only, so a count of 1 means that no other task has one.
        self.locks
            .remove_if(&self.key, |_, mutex| Arc::strong_count(mutex) == 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn tasks_with_different_keys_do_not_wait_for_each_other() {
        let locks = KeyedLock::default();
        let Poll::Ready(_first) = poll(pin!(locks.lock(1))) else {
            panic!("the first task waits for nobody");
        };
        assert!(poll(pin!(locks.lock(2))).is_ready());
        assert!(poll(pin!(locks.lock(1))).is_pending());
    }

    #[test]
    fn the_next_waiter_gets_the_lock_once_it_is_released() {
        let locks = KeyedLock::default();
        let Poll::Ready(first) = poll(pin!(locks.lock(1))) else {
            panic!("the first task waits for nobody");
        };
        let mut second = pin!(locks.lock(1));
        assert!(poll(second.as_mut()).is_pending());
        drop(first);
        assert!(poll(second.as_mut()).is_ready());
    }

    #[test]
    fn unused_locks_are_evicted_even_after_cancelled_waiters() {
        let locks = KeyedLock::default();
        let Poll::Ready(first) = poll(pin!(locks.lock(1))) else {
            panic!("the first task waits for nobody");
        };
        {
            let mut cancelled = Box::pin(locks.lock(1));
            assert!(poll(cancelled.as_mut()).is_pending());
            drop(first);
            assert_eq!(locks.0.len(), 1, "a waiter still needs the lock");
        }
        assert!(locks.0.is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_update_of_one_key_is_lost() {
        let (locks, counters) = (Arc::new(KeyedLock::default()), Arc::new(DashMap::new()));
        let tasks = (0..200_u64).map(|task| {
            let (locks, counters) = (Arc::clone(&locks), Arc::clone(&counters));
            tokio::spawn(async move {
                let key = task % 2;
                let _guard = locks.lock(key).await;
                let read = counters.get(&key).map_or(0, |count| *count);
                tokio::task::yield_now().await;
                counters.insert(key, read + 1);
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!([0, 1].map(|key| *counters.get(&key).unwrap()), [100, 100]);
        assert!(locks.0.is_empty());
    }
}
