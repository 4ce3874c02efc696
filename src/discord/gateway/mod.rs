//! The proxy between serenity and Discord's gateway.

mod proxy;

mod connection;

mod state;

mod close_code;
mod payload;
mod session_limit;
#[cfg(test)]
mod tests;
mod timeouts;

pub(super) use payload::{IncomingPayload, OutgoingPayload};
pub(super) use proxy::GatewayProxy;
pub(super) use session_limit::SessionStartLimit;
