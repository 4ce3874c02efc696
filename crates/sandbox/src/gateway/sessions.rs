//! Gateway sessions: what each session was sent, and whether it can be resumed.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::super::faults::{Disconnect, GatewayFault};
use super::super::sync::lock;

/// Maximum number of events that a session keeps for replay after a resume; older ones are evicted.
const REPLAY_CAPACITY: usize = 10_000;
/// Discord's heartbeat interval.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(41_250);
/// Close codes with which a bot ends its session.
const SESSION_ENDING_CODES: [u16; 2] = [1000, 1001];
/// Close codes after which a session cannot be resumed: invalid sequence number, session timed out.
const NOT_RESUMABLE_CODES: [u16; 2] = [4007, 4009];

/// An instruction for the task of a connection.
#[derive(Debug)]
pub(super) enum ConnectionCommand {
    /// Send this text frame.
    Send(String),
    /// Close the connection.
    Close(Disconnect),
    /// Stop acknowledging heartbeats.
    IgnoreHeartbeats,
    /// Stop sending anything.
    Silence,
}

/// Number of gateway sessions since the sandbox started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCounts {
    /// New sessions (identify).
    pub identified: usize,
    /// Resumed sessions.
    pub resumed: usize,
}

/// All gateway sessions, and the faults of the gateway.
#[derive(Debug, Default)]
pub(in super::super) struct GatewayHub(Mutex<GatewaySessions>);

#[derive(Debug, Default)]
struct GatewaySessions {
    by_id: HashMap<String, GatewaySession>,
    counts: SessionCounts,
    /// Delay before the next connection's hello.
    hello_delay: Duration,
    /// Fault of the next event.
    event_fault: Option<GatewayFault>,
    /// Heartbeat interval for new connections, if it is not Discord's.
    heartbeat_interval: Option<Duration>,
}

/// The session of one bot. A session outlives its connections.
#[derive(Debug)]
struct GatewaySession {
    /// Sequence number of the newest event.
    sequence: u64,
    /// Sent events by sequence number, for replay after a resume.
    sent: VecDeque<(u64, String)>,
    connection: Option<UnboundedSender<ConnectionCommand>>,
    /// An event that is held back until the next event was sent.
    held: Option<String>,
}

impl GatewaySession {
    fn new(connection: UnboundedSender<ConnectionCommand>) -> Self {
        Self {
            sequence: 0,
            sent: VecDeque::new(),
            connection: Some(connection),
            held: None,
        }
    }

    fn dispatch(&mut self, event: &str, data: &Value, fault: Option<GatewayFault>) {
        self.sequence += 1;
        let mut payload = json!({"op": 0, "t": event, "s": self.sequence, "d": data});
        if fault == Some(GatewayFault::UnknownFields) {
            payload["new_field"] = json!({"of": ["another", "day"]});
            payload["d"]["new_field"] = json!(1);
        }
        let text = payload.to_string();
        if self.sent.len() == REPLAY_CAPACITY {
            self.sent.pop_front();
        }
        self.sent.push_back((self.sequence, text.clone()));
        if fault == Some(GatewayFault::ReorderEvents) {
            self.held = Some(text);
            return;
        }
        if fault == Some(GatewayFault::DuplicateEvent) {
            self.command(ConnectionCommand::Send(text.clone()));
        }
        self.command(ConnectionCommand::Send(text));
        if let Some(held) = self.held.take() {
            self.command(ConnectionCommand::Send(held));
        }
    }

    /// Whether the events after `sequence` can be replayed.
    fn can_resume_after(&self, sequence: u64) -> bool {
        let oldest = self.sent.front();
        sequence <= self.sequence && oldest.is_none_or(|(oldest, _)| sequence + 1 >= *oldest)
    }

    fn replay_after(&self, sequence: u64) {
        for (_, text) in self.sent.iter().filter(|(number, _)| *number > sequence) {
            self.command(ConnectionCommand::Send(text.clone()));
        }
    }

    fn command(&self, command: ConnectionCommand) {
        if let Some(connection) = &self.connection {
            // Sending fails while the connection ends; its events are replayed after a resume.
            let _ = connection.send(command);
        }
    }
}

impl GatewayHub {
    /// Sends an event to every session.
    pub(in super::super) fn dispatch(&self, event: &str, data: &Value) {
        let mut all = self.lock();
        let is_received = !all.by_id.is_empty();
        let fault = all.event_fault.take().filter(|_| is_received);
        for session in all.by_id.values_mut() {
            session.dispatch(event, data, fault);
        }
    }

    /// Closes the connections of all sessions.
    pub(in super::super) fn disconnect(&self, how: Disconnect) {
        let mut all = self.lock();
        for session in all.by_id.values() {
            session.command(ConnectionCommand::Close(how));
        }
        if matches!(how, Disconnect::Close(code) if NOT_RESUMABLE_CODES.contains(&code)) {
            all.by_id.clear();
        }
    }

