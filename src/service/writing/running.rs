//! Who has what in the making, and how to stop it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::service::{Caller, Refusal, UserId};

/// Letters and digits that cannot be taken for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH: usize = 8;

/// All seats that are taken.
#[derive(Debug, Default)]
pub(in crate::service) struct RunningJobs {
    running: DashMap<UserId, Vec<Entry>>,
    /// Told whenever a seat is given back.
    left: Notify,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    server: Option<u64>,
    stop: CancellationToken,
    /// What is written there; nothing yet while it is checked.
    strategy: &'static str,
    since: Instant,
}

/// A seat that is taken.
#[derive(Debug)]
pub(in crate::service) struct Occupied {
    pub(in crate::service) id: String,
    pub(in crate::service) user: UserId,
    pub(in crate::service) server: Option<u64>,
    pub(in crate::service) strategy: &'static str,
    pub(in crate::service) running: Duration,
}

/// One text's place at the desk; given back when dropped.
#[derive(Debug)]
pub(in crate::service) struct Permit {
    desk: Arc<RunningJobs>,
    pub(in crate::service) user: UserId,
    pub(in crate::service) id: String,
    pub(in crate::service) stop: CancellationToken,
}

impl RunningJobs {
    /// Takes a seat for `caller`, who may have `most`.
    pub(in crate::service) fn acquire(
        desk: &Arc<Self>,
        caller: &Caller,
        most: usize,
    ) -> Result<Permit, Refusal> {
        let [seat] = Self::acquire_many(desk, caller, most)?;
        Ok(seat)
    }

    /// Takes several seats for `caller`, who may have `most`, or as many as belong together.
    pub(in crate::service) fn acquire_many<const SEATS: usize>(
        desk: &Arc<Self>,
        caller: &Caller,
        most: usize,
    ) -> Result<[Permit; SEATS], Refusal> {
        let user = caller.user;
        let mut entries = desk.running.entry(user).or_default();
        if entries.len() >= most {
            return Err(Refusal::Busy(entries.len()));
        }
        Ok(std::array::from_fn(|_| {
            let (id, stop) = (fresh_id(), CancellationToken::new());
            entries.push(Entry {
                id: id.clone(),
                server: caller.place.server,
                stop: stop.clone(),
                strategy: "",
                since: Instant::now(),
            });
            Permit {
                desk: Arc::clone(desk),
                user,
                id,
                stop,
            }
        }))
    }

    pub(in crate::service) fn stop(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        let holder = self.running.iter().find_map(|entries| {
            let entry = entries.iter().find(|entry| entry.id == id)?;
            Some((*entries.key(), entry.server, entry.stop.clone()))
        });
        let (holder, server, stop) = holder.ok_or(Refusal::Over)?;
        // Moderators look after their own server only.
        let elsewhere = caller.user != holder && caller.place.server != server;
        if elsewhere || !caller.may_touch(holder) {
            return Err(Refusal::NotYours);
        }
        stop.cancel();
        Ok(())
    }

    /// All seats that are taken.
    pub(in crate::service) fn occupied(&self) -> Vec<Occupied> {
        let occupied = |user: UserId, entry: &Entry| Occupied {
            id: entry.id.clone(),
            user,
            server: entry.server,
            strategy: entry.strategy,
            running: entry.since.elapsed(),
        };
        let mut all = Vec::new();
        for entries in &self.running {
            all.extend(entries.iter().map(|entry| occupied(*entries.key(), entry)));
        }
        all
    }

    /// Waits until `user` has no seat any more.
    pub(in crate::service) async fn left_by(&self, user: UserId) {
        loop {
            let left = self.left.notified();
            if !self.running.contains_key(&user) {
                return;
            }
            left.await;
        }
    }

    pub(in crate::service) fn stop_all(&self, user: UserId) -> usize {
        self.stop_those(user, |_| true)
    }

    /// Stops only what was asked for on this server.
    pub(in crate::service) fn stop_all_on(&self, server: u64, user: UserId) -> usize {
        self.stop_those(user, |entry| entry.server == Some(server))
    }

    fn stop_those(&self, user: UserId, which: impl Fn(&Entry) -> bool) -> usize {
        let entries = self.running.get(&user).map(|entries| entries.clone());
        let mut entries = entries.unwrap_or_default();
        entries.retain(which);
        for entry in &entries {
            entry.stop.cancel();
        }
        entries.len()
    }
}

