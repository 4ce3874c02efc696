//! Filling the blanks of a text: at once, or interactively in a session that is stored between actions.

mod blanks;
pub(in crate::service) mod candidates;
pub(in crate::service) mod filler;
mod inspection;
pub(in crate::service) mod service;
mod session;
pub(in crate::service) mod state;
