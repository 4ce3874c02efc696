//! The handle of a running sandbox: what tests and programs do with it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::faults::{Disconnect, GatewayFault, RequestFault};
use super::gateway::sessions::SessionCounts;
use super::rate_limits::RateLimitViolation;
use super::request_log::RecordedRequest;
use super::settings::{SandboxError, SandboxSettings};
use super::state::{PageEvent, SandboxState, now};
use super::sync::lock;
use super::world::{ApiError, Invocation, World};
use super::{gateway, origin, page, rest};

/// A running sandbox. Dropping it stops the server.
pub struct Sandbox {
    state: Arc<SandboxState>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on `port` of 127.0.0.1; port 0 takes any free port. Call it within a Tokio runtime.
    ///
    /// # Errors
    /// If the port cannot be bound.
    pub async fn start(port: u16) -> Result<Self, SandboxError> {
        Self::start_with(SandboxSettings::local(port)).await
    }

    /// Starts a sandbox with these settings. Call it within a Tokio runtime.
    ///
    /// # Errors
    /// If other machines could reach the address and `allow_remote` is not set, or if the address cannot be bound.
    pub async fn start_with(settings: SandboxSettings) -> Result<Self, SandboxError> {
        let listener = TcpListener::bind(settings.listen_address()?).await?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "the sandbox has no authentication: whoever reaches it can act as any user"
            );
        }
        let state = Arc::new(SandboxState::new(address));
        let router = Router::new()
            .merge(page::routes())
            .merge(rest::routes())
            .merge(gateway::routes());
        let router = origin::protect(router, Arc::clone(&state)).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the sandbox's server failed");
            }
        });
        let sandbox = Self { state, server };
        if settings.faults > 0 {
            let (percent, seed) = (settings.faults, settings.fault_seed);
            tracing::warn!(
                percent,
                seed,
                "random request faults are enabled by the settings"
            );
            sandbox.inject_random_faults(seed.into(), f64::from(percent) / 100.0);
        }
        Ok(sandbox)
    }

    /// Base URL, without a trailing slash: the page for people, and the API base URL to configure in a bot.
    pub fn url(&self) -> String {
        self.state.url()
    }

    /// Performs an action of a user: a command, a button, a modal. Sends the interaction to the bot and returns its
    /// token. Call it within a Tokio runtime.
    ///
    /// # Errors
    /// If Discord would not let the user do this: unknown user, channel, command, message or component, missing
    /// permission, or invalid options or values.
    pub fn invoke(
        &self,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        self.state.invoke(user, channel, invocation)
    }

    /// Posts a message of a user. Returns the message's id.
    ///
    /// # Errors
    /// If the user or channel is unknown, or the text is empty or longer than 2000 characters.
    pub fn post_as_user(&self, user: u64, channel: u64, text: &str) -> Result<u64, ApiError> {
        self.state
            .with_world(|world| world.post_as_user(now(), user, channel, text))
    }

    /// Content of the attachment with this `url`; `None` if it is unknown or evicted.
    pub fn file_content(&self, url: &str) -> Option<Vec<u8>> {
        let id = url
            .split("/files/")
            .nth(1)?
            .split('/')
            .next()?
            .parse()
            .ok()?;
        lock(&self.state.files).get(id)
    }

    /// Reads or changes the world. Events that `act` causes are delivered to the bot and to open pages before this
    /// returns.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.state.with_world(act)
    }

    /// The recorded REST requests, oldest first. At most the newest 50,000 are kept.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.requests.select(|_| true)
    }

    /// Removes and returns the recorded REST requests, oldest first.
    pub fn take_requests(&self) -> Vec<RecordedRequest> {
        self.state.requests.drain()
    }

    /// Number of gateway sessions that were started and resumed so far.
    pub fn session_counts(&self) -> SessionCounts {
        self.state.gateway.counts()
    }

    /// Closes the gateway connection of every session.
    pub fn disconnect(&self, how: Disconnect) {
        self.state.gateway.disconnect(how);
    }

    /// Makes the next `times` requests fail whose method is `method` and whose path contains `path`. An empty `method`
    /// or `path` matches every request. Planned faults are consumed in the order in which they were planned.
    pub fn plan_fault(&self, method: &str, path: &str, fault: &RequestFault, times: usize) {
        lock(&self.state.faults).plan(method, path, fault, times);
    }

    /// Makes a share `rate` (0 to 1) of all requests fail at random from now on. The faults depend only on `seed` and
    /// on the order of the requests. A rate of 0 disables random faults.
    pub fn inject_random_faults(&self, seed: u64, rate: f64) {
        lock(&self.state.faults).set_random(seed, rate);
    }

    /// Sets the heartbeat interval that new gateway connections are told.
    pub fn set_heartbeat_interval(&self, interval: Duration) {
        self.state.gateway.set_heartbeat_interval(interval);
    }

    /// Injects a fault into the gateway connections without closing them.
    pub fn inject_gateway_fault(&self, fault: GatewayFault) {
        self.state.gateway.inject(fault);
    }

    /// Rejects requests beyond Discord's rate limits with 429 from now on, and records them as violations.
    pub fn enforce_rate_limits(&self) {
        lock(&self.state.rate_limits).enforce(true);
    }

    /// The requests that exceeded a rate limit, oldest first.
    pub fn rate_limit_violations(&self) -> Vec<RateLimitViolation> {
        lock(&self.state.rate_limits).violations().to_vec()
    }

    /// Subscribes to changes of the world. Subscribe before looking, so that no change between looking and waiting is
    /// lost:
    ///
    /// ```
    /// # use sandbox::{Sandbox, World};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start(0).await?;
    /// # let user = sandbox.world(|world| world.users().next().map(|user| user.id)).unwrap();
    /// # sandbox.post_as_user(user, World::GENERAL, "hello").unwrap();
    /// loop {
    ///     let mut changes = sandbox.changes();
    ///     if sandbox.world(|world| world.messages().next().is_some()) {
    ///         break;
    ///     }
    ///     changes.next().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(&self) -> Changes {
        Changes(self.state.page_events.subscribe())
    }

    /// Feeds gateway payloads of a bot to a connection without a network. Returns the payloads that the gateway sends
    /// back, and the code with which it closes the connection, if it does.
    pub fn gateway_exchange(&self, payloads: &[&str]) -> (Vec<String>, Option<u16>) {
        gateway::exchange(Arc::clone(&self.state), payloads)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A subscription to the changes of a world.
pub struct Changes(broadcast::Receiver<PageEvent>);

impl Changes {
    /// Waits for the next change. Returns at once if a change was missed because the subscription lagged behind.
    pub async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}
