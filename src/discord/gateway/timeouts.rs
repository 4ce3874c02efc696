//! The timeouts and backoffs of the gateway proxy.

use std::time::Duration;

/// The timeouts and backoffs of the gateway proxy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// How long the proxy waits for serenity's first payload. To resume, serenity sends it at once; to identify, only after Hello.
    pub(super) first_payload: Duration,
    /// Connecting to Discord, with all handshakes.
    pub(super) connect: Duration,
    /// From the connection to Discord's Hello.
    pub(super) hello: Duration,
    /// Upper bound from a heartbeat to its acknowledgement.
    pub(super) heartbeat_ack: Duration,
    /// The unit of the backoff between short-lived connections.
    pub(super) backoff: Duration,
    /// Maximum backoff.
    pub(super) max_backoff: Duration,
    /// A connection that lasts this long resets the backoff.
    pub(super) stable_after: Duration,
}

impl Timeouts {
    /// The values for Discord.
    pub(super) const DISCORD: Self = Self {
        first_payload: Duration::from_millis(250),
        connect: Duration::from_secs(20),
        hello: Duration::from_secs(20),
        heartbeat_ack: Duration::from_secs(20),
        backoff: Duration::from_secs(1),
        max_backoff: Duration::from_mins(1),
        stable_after: Duration::from_secs(10),
    };

    /// The exponential backoff after `failures` short-lived connections in a row. Zero after the first one, so that a session is
    /// resumed without a gap.
    pub(super) fn backoff_after(&self, failures: u32) -> Duration {
        let units = (1u32 << failures.min(16)).saturating_sub(2);
        (self.backoff * units).min(self.max_backoff)
    }
}
