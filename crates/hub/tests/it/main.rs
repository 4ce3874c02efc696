//! The crate against a small hub on a loopback port.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod server;

mod cache;
mod faults;
mod pulls;
mod refusals;