impl Permit {
    /// Says what is written here.
    pub(in crate::service) fn writes(&self, strategy: &'static str) {
        if let Some(mut entries) = self.desk.running.get_mut(&self.user) {
            let own = entries.iter_mut().filter(|entry| entry.id == self.id);
            own.for_each(|entry| entry.strategy = strategy);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.desk.running.remove_if_mut(&self.user, |_, entries| {
            entries.retain(|entry| entry.id != self.id);
            entries.is_empty()
        });
        self.desk.left.notify_waiters();
    }
}

/// A new id for something that people may have to type.
pub(in crate::service) fn fresh_id() -> String {
    (0..ID_LENGTH)
        .map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() % 32)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Place, Rank};

    fn caller(user: u64, rank: Rank) -> Caller {
        Caller {
            user: UserId(user),
            place: Place {
                server: Some(1),
                channel: 1,
                parent: None,
            },
            roles: Vec::new(),
            rank,
        }
    }

    #[test]
    fn a_person_has_as_many_seats_as_allowed_and_gets_them_back() {
        let desk = Arc::default();
        let first = RunningJobs::acquire(&desk, &caller(1, Rank::Member), 1).unwrap();
        assert_eq!(
            RunningJobs::acquire(&desk, &caller(1, Rank::Member), 1).unwrap_err(),
            Refusal::Busy(1)
        );
        assert!(RunningJobs::acquire(&desk, &caller(2, Rank::Member), 1).is_ok());
        drop(first);
        assert!(RunningJobs::acquire(&desk, &caller(1, Rank::Member), 1).is_ok());
        assert!(
            desk.running.is_empty(),
            "no trace is left of those who went"
        );
    }

    #[test]
    fn seats_that_belong_together_are_taken_together_and_given_back_one_by_one() {
        let desk = Arc::default();
        let [first, second] =
            RunningJobs::acquire_many(&desk, &caller(1, Rank::Member), 1).unwrap();
        assert_ne!(first.id, second.id);
        for (seat, left) in [(first, 1), (second, 0)] {
            drop(seat);
            let entries = desk.running.get(&UserId(1));
            assert_eq!(entries.map_or(0, |entries| entries.len()), left);
        }
    }

    #[test]
    fn only_the_owner_and_moderators_can_stop_a_text() {
        let desk = Arc::default();
        let seat = RunningJobs::acquire(&desk, &caller(1, Rank::Member), 1).unwrap();
        assert_eq!(
            desk.stop(&caller(2, Rank::Member), &seat.id),
            Err(Refusal::NotYours)
        );
        assert!(!seat.stop.is_cancelled());
        assert_eq!(desk.stop(&caller(2, Rank::Moderator), &seat.id), Ok(()));
        assert!(seat.stop.is_cancelled());
        assert_eq!(
            desk.stop(&caller(1, Rank::Moderator), "nothing"),
            Err(Refusal::Over)
        );
    }

    #[test]
    fn everything_of_one_person_can_be_stopped_at_once() {
        let desk = Arc::default();
        let seats: Vec<_> = (0..3)
            .map(|_| RunningJobs::acquire(&desk, &caller(1, Rank::Member), 3).unwrap())
            .collect();
        let other = RunningJobs::acquire(&desk, &caller(2, Rank::Member), 1).unwrap();
        assert_eq!(desk.stop_all(UserId(1)), 3);
        assert!(seats.iter().all(|seat| seat.stop.is_cancelled()) && !other.stop.is_cancelled());
        assert_eq!(desk.stop_all(UserId(3)), 0);
        assert_eq!(
            desk.stop_all_on(2, UserId(2)),
            0,
            "another server's managers"
        );
        assert!(!other.stop.is_cancelled());
        assert_eq!(desk.stop_all_on(1, UserId(2)), 1);
        assert!(other.stop.is_cancelled());
    }

    #[test]
    fn moderators_look_after_their_own_server_only() {
        let desk = Arc::default();
        let seat = RunningJobs::acquire(&desk, &caller(1, Rank::Member), 1).unwrap();
        let elsewhere = Caller {
            place: Place {
                server: Some(2),
                ..caller(2, Rank::Manager).place
            },
            ..caller(2, Rank::Manager)
        };
        assert_eq!(desk.stop(&elsewhere, &seat.id), Err(Refusal::NotYours));
        let direct = Caller {
            place: Place {
                server: None,
                ..elsewhere.place
            },
            ..caller(1, Rank::Member)
        };
        assert_eq!(desk.stop(&direct, &seat.id), Ok(()), "one's own anywhere");
    }

    #[test]
    fn everybody_who_waits_for_the_seats_of_a_person_hears_of_the_last_one() {
        let desk: Arc<RunningJobs> = Arc::default();
        let mut seats: Vec<_> = (0..2)
            .map(|_| RunningJobs::acquire(&desk, &caller(1, Rank::Member), 2).unwrap())
            .collect();
        seats[0].writes("gibbs");
        let mut strategies: Vec<_> = desk.occupied().iter().map(|seat| seat.strategy).collect();
        strategies.sort_unstable();
        assert_eq!(strategies, ["", "gibbs"]);
        let mut waiting = ended(desk.left_by(UserId(1)));
        assert!(!waiting());
        seats.pop();
        assert!(!waiting());
        seats.pop();
        assert!(waiting());
    }

    /// Whether a future has ended, each time it is asked.
    fn ended(future: impl Future<Output = ()>) -> impl FnMut() -> bool {
        let mut future = Box::pin(future);
        move || {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            future.as_mut().poll(&mut context).is_ready()
        }
    }
}
