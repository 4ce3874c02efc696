//! What is being written right now, as it may be shown to people.

use std::time::Duration;

use crate::pool::{Owner, PoolStatus};

use crate::service::writing::running::Occupied;
use crate::service::{Caller, Rank, Sessions, UserId};

/// A text in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Names it, for whoever may stop it.
    pub id: String,
    /// Whose it is, for the person and for those who look after the server's texts; nobody else is told.
    pub user: Option<UserId>,
    /// The strategy's name.
    pub strategy: &'static str,
    /// Since it was asked for.
    pub running: Duration,
    /// How many come before it, as long as it waits for its first word.
    pub ahead: Option<usize>,
}

/// What is being written right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The caller's own, wherever they were asked for, oldest first.
    pub own: Vec<Entry>,
    /// What others asked for on the server where the caller looks, oldest first.
    pub others: Vec<Entry>,
    /// How busy the workers are with all servers' texts.
    pub load: PoolStatus,
    /// How many workers there are.
    pub workers: usize,
}

impl Sessions {
    /// What is being written for `caller` and on the server where `caller` looks.
    pub fn queue(&self, caller: &Caller) -> Queue {
        let pool = &self.parts.pool;
        let names = caller.rank >= Rank::Moderator;
        let mut occupied = self.desk.occupied();
        occupied.sort_by(|a, b| b.running.cmp(&a.running).then_with(|| a.id.cmp(&b.id)));
        let server = caller.place.server;
        let (own, others): (Vec<Occupied>, Vec<Occupied>) = occupied
            .into_iter()
            .filter(|seat| seat.user == caller.user || (server.is_some() && seat.server == server))
            .partition(|seat| seat.user == caller.user);
        let entry = |seat: Occupied| Entry {
            user: (names || seat.user == caller.user).then_some(seat.user),
            strategy: seat.strategy,
            running: seat.running,
            ahead: pool.ahead(Owner(seat.user.0)),
            id: seat.id,
        };
        Queue {
            own: own.into_iter().map(entry).collect(),
            others: others.into_iter().map(entry).collect(),
            load: pool.status(),
            workers: pool.workers(),
        }
    }
}
