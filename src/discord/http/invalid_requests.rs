//! A sliding count of invalid requests, i.e. those that Discord answers with 401, 403 or 429. Pure.
//!
//! Discord bans an IP address after 10,000 invalid requests in ten minutes
//! (<https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time over which Discord counts invalid requests.
pub(super) const WINDOW: Duration = Duration::from_mins(10);
/// Requests are counted in slices of this length, so that the memory is bounded.
pub(super) const SLICE: Duration = Duration::from_secs(10);

/// The number of invalid requests in the current window.
#[derive(Debug, Default)]
pub(super) struct InvalidRequests {
    /// The start and the count of each slice, oldest first.
    slices: VecDeque<(Instant, u32)>,
}

impl InvalidRequests {
    /// Counts one request.
    pub(super) fn add(&mut self, now: Instant) {
        match self.slices.back_mut() {
            Some((began, count)) if now.saturating_duration_since(*began) < SLICE => *count += 1,
            _ => self.slices.push_back((now, 1)),
        }
    }

    /// The requests within the window. A slice counts until its last request has left the window.
    pub(super) fn count(&mut self, now: Instant) -> u32 {
        let past = |began: Instant| now.saturating_duration_since(began) > WINDOW + SLICE;
        while self.slices.front().is_some_and(|(began, _)| past(*began)) {
            self.slices.pop_front();
        }
        self.slices.iter().map(|(_, count)| count).sum()
    }
}
