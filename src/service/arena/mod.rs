//! Duels between two ways to write, their votes and the ratings that follow from them.

pub(in crate::service) mod contestant;
pub(in crate::service) mod duels;
pub(in crate::service) mod export;
pub(in crate::service) mod ratings;
