//! Faults on command: the sandbox misbehaves as a test or a person told it to.

use std::collections::VecDeque;

use serde_json::Value;

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is answered with this status and body instead of being served.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header, in seconds, if there is to be one.
        retry_after: Option<f64>,
        /// The body as text, JSON or not.
        body: String,
    },
    /// It is never answered.
    Hang,
    /// It is served, but whoever asked is never told.
    LoseAnswer,
}

impl Fault {
    /// An answer without a `Retry-After` header.
    pub fn answer(status: u16, body: &Value) -> Self {
        Self::Answer {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }
}

/// Faults that wait for their request.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Planned>);

#[derive(Debug)]
struct Planned {
    method: String,
    path: String,
    fault: Fault,
}

impl Faults {
    /// The next request of `method` whose path contains `path` goes wrong, `times` times.
    pub(super) fn plan(&mut self, method: &str, path: &str, fault: &Fault, times: usize) {
        let planned = || Planned {
            method: method.to_owned(),
            path: path.to_owned(),
            fault: fault.clone(),
        };
        self.0.extend(std::iter::repeat_with(planned).take(times));
    }

    /// The fault that is planned for a request, if there is one; it happens once.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let fits = |planned: &Planned| planned.method == method && path.contains(&planned.path);
        let index = self.0.iter().position(fits)?;
        self.0.remove(index).map(|planned| planned.fault)
    }
}
