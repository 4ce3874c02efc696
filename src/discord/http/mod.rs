//! Requests to Discord's REST API: timeouts, retries and rate limits.

pub(super) mod api;
mod client;
pub(super) mod deadline;
pub(super) mod error;
pub(super) mod interaction_token;
mod rate_limit;
