//! A REST request as the routes see it.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderName, Method, header};
use serde_json::Value;

use super::super::state::SandboxState;
use super::super::world::{ApiError, RequestBody};
use super::buffer::buffer;
use super::multipart;

/// A request, read to its end and parsed.
pub(super) struct RestRequest {
    pub(super) method: Method,
    /// Segments of the path after the version.
    pub(super) segments: Vec<String>,
    query: String,
    pub(super) body: RequestBody,
    /// Whether the request has an `Authorization: Bot …` header with any token.
    pub(super) is_authorized: bool,
}

impl RestRequest {
    /// Reads a request. Files of a multipart form are stored.
    ///
    /// # Errors
    /// If the body is too large, not JSON, or not a valid form.
    pub(super) async fn read(
        state: &SandboxState,
        request: Request,
        path: &str,
    ) -> Result<Self, ApiError> {
        let is_authorized = header_value(&request, header::AUTHORIZATION)
            .strip_prefix("Bot ")
            .is_some_and(|token| !token.is_empty());
        let is_multipart =
            header_value(&request, header::CONTENT_TYPE).starts_with("multipart/form-data");
        let query = request.uri().query().unwrap_or_default().to_owned();
        let method = request.method().clone();
        let segments = path.split('/').skip(1).map(str::to_owned).collect();
        let (request, bytes) = buffer(request).await?;
        let body = if is_multipart {
            multipart::read_form(state, request).await?
        } else {
            json_body(&bytes)?.into()
        };
        Ok(Self {
            method,
            segments,
            query,
            body,
            is_authorized,
        })
    }

    /// Whether a query parameter is true: `true`, `True` or `1`, as libraries write it and Discord accepts it.
    pub(super) fn query_flag(&self, name: &str) -> bool {
        self.query_value(name)
            .is_some_and(|value| ["true", "True", "1"].contains(&value))
    }

    /// The value of a query parameter, without percent-decoding.
    pub(super) fn query_value(&self, name: &str) -> Option<&str> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

fn header_value(request: &Request, name: HeaderName) -> &str {
    let value = request.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn json_body(bytes: &Bytes) -> Result<Value, ApiError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("The request body contains invalid JSON: {error}");
        ApiError::new(400, 50_109, message)
    })
}
