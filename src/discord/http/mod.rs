//! Requests to Discord's REST API: typed calls, timeouts, retries and rate limits.

mod api;
mod callback;
mod webhook;

mod client;
mod deadline;
mod rate_limit;

mod api_response;
mod bucket;
mod error;
mod interaction_token;
mod invalid_requests;
mod request_body;

pub(super) use api::DiscordApi;
pub(super) use callback::{Suggestion, Visibility};
pub(super) use deadline::Deadline;
pub(super) use error::RequestError;
pub(super) use interaction_token::InteractionToken;
