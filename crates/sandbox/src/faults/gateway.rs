//! How connections with the gateway go wrong.

use std::time::Duration;

/// How a connection is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// Closed with this code.
    Close(u16),
    /// Closed without a code.
    CloseWithoutCode,
    /// Cut without a word.
    Abort,
}

/// What goes wrong with connections that stay open, or with what comes over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayFault {
    /// The bot is told to reconnect (op 7).
    Reconnect,
    /// The session is invalid, but can be resumed (op 9, true).
    InvalidSessionResumable,
    /// The session is over (op 9, false).
    InvalidSession,
    /// Heartbeats are not acknowledged any more.
    NoHeartbeatAck,
    /// Nothing comes any more at all.
    Zombie,
    /// The next connection is greeted after this time only.
    DelayHello(Duration),
    /// The next event comes twice.
    DuplicateEvent,
    /// The next event comes after the one that follows it.
    ReorderEvents,
    /// An event comes that Discord may invent one day.
    UnknownEvent,
    /// The next event has fields that nobody knows.
    UnknownFields,
}