    /// Injects a fault.
    pub(in super::super) fn inject(&self, fault: GatewayFault) {
        let mut all = self.lock();
        match fault {
            GatewayFault::DelayHello(delay) => all.hello_delay = delay,
            GatewayFault::DuplicateEvent
            | GatewayFault::ReorderEvents
            | GatewayFault::UnknownFields => all.event_fault = Some(fault),
            _ => {}
        }
        for session in all.by_id.values_mut() {
            match fault {
                GatewayFault::Reconnect => session.command(send_opcode(7, &Value::Null)),
                GatewayFault::InvalidSessionResumable => {
                    session.command(send_opcode(9, &json!(true)));
                }
                GatewayFault::InvalidSession => session.command(send_opcode(9, &json!(false))),
                GatewayFault::NoHeartbeatAck => {
                    session.command(ConnectionCommand::IgnoreHeartbeats);
                }
                GatewayFault::Zombie => session.command(ConnectionCommand::Silence),
                GatewayFault::UnknownEvent => {
                    session.dispatch("SOMETHING_NEW", &json!({"of": "another day"}), None);
                }
                _ => {}
            }
        }
        if fault == GatewayFault::InvalidSession {
            all.by_id.clear();
        }
    }

    /// Number of sessions so far.
    pub(in super::super) fn counts(&self) -> SessionCounts {
        self.lock().counts
    }

    /// Sets the heartbeat interval that new connections are told.
    pub(in super::super) fn set_heartbeat_interval(&self, interval: Duration) {
        self.lock().heartbeat_interval = Some(interval);
    }

    /// Starts a session and returns its id. It replaces all other sessions, since the sandbox has one bot.
    pub(super) fn identify(&self, connection: UnboundedSender<ConnectionCommand>) -> String {
        let mut all = self.lock();
        all.counts.identified += 1;
        let id = format!("session-{}", all.counts.identified);
        all.by_id.clear();
        all.by_id
            .insert(id.clone(), GatewaySession::new(connection));
        id
    }

    /// Resumes a session after the event with the number `sequence`: replays all later events on `connection`. Returns
    /// `false` if the session is unknown or the events are not available any more.
    pub(super) fn resume(
        &self,
        id: &str,
        sequence: u64,
        connection: UnboundedSender<ConnectionCommand>,
    ) -> bool {
        let mut all = self.lock();
        let session = all.by_id.get_mut(id);
        let Some(session) = session.filter(|session| session.can_resume_after(sequence)) else {
            return false;
        };
        session.connection = Some(connection);
        session.replay_after(sequence);
        session.held = None;
        session.dispatch("RESUMED", &json!({"_trace": []}), None);
        all.counts.resumed += 1;
        true
    }

    /// Whether the session exists and is not over.
    pub(super) fn is_active(&self, id: &str) -> bool {
        self.lock().by_id.contains_key(id)
    }

    /// Heartbeat interval for new connections, in milliseconds.
    pub(super) fn heartbeat_interval(&self) -> u128 {
        let interval = self.lock().heartbeat_interval;
        interval.unwrap_or(HEARTBEAT_INTERVAL).as_millis()
    }

    /// Takes the delay of the next connection's hello.
    pub(super) fn take_hello_delay(&self) -> Duration {
        std::mem::take(&mut self.lock().hello_delay)
    }

    /// Sends an event to one session.
    pub(super) fn dispatch_to(&self, id: &str, event: &str, data: &Value) {
        if let Some(session) = self.lock().by_id.get_mut(id) {
            session.dispatch(event, data, None);
        }
    }

    /// Detaches a connection that has ended, perhaps with a close code of the bot. Returns whether the session has no
    /// connection any more.
    pub(super) fn detach(
        &self,
        id: &str,
        connection: &UnboundedSender<ConnectionCommand>,
        close_code: Option<u16>,
    ) -> bool {
        let mut all = self.lock();
        let Some(session) = all.by_id.get_mut(id) else {
            return false;
        };
        let current = session.connection.as_ref();
        let is_current = current.is_some_and(|current| current.same_channel(connection));
        if is_current {
            session.connection = None;
            if close_code.is_some_and(|code| SESSION_ENDING_CODES.contains(&code)) {
                all.by_id.remove(id);
            }
        }
        is_current
    }

    fn lock(&self) -> MutexGuard<'_, GatewaySessions> {
        lock(&self.0)
    }
}

fn send_opcode(opcode: u8, data: &Value) -> ConnectionCommand {
    ConnectionCommand::Send(json!({"op": opcode, "t": null, "s": null, "d": data}).to_string())
}
