//! Filling the blanks of a text interactively.

pub(in crate::service) mod candidates;
pub(in crate::service) mod filler;
pub(in crate::service) mod session;
pub(in crate::service) mod state;
