//! A small Discord on a loopback port: the REST routes and the gateway that a bot needs, and a page for people.
//!
//! It speaks Discord's wire format and knows nothing of the bot. Every request a bot makes is recorded, and unknown
//! routes fail loudly, so that tests can hold the bot against Discord's own rules.

mod faults;
mod file_store;
mod gateway;
mod origin;
mod page;
mod rate_limits;
mod rest;
mod settings;
mod world;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use faults::FaultPlan;
pub use faults::{Disconnect, GatewayFault, RateLimitScope, RateLimited, RequestFault};
use file_store::FileStore;
use gateway::GatewayHub;
pub use rate_limits::RateLimitViolation;
use rate_limits::RateLimits;
use settings::reachable;
pub use settings::{SandboxError, SandboxSettings};
pub use world::{
    ApiError, Channel, ChannelKind, ChannelMessage, ContextMenuTarget, HistoryCursor, Invocation,
    OutboxEvent, RequestBody, Role, Timestamp, Upload, User, World,
};

/// Requests that are remembered; older ones are forgotten.
const REMEMBERED: usize = 50_000;
/// Page events that a slow page may lag behind before it has to load everything anew.
const PAGE_BACKLOG: usize = 1024;
/// After this time without an answer Discord gives an interaction up.
const UNANSWERED: Duration = Duration::from_secs(3);

/// A request that the bot made.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// When it arrived.
    pub at: Instant,
    /// The method, such as `PATCH`.
    pub method: String,
    /// The path behind `/api/v10`.
    pub path: String,
    /// The JSON body; null if there was none.
    pub body: Value,
    /// What it was answered.
    pub status: u16,
}

impl RecordedRequest {
    /// Whether its message could mention somebody: it says something, and does not say that nobody is to be mentioned.
    pub fn may_mention(&self) -> bool {
        let message = match &self.body["data"] {
            Value::Null => &self.body,
            data => data,
        };
        let speaks = ["content", "embeds"].map(|key| message.get(key).is_some());
        speaks.contains(&true) && message["allowed_mentions"] != json!({"parse": []})
    }
}

/// A running sandbox. It ends when dropped.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<SandboxState>,
    server: JoinHandle<()>,
}

/// What requests, gateway connections and pages share.
struct SandboxState {
    address: SocketAddr,
    world: Mutex<World>,
    gateway: GatewayHub,
    pages: broadcast::Sender<PageEvent>,
    requests: Mutex<VecDeque<RecordedRequest>>,
    faults: Mutex<FaultPlan>,
    rates: Mutex<RateLimits>,
    files: Mutex<FileStore>,
}

/// An event for open pages, and for whom it is.
#[derive(Debug, Clone)]
struct PageEvent {
    only: Option<u64>,
    text: Arc<str>,
}

impl SandboxState {
    /// Does something in the world and tells everybody what came of it.
    fn with_world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = lock(&self.world);
        let result = act(&mut world);
        // Told under the lock, so that everybody hears of things in the order in which they happened.
        for outgoing in world.take_outbox() {
            match outgoing {
                OutboxEvent::Dispatch { event, data } => self.gateway.dispatch(event, &data),
                OutboxEvent::Page { only, event } => {
                    // Nobody may be looking.
                    let _ = self.pages.send(PageEvent {
                        only,
                        text: event.to_string().into(),
                    });
                }
            }
        }
        result
    }

    fn invoke(
        self: &Arc<Self>,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        let token = self.with_world(|world| world.invoke(now(), user, channel, invocation))?;
        let (shared, waiting) = (Arc::clone(self), token.clone());
        tokio::spawn(async move {
            tokio::time::sleep(UNANSWERED).await;
            shared.with_world(|world| world.report_unanswered(&waiting));
        });
        Ok(token)
    }

    /// Answers a request and remembers it, in one step: whoever sees what came of a request finds it recorded.
    fn record<T>(&self, answer: impl FnOnce() -> (T, RecordedRequest)) -> T {
        let mut requests = lock(&self.requests);
        let (answer, recorded) = answer();
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(recorded);
        answer
    }
}

