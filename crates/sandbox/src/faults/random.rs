//! Random request faults, reproducible from a seed.

use std::time::Duration;

use serde_json::json;

use super::request::{LimitScope, RateLimited, RequestFault};

/// A generator of random faults. The sequence depends only on the seed and the rate.
#[derive(Debug)]
pub(super) struct RandomFaults {
    state: u64,
    rate: f64,
}

impl RandomFaults {
    /// Faults for a share `rate` (0 to 1) of all requests.
    pub(super) fn new(seed: u64, rate: f64) -> Self {
        Self { state: seed, rate }
    }

    /// The fault of the next request, if it has one.
    pub(super) fn next(&mut self) -> Option<RequestFault> {
        if self.unit() >= self.rate {
            return None;
        }
        let scope = [LimitScope::User, LimitScope::Global, LimitScope::Shared][self.below(3)];
        let seconds = self.unit();
        let fault = match self.below(20) {
            0..=3 => RequestFault::RateLimited(RateLimited {
                retry_after: 0.1 + seconds,
                scope,
            }),
            4 | 5 => RequestFault::Response {
                status: 429,
                retry_after: Some(0.5),
                body: String::new(),
            },
            6 | 7 => RequestFault::response(500 + u16::from(seconds < 0.5) * 3, &json!(null)),
            8 | 9 => RequestFault::bad_gateway(),
            10 | 11 => RequestFault::malformed_json(),
            12 | 13 => RequestFault::Truncated,
            14 | 15 => RequestFault::Reset,
            16 | 17 => RequestFault::DropResponse,
            18 => RequestFault::Hang,
            _ => RequestFault::Delay(Duration::from_secs_f64(seconds * 2.0)),
        };
        Some(fault)
    }

    /// The next random number, by `SplitMix64`. Unlike the generators of a library it is the same in every version, so
    /// that a seed names the same faults forever.
    fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A random number in `[0, 1)`.
    fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A random number in `[0, bound)`.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next_u64() % bound as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, rate: f64) -> Vec<Option<RequestFault>> {
        let mut faults = RandomFaults::new(seed, rate);
        (0..1000).map(|_| faults.next()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        assert_eq!(run(7, 0.3), run(7, 0.3));
        assert_ne!(run(7, 0.3), run(8, 0.3));
    }

    #[test]
    fn the_share_of_faults_is_the_rate() {
        for rate in [0.0, 0.3, 1.0] {
            let share = run(1, rate).iter().flatten().count() as f64 / 1000.0;
            assert!((share - rate).abs() < 0.05, "{share} instead of {rate}");
        }
    }
}
