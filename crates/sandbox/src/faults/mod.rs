//! Faults on command: requests and gateway connections that misbehave as a test or a person planned it.

mod gateway;
mod random;
mod request;

use std::collections::VecDeque;

pub use gateway::{Disconnect, GatewayFault};
use random::RandomFaults;
pub use request::{LimitScope, RateLimited, RequestFault};

/// The faults of future requests.
#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    planned: VecDeque<PlannedFault>,
    random: Option<RandomFaults>,
}

#[derive(Debug)]
struct PlannedFault {
    method: String,
    path: String,
    fault: RequestFault,
}

impl FaultPlan {
    /// Plans a fault for the next `times` requests with this method (any if empty) whose path contains `path`.
    pub(super) fn plan(&mut self, method: &str, path: &str, fault: &RequestFault, times: usize) {
        let planned = || PlannedFault {
            method: method.to_owned(),
            path: path.to_owned(),
            fault: fault.clone(),
        };
        self.planned
            .extend(std::iter::repeat_with(planned).take(times));
    }

    /// Replaces the random faults; a rate of 0 disables them.
    pub(super) fn set_random(&mut self, seed: u64, rate: f64) {
        self.random = (rate > 0.0).then(|| RandomFaults::new(seed, rate));
    }

    /// Removes all planned and random faults.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes the fault of a request: the first planned fault that matches, otherwise a random one.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<RequestFault> {
        let matches = |planned: &PlannedFault| {
            (planned.method.is_empty() || planned.method == method) && path.contains(&planned.path)
        };
        if let Some(index) = self.planned.iter().position(matches) {
            return self.planned.remove(index).map(|planned| planned.fault);
        }
        self.random.as_mut().and_then(RandomFaults::next)
    }
}
