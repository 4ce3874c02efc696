//! The sessions of bots at the gateway: what each was told, and whether it can be taken up again.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::super::faults::{Disconnect, GatewayFault};
use super::super::{SessionCounts, lock};

/// Events a session remembers for a bot that resumes.
const REMEMBERED: usize = 10_000;
/// As Discord has it.
const HEARTBEAT: Duration = Duration::from_millis(41_250);
/// With these codes a bot gives its session up.
const GOODBYES: [u16; 2] = [1000, 1001];
/// After these codes a bot has to begin a new session: a wrong number of the last event, and a session that was idle.
const SESSION_OVER: [u16; 2] = [4007, 4009];

/// What a connection is to do.
#[derive(Debug)]
pub(super) enum ConnectionCommand {
    Text(String),
    Break(Disconnect),
    Deafen,
    Silence,
}

/// All sessions of bots.
#[derive(Debug, Default)]
pub(in super::super) struct GatewayHub(Mutex<GatewaySessions>);

#[derive(Debug, Default)]
struct GatewaySessions {
    known: HashMap<String, GatewaySession>,
    logins: SessionCounts,
    /// How long the next connection waits for its greeting.
    late: Duration,
    /// What happens to the next event.
    twist: Option<GatewayFault>,
    /// How often bots are to say that they are alive.
    heartbeat: Option<Duration>,
}

/// One bot's session; it outlives its connections.
#[derive(Debug)]
struct GatewaySession {
    sequence: u64,
    remembered: VecDeque<(u64, String)>,
    connection: Option<UnboundedSender<ConnectionCommand>>,
    /// An event that comes after the next one.
    held: Option<String>,
}

impl GatewaySession {
    fn dispatch(&mut self, event: &str, data: &Value, twist: Option<GatewayFault>) {
        self.sequence += 1;
        let mut frame = json!({"op": 0, "t": event, "s": self.sequence, "d": data});
        if twist == Some(GatewayFault::UnknownFields) {
            frame["new_field"] = json!({"of": ["another", "day"]});
            frame["d"]["new_field"] = json!(1);
        }
        let text = frame.to_string();
        if self.remembered.len() == REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((self.sequence, text.clone()));
        if twist == Some(GatewayFault::ReorderEvents) {
            self.held = Some(text);
            return;
        }
        if twist == Some(GatewayFault::DuplicateEvent) {
            self.send(ConnectionCommand::Text(text.clone()));
        }
        self.send(ConnectionCommand::Text(text));
        if let Some(held) = self.held.take() {
            self.send(ConnectionCommand::Text(held));
        }
    }

    fn send(&self, frame: ConnectionCommand) {
        if let Some(connection) = &self.connection {
            // A connection that is just ending hears of it when it resumes.
            let _ = connection.send(frame);
        }
    }
}

impl GatewayHub {
    /// Tells every bot.
    pub(in super::super) fn dispatch(&self, event: &str, data: &Value) {
        let mut all = lock(&self.0);
        let heard = !all.known.is_empty();
        let twist = all.twist.take().filter(|_| heard);
        for session in all.known.values_mut() {
            session.dispatch(event, data, twist);
        }
    }

    pub(in super::super) fn disconnect(&self, how: Disconnect) {
        let mut all = lock(&self.0);
        for session in all.known.values() {
            session.send(ConnectionCommand::Break(how));
        }
        if matches!(how, Disconnect::Close(code) if SESSION_OVER.contains(&code)) {
            all.known.clear();
        }
    }

