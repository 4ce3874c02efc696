//! How connections with the gateway go wrong.

use std::time::Duration;

/// How a connection is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// Closed with this code.
    Code(u16),
    /// Closed without a code.
    NoCode,
    /// Cut without a word.
    Cut,
}

/// What goes wrong with connections that stay open, or with what comes over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The bot is told to reconnect (op 7).
    Reconnect,
    /// The session is invalid, but can be resumed (op 9, true).
    Resumable,
    /// The session is over (op 9, false).
    Invalid,
    /// Heartbeats are not acknowledged any more.
    Deaf,
    /// Nothing comes any more at all.
    Zombie,
    /// The next connection is greeted after this time only.
    LateHello(Duration),
    /// The next event comes twice.
    Twice,
    /// The next event comes after the one that follows it.
    OutOfOrder,
    /// An event comes that Discord may invent one day.
    UnknownEvent,
    /// The next event has fields that nobody knows.
    UnknownFields,
}
