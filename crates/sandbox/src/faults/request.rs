//! Faults of REST requests.

use std::time::Duration;

use serde_json::{Value, json};

/// A fault of a REST request.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestFault {
    /// This response is sent; the request is not handled.
    Response {
        /// HTTP status.
        status: u16,
        /// `Retry-After` header in seconds; `None` for no header.
        retry_after: Option<f64>,
        /// Body, JSON or not.
        body: String,
    },
    /// Discord's 429 response is sent; the request is not handled.
    RateLimited(RateLimited),
    /// The request is handled after this delay.
    Delay(Duration),
    /// The request is handled, but only the first half of the response's JSON is sent.
    Truncated,
    /// The connection is closed without a response; the request is not handled.
    Reset,
    /// No response is ever sent; the request is not handled.
    Hang,
    /// The request is handled, but the response is replaced by an empty 502.
    DropResponse,
}

/// The content of a 429 response.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimited {
    /// Time until the next attempt, in seconds.
    pub retry_after: f64,
    /// The scope of the exceeded limit.
    pub scope: LimitScope,
}

/// The scope of a rate limit, as in `X-RateLimit-Scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitScope {
    /// The bot's limit for the resource.
    User,
    /// The bot's global limit.
    Global,
    /// The limit of all bots and users for the resource.
    Shared,
}

impl LimitScope {
    /// The value of `X-RateLimit-Scope`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

impl RequestFault {
    /// A JSON response without a `Retry-After` header.
    pub fn response(status: u16, body: &Value) -> Self {
        Self::Response {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }

    /// 502 with an HTML body, as a proxy in front of Discord sends it.
    pub fn bad_gateway() -> Self {
        Self::Response {
            status: 502,
            retry_after: None,
            body: "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
                .to_owned(),
        }
    }

    /// 200 with a body that is not valid JSON.
    pub fn malformed_json() -> Self {
        Self::Response {
            status: 200,
            retry_after: None,
            body: "{\"id\": ".to_owned(),
        }
    }

    /// 404 with code 10008: the message does not exist, for example because a moderator deleted it.
    pub fn unknown_message() -> Self {
        Self::api_error(404, 10_008, "Unknown Message")
    }

    /// 401 with code 50027: the interaction's token has expired.
    pub fn invalid_webhook_token() -> Self {
        Self::api_error(401, 50_027, "Invalid Webhook Token")
    }

    /// 403 with code 50013: the bot lacks a permission.
    pub fn missing_permissions() -> Self {
        Self::api_error(403, 50_013, "Missing Permissions")
    }

    /// 400 with code 40060: the interaction already has a response.
    pub fn already_acknowledged() -> Self {
        Self::api_error(400, 40_060, "Interaction has already been acknowledged.")
    }

    /// 404 with code 10062: the interaction does not exist, or its deadline has passed.
    pub fn unknown_interaction() -> Self {
        Self::api_error(404, 10_062, "Unknown interaction")
    }

    fn api_error(status: u16, code: u32, message: &str) -> Self {
        Self::response(status, &json!({"code": code, "message": message}))
    }
}
