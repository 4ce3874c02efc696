//! One interaction: who sent it, what was given, and the response to it.

pub(super) mod caller;
pub(super) mod context;
pub(super) mod deferred;
mod pace;
pub(super) mod reply;
pub(super) mod stream;
