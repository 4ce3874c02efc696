//! When a failed request is repeated.

use std::time::Duration;

use super::error::HubError;
use super::progress::Progress;

/// The number of attempts and the waits between them.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Maximum number of attempts without any progress between them; at least 1.
    pub attempts: u32,
    /// Wait after the first failure. It doubles with every further one.
    pub first_wait: Duration,
    /// Maximum wait of the doubling series.
    pub longest_wait: Duration,
    /// Maximum wait that a server may ask for. If it asks for more, the request fails.
    pub longest_requested_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
            longest_requested_wait: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    /// The policy without repetition.
    pub(crate) fn once(self) -> Self {
        Self {
            attempts: 1,
            ..self
        }
    }

    /// The attempts of one request.
    pub(crate) fn attempts(self) -> Attempts {
        Attempts {
            policy: self,
            failed: 0,
        }
    }
}

/// The failure of one attempt.
#[derive(Debug)]
pub(crate) enum Failure {
    /// May succeed when it is repeated, after the wait that the server asked for, if it did.
    Transient {
        error: HubError,
        wait: Option<Duration>,
    },
    /// Will not succeed when it is repeated.
    Permanent(HubError),
}

impl Failure {
    /// A failure that may be repeated at any time.
    pub(crate) fn transient(error: HubError) -> Self {
        Self::Transient { error, wait: None }
    }
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Self {
        Self::Permanent(error)
    }
}

/// Counts the failed attempts of one request.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    failed: u32,
}

impl Attempts {
    /// Forgets earlier failures, since the transfer has advanced.
    pub(crate) fn progressed(&mut self) {
        self.failed = 0;
    }

    /// Waits until the next attempt.
    ///
    /// # Errors
    /// The error of `failure`, if it is permanent, if there were too many, or if the server asks for too long a wait.
    pub(crate) async fn wait(
        &mut self,
        failure: Failure,
        progress: &dyn Progress,
    ) -> Result<(), HubError> {
        let (error, requested) = match failure {
            Failure::Permanent(error) => return Err(error),
            Failure::Transient { error, wait } => (error, wait),
        };
        self.failed += 1;
        let policy = self.policy;
        let too_long = requested.is_some_and(|wait| wait > policy.longest_requested_wait);
        if self.failed >= policy.attempts || too_long {
            return Err(error);
        }
        let doubled = policy.first_wait * 2_u32.pow(self.failed.min(16) - 1);
        let wait = requested.unwrap_or(doubled.min(policy.longest_wait));
        if wait >= Duration::from_secs(2) {
            let reason = error.interruption();
            let reason = reason.unwrap_or_else(|| "the request failed".to_owned());
            progress.note(&format!("{reason}; trying again in {} s", wait.as_secs()));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn failure(wait: Option<u64>) -> Failure {
        let error = HubError::Server {
            host: "hub".into(),
            status: 503,
        };
        let wait = wait.map(Duration::from_secs);
        Failure::Transient { error, wait }
    }

    #[test]
    fn waits_double_up_to_a_bound_and_end() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let policy = RetryPolicy {
            attempts: 3,
            first_wait: Duration::ZERO,
            ..RetryPolicy::default()
        };
        runtime.block_on(async {
            let mut attempts = policy.attempts();
            assert!(attempts.wait(failure(None), &Silent).await.is_ok());
            assert!(attempts.wait(failure(Some(0)), &Silent).await.is_ok());
            attempts.progressed();
            assert!(attempts.wait(failure(None), &Silent).await.is_ok());
            assert!(attempts.wait(failure(None), &Silent).await.is_ok());
            assert!(attempts.wait(failure(None), &Silent).await.is_err());

            let mut attempts = policy.attempts();
            assert!(attempts.wait(failure(Some(61)), &Silent).await.is_err());
        });
    }
}
