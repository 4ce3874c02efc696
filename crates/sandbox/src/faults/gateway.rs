//! Faults of gateway connections.

use std::time::Duration;

/// How a gateway connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// A close frame with this code.
    Close(u16),
    /// A close frame without a code.
    CloseWithoutCode,
    /// The TCP connection ends without a close frame.
    Abort,
}

/// A fault of gateway connections that stay open, or of the payloads sent over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayFault {
    /// The bot is asked to reconnect (opcode 7).
    Reconnect,
    /// The session is invalid but resumable (opcode 9, `true`).
    InvalidSessionResumable,
    /// The session is invalid and over (opcode 9, `false`).
    InvalidSession,
    /// Heartbeats are not acknowledged any more.
    NoHeartbeatAck,
    /// The connection stays open, but nothing is sent any more.
    Zombie,
    /// The next connection gets its hello after this delay.
    DelayHello(Duration),
    /// The next event is sent twice.
    DuplicateEvent,
    /// The next event is sent after the event that follows it.
    ReorderEvents,
    /// An event of an unknown type is sent.
    UnknownEvent,
    /// The next event has unknown fields.
    UnknownFields,
}