impl Sandbox {
    /// Starts on `port` of 127.0.0.1; 0 takes any free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(port: u16) -> Result<Self, SandboxError> {
        Self::start_with(SandboxSettings::local(port)).await
    }

    /// Starts where it is told to.
    ///
    /// # Errors
    /// When others could come in and that is not allowed, or the address cannot be had.
    pub async fn start_with(settings: SandboxSettings) -> Result<Self, SandboxError> {
        let listener = TcpListener::bind(settings.checked()?).await?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "everybody who can reach the sandbox can do everything in it, in anybody's name"
            );
        }
        let shared = Arc::new(SandboxState {
            address,
            world: Mutex::new(World::new(format!("http://{}", reachable(address)))),
            gateway: GatewayHub::default(),
            pages: broadcast::Sender::new(PAGE_BACKLOG),
            requests: Mutex::default(),
            faults: Mutex::default(),
            rates: Mutex::default(),
            files: Mutex::default(),
        });
        let router = Router::new()
            .merge(page::routes())
            .merge(rest::routes())
            .merge(gateway::routes());
        let router = origin::protect(router, Arc::clone(&shared)).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the sandbox ended");
            }
        });
        let sandbox = Self {
            address,
            shared,
            server,
        };
        if settings.faults > 0 {
            let (percent, seed) = (settings.faults, settings.fault_seed);
            tracing::warn!(percent, seed, "requests go wrong, as the settings want it");
            sandbox.inject_random_faults(seed.into(), f64::from(percent) / 100.0);
        }
        Ok(sandbox)
    }

    /// Where its page is, and what a bot takes for Discord.
    pub fn url(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// Somebody does something; the bot is told. Returns the interaction's token. Call it within a Tokio runtime.
    ///
    /// # Errors
    /// When there is no such person, channel, command, message or component.
    pub fn invoke(
        &self,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        self.shared.invoke(user, channel, invocation)
    }

    /// Somebody writes a message. Returns its number.
    ///
    /// # Errors
    /// When there is no such person or channel, or the text is empty or too long.
    pub fn post_as_user(&self, user: u64, channel: u64, text: &str) -> Result<u64, ApiError> {
        self.shared
            .with_world(|world| world.post_as_user(now(), user, channel, text))
    }

    /// The content of a file that came with a message, named by its address there.
    pub fn file_content(&self, url: &str) -> Option<Vec<u8>> {
        let id = url
            .split("/files/")
            .nth(1)?
            .split('/')
            .next()?
            .parse()
            .ok()?;
        lock(&self.shared.files).get(id)
    }

    /// Looks at the world, or changes it.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with_world(act)
    }

    /// The requests that the bot made, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared.requests).iter().cloned().collect()
    }

    /// Those requests, which are forgotten then.
    pub fn take_requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared.requests).drain(..).collect()
    }

    /// How often a bot identified and how often it resumed.
    pub fn session_counts(&self) -> SessionCounts {
        self.shared.gateway.logins()
    }

    /// Breaks all gateway connections.
    pub fn disconnect(&self, how: Disconnect) {
        self.shared.gateway.disconnect(how);
    }

    /// The next request of `method` whose path contains `path` goes wrong, and the ones after it,
    /// `times` times in all.
    pub fn plan_fault(&self, method: &str, path: &str, fault: &RequestFault, times: usize) {
        lock(&self.shared.faults).plan(method, path, fault, times);
    }

    /// From now on `rate` of all requests go wrong, in ways that depend on the seed and on the order of the requests only.
    /// A rate of 0 ends that.
    pub fn inject_random_faults(&self, seed: u64, rate: f64) {
        lock(&self.shared.faults).begin_chaos(seed, rate);
    }

    /// Connections from now on are told to send a heartbeat as often as that.
    pub fn set_heartbeat_interval(&self, interval: Duration) {
        self.shared.gateway.set_heartbeat(interval);
    }

    /// Something goes wrong with the gateway's connections, without closing them.
    pub fn inject_gateway_fault(&self, trouble: GatewayFault) {
        self.shared.gateway.trouble(trouble);
    }

    /// From now on requests beyond Discord's rate limits are refused, and remembered as violations.
    pub fn enforce_rate_limits(&self) {
        lock(&self.shared.rates).enforce(true);
    }

    /// The requests that came although there had been too many.
    pub fn rate_limit_violations(&self) -> Vec<RateLimitViolation> {
        lock(&self.shared.rates).violations().to_vec()
    }

    /// Waits until something changed in the world. Call it before looking, so that nothing is missed:
    /// `let changes = sandbox.changes(); … look …; changes.next().await`.
    pub fn changes(&self) -> Changes {
        Changes(self.shared.pages.subscribe())
    }
}

/// How often a bot logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCounts {
    /// New sessions.
    pub identified: usize,
    /// Sessions taken up again.
    pub resumed: usize,
}

/// Waits for changes of a world.
pub struct Changes(broadcast::Receiver<PageEvent>);

impl Changes {
    /// The next change, or at once if one was missed.
    pub async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A panic while one of these is locked cannot leave it half changed: every change is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Timestamp {
    Timestamp(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            .unwrap_or_default(),
    )
}