    pub(in super::super) fn trouble(&self, trouble: GatewayFault) {
        let mut all = lock(&self.0);
        let op = |op: u8, d: Value| {
            ConnectionCommand::Text(json!({"op": op, "t": null, "s": null, "d": d}).to_string())
        };
        match trouble {
            GatewayFault::DelayHello(late) => all.late = late,
            GatewayFault::DuplicateEvent
            | GatewayFault::ReorderEvents
            | GatewayFault::UnknownFields => {
                all.twist = Some(trouble);
            }
            _ => {}
        }
        for session in all.known.values_mut() {
            match trouble {
                GatewayFault::Reconnect => session.send(op(7, Value::Null)),
                GatewayFault::InvalidSessionResumable => session.send(op(9, json!(true))),
                GatewayFault::InvalidSession => session.send(op(9, json!(false))),
                GatewayFault::NoHeartbeatAck => session.send(ConnectionCommand::Deafen),
                GatewayFault::Zombie => session.send(ConnectionCommand::Silence),
                GatewayFault::UnknownEvent => {
                    session.dispatch("SOMETHING_NEW", &json!({"of": "another day"}), None);
                }
                _ => {}
            }
        }
        if trouble == GatewayFault::InvalidSession {
            all.known.clear();
        }
    }

    pub(in super::super) fn logins(&self) -> SessionCounts {
        lock(&self.0).logins
    }

    /// Begins a session, and returns its name.
    pub(super) fn identify(&self, connection: UnboundedSender<ConnectionCommand>) -> String {
        let mut all = lock(&self.0);
        all.logins.identified += 1;
        let id = format!("session-{}", all.logins.identified);
        // A new session of a bot ends its old one: there is one bot here.
        all.known.clear();
        all.known.insert(
            id.clone(),
            GatewaySession {
                sequence: 0,
                remembered: VecDeque::new(),
                connection: Some(connection),
                held: None,
            },
        );
        id
    }

    /// Whether there is such a session.
    pub(super) fn knows(&self, id: &str) -> bool {
        lock(&self.0).known.contains_key(id)
    }

    pub(in super::super) fn set_heartbeat(&self, interval: Duration) {
        lock(&self.0).heartbeat = Some(interval);
    }

    /// How often a bot is to say that it is alive, in milliseconds.
    pub(super) fn heartbeat(&self) -> u128 {
        lock(&self.0).heartbeat.unwrap_or(HEARTBEAT).as_millis()
    }

    /// How long a new connection waits for its greeting.
    pub(super) fn lateness(&self) -> Duration {
        std::mem::take(&mut lock(&self.0).late)
    }

    /// Takes up a session after the event numbered `sequence`, and repeats what came later. `false` if that cannot be.
    pub(super) fn resume(
        &self,
        id: &str,
        sequence: u64,
        connection: UnboundedSender<ConnectionCommand>,
    ) -> bool {
        let mut all = lock(&self.0);
        let Some(session) = all.known.get_mut(id) else {
            return false;
        };
        let known = sequence <= session.sequence
            && session
                .remembered
                .front()
                .is_none_or(|(first, _)| sequence + 1 >= *first);
        if !known {
            return false;
        }
        session.connection = Some(connection);
        let missed: Vec<String> = session
            .remembered
            .iter()
            .filter(|(number, _)| *number > sequence)
            .map(|(_, text)| text.clone())
            .collect();
        for text in missed {
            session.send(ConnectionCommand::Text(text));
        }
        session.held = None;
        session.dispatch("RESUMED", &json!({"_trace": []}), None);
        all.logins.resumed += 1;
        true
    }

    /// Tells one session.
    pub(super) fn tell(&self, id: &str, event: &str, data: &Value) {
        if let Some(session) = lock(&self.0).known.get_mut(id) {
            session.dispatch(event, data, None);
        }
    }

    /// A connection has ended, perhaps with a code of the bot's. Whether its session has none left.
    pub(super) fn leave(
        &self,
        id: &str,
        connection: &UnboundedSender<ConnectionCommand>,
        said: Option<u16>,
    ) -> bool {
        let mut all = lock(&self.0);
        let Some(session) = all.known.get_mut(id) else {
            return false;
        };
        let own = session
            .connection
            .as_ref()
            .is_some_and(|current| current.same_channel(connection));
        if own {
            session.connection = None;
            if said.is_some_and(|code| GOODBYES.contains(&code)) {
                all.known.remove(id);
            }
        }
        own
    }
}
