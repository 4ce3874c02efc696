//! The state that REST handlers, gateway connections and the page share.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::broadcast;

use super::faults::FaultPlan;
use super::file_store::FileStore;
use super::gateway::sessions::GatewayHub;
use super::rate_limits::RateLimits;
use super::request_log::RequestLog;
use super::settings::connect_address;
use super::sync::lock;
use super::world::{ApiError, Invocation, OutboxEvent, Timestamp, World};

/// Capacity of the page event channel. A page that lags behind by more has to reload.
const PAGE_EVENT_CAPACITY: usize = 1024;
/// Discord's deadline for the first response to an interaction.
const RESPONSE_DEADLINE: Duration = Duration::from_secs(3);

/// The state of one sandbox.
pub(super) struct SandboxState {
    /// The socket address that the sandbox listens on.
    pub(super) address: SocketAddr,
    world: Mutex<World>,
    pub(super) gateway: GatewayHub,
    pub(super) page_events: broadcast::Sender<PageEvent>,
    pub(super) requests: RequestLog,
    pub(super) faults: Mutex<FaultPlan>,
    pub(super) rate_limits: Mutex<RateLimits>,
    pub(super) files: Mutex<FileStore>,
}

/// An event for open pages.
#[derive(Debug, Clone)]
pub(super) struct PageEvent {
    /// The only user who may see the event; `None` if all users may.
    pub(super) only: Option<u64>,
    /// The event as JSON.
    pub(super) text: Arc<str>,
}

impl SandboxState {
    /// The state of a new sandbox that listens on `address`.
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            world: Mutex::new(World::new(url(address))),
            gateway: GatewayHub::default(),
            page_events: broadcast::Sender::new(PAGE_EVENT_CAPACITY),
            requests: RequestLog::default(),
            faults: Mutex::default(),
            rate_limits: Mutex::default(),
            files: Mutex::default(),
        }
    }

    /// Base URL of the page and of the REST API, without a trailing slash.
    pub(super) fn url(&self) -> String {
        url(self.address)
    }

    /// URL of the gateway.
    pub(super) fn gateway_url(&self) -> String {
        format!("ws://{}/gateway", connect_address(self.address))
    }

    /// Runs `act` on the world and delivers the events that it caused.
    pub(super) fn with_world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = lock(&self.world);
        let result = act(&mut world);
        // Events are delivered under the lock, so that every receiver gets them in the order in which they happened.
        for event in world.take_outbox() {
            match event {
                OutboxEvent::Dispatch { event, data } => self.gateway.dispatch(event, &data),
                OutboxEvent::Page { only, event } => {
                    // Sending fails if no page is open.
                    let _ = self.page_events.send(PageEvent {
                        only,
                        text: event.to_string().into(),
                    });
                }
            }
        }
        result
    }

    /// Performs an action of a user and returns the token of the interaction. The page is told if the bot misses the
    /// deadline for a response.
    pub(super) fn invoke(
        self: &Arc<Self>,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        let token = self.with_world(|world| world.invoke(now(), user, channel, invocation))?;
        let (state, waiting) = (Arc::clone(self), token.clone());
        tokio::spawn(async move {
            tokio::time::sleep(RESPONSE_DEADLINE).await;
            state.with_world(|world| world.report_unanswered(&waiting));
        });
        Ok(token)
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{}", connect_address(address))
}

/// The current time of the system clock.
pub(super) fn now() -> Timestamp {
    Timestamp(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            .unwrap_or_default(),
    )
}
