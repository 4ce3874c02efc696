//! Duels between two strategies, the votes on them, and the ratings that follow.

pub(in crate::service) mod contestant;
pub(in crate::service) mod duel;
pub(in crate::service) mod export;
mod matchup;
pub(in crate::service) mod ratings;
pub(in crate::service) mod service;
