//! Who has what in the making, and how to stop it.

use std::sync::Arc;

use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

use super::{Caller, Refusal, UserId};

/// Letters and digits that cannot be taken for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH: usize = 8;

/// All seats that are taken.
#[derive(Debug, Default)]
pub(super) struct Desk {
    running: DashMap<UserId, Vec<Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    stop: CancellationToken,
}

/// One text's place at the desk; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    desk: Arc<Desk>,
    pub(super) user: UserId,
    pub(super) id: String,
    pub(super) stop: CancellationToken,
}

impl Desk {
    /// Takes a seat for `user`, who may have `most`.
    pub(super) fn sit_down(desk: &Arc<Self>, user: UserId, most: usize) -> Result<Seat, Refusal> {
        let (id, stop) = (fresh_id(), CancellationToken::new());
        let mut entries = desk.running.entry(user).or_default();
        if entries.len() >= most {
            return Err(Refusal::Busy(entries.len()));
        }
        entries.push(Entry {
            id: id.clone(),
            stop: stop.clone(),
        });
        drop(entries);
        Ok(Seat {
            desk: Arc::clone(desk),
            user,
            id,
            stop,
        })
    }

    pub(super) fn stop(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        let holder = self.running.iter().find_map(|entries| {
            let entry = entries.iter().find(|entry| entry.id == id)?;
            Some((*entries.key(), entry.stop.clone()))
        });
        let (holder, stop) = holder.ok_or(Refusal::Over)?;
        if !caller.may_touch(holder) {
            return Err(Refusal::NotYours);
        }
        stop.cancel();
        Ok(())
    }

    pub(super) fn stop_all(&self, user: UserId) -> usize {
        let entries = self
            .running
            .get(&user)
            .map(|entries| entries.clone())
            .unwrap_or_default();
        for entry in &entries {
            entry.stop.cancel();
        }
        entries.len()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.desk.running.remove_if_mut(&self.user, |_, entries| {
            entries.retain(|entry| entry.id != self.id);
            entries.is_empty()
        });
    }
}

pub(super) fn fresh_id() -> String {
    (0..ID_LENGTH)
        .map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() % 32)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Place, Rank};

    fn caller(user: u64, rank: Rank) -> Caller {
        Caller {
            user: UserId(user),
            place: Place {
                server: Some(1),
                channel: 1,
            },
            roles: Vec::new(),
            rank,
        }
    }

    #[test]
    fn a_person_has_as_many_seats_as_allowed_and_gets_them_back() {
        let desk = Arc::default();
        let first = Desk::sit_down(&desk, UserId(1), 1).unwrap();
        assert_eq!(
            Desk::sit_down(&desk, UserId(1), 1).unwrap_err(),
            Refusal::Busy(1)
        );
        assert!(Desk::sit_down(&desk, UserId(2), 1).is_ok());
        drop(first);
        assert!(Desk::sit_down(&desk, UserId(1), 1).is_ok());
        assert!(
            desk.running.is_empty(),
            "no trace is left of those who went"
        );
    }

    #[test]
    fn only_the_owner_and_moderators_can_stop_a_text() {
        let desk = Arc::default();
        let seat = Desk::sit_down(&desk, UserId(1), 1).unwrap();
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
            .map(|_| Desk::sit_down(&desk, UserId(1), 3).unwrap())
            .collect();
        let other = Desk::sit_down(&desk, UserId(2), 1).unwrap();
        assert_eq!(desk.stop_all(UserId(1)), 3);
        assert!(seats.iter().all(|seat| seat.stop.is_cancelled()) && !other.stop.is_cancelled());
        assert_eq!(desk.stop_all(UserId(3)), 0);
    }
}
