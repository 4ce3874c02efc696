//! The log of the REST requests that bots sent.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use serde_json::{Value, json};

use super::sync::lock;

/// Maximum number of requests in the log; the oldest are evicted.
const CAPACITY: usize = 50_000;

/// A REST request of a bot, with the status of its response.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// Time of arrival.
    pub at: Instant,
    /// HTTP method, such as `PATCH`.
    pub method: String,
    /// Path without `/api` and the version, such as `/channels/1/messages`, and without the query.
    pub path: String,
    /// JSON body (of a multipart request, its `payload_json`); null if there is none or if it could not be read.
    pub body: Value,
    /// HTTP status of the response; 0 if the connection was closed, or left open, without a response.
    pub status: u16,
}

impl RecordedRequest {
    /// Whether the message in this request could mention somebody: it has content or embeds, and its `allowed_mentions`
    /// are not exactly `{"parse": []}`.
    pub fn may_mention(&self) -> bool {
        let message = match &self.body["data"] {
            Value::Null => &self.body,
            data => data,
        };
        let has_text = ["content", "embeds"].map(|key| message.get(key).is_some());
        has_text.contains(&true) && message["allowed_mentions"] != json!({"parse": []})
    }
}

/// The newest requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct RequestLog(Mutex<VecDeque<RecordedRequest>>);

impl RequestLog {
    /// Handles a request and records it in one step: whoever sees an effect of a request finds the request in the log.
    pub(super) fn record<T>(&self, handle: impl FnOnce() -> (T, RecordedRequest)) -> T {
        let mut entries = lock(&self.0);
        let (result, recorded) = handle();
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(recorded);
        result
    }

    /// The requests that `filter` selects, oldest first.
    pub(super) fn select(&self, filter: impl Fn(&RecordedRequest) -> bool) -> Vec<RecordedRequest> {
        let entries = lock(&self.0);
        entries
            .iter()
            .filter(|request| filter(request))
            .cloned()
            .collect()
    }

    /// Removes and returns all requests, oldest first.
    pub(super) fn drain(&self) -> Vec<RecordedRequest> {
        lock(&self.0).drain(..).collect()
    }
}
