//! What is said over a gateway connection, as far as the relay has to understand it. Pure.

use std::time::Duration;

use serde_json::Value;

/// What only says that a heartbeat was heard is no longer than this.
const SHORT: usize = 256;

/// What serenity says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) enum OutgoingPayload {
    /// A heartbeat, which Discord has to answer.
    Heartbeat,
    /// It begins a session, as Discord is to hear it: without compression, so that answers can be read here.
    Identify(String),
    /// It takes a session up again.
    Resume,
    /// Anything else.
    Other,
}

impl OutgoingPayload {
    /// Understands a message of serenity's.
    pub(in crate::discord) fn read(text: &str) -> Self {
        let Ok(mut said) = serde_json::from_str::<Value>(text) else {
            return Self::Other;
        };
        match (said["op"].as_u64(), said["d"].is_object()) {
            (Some(1), _) => Self::Heartbeat,
            (Some(2), true) => {
                said["d"]["compress"] = false.into();
                Self::Identify(said.to_string())
            }
            (Some(6), _) => Self::Resume,
            _ => Self::Other,
        }
    }
}

/// What Discord says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) enum IncomingPayload {
    /// It greets, and wants a heartbeat as often as that.
    Hello(Duration),
    /// It has heard a heartbeat.
    HeartbeatAck,
    /// A session has begun.
    Ready {
        /// Its name.
        session: String,
        /// Where it wants to be resumed.
        resume_url: String,
    },
    /// Anything else.
    Other,
}

impl IncomingPayload {
    /// Understands a message of Discord's. Long ones are not read, unless a session begins with them.
    pub(in crate::discord) fn read(text: &str) -> Self {
        if text.len() > SHORT && !text.contains("\"READY\"") {
            return Self::Other;
        }
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            return Self::Other;
        };
        if event["op"] == 11 {
            return Self::HeartbeatAck;
        }
        if let (Some(10), Some(beat)) = (
            event["op"].as_u64(),
            event["d"]["heartbeat_interval"].as_u64(),
        ) {
            return Self::Hello(Duration::from_millis(beat));
        }
        let (session, resume_url) = (
            event["d"]["session_id"].as_str(),
            event["d"]["resume_gateway_url"].as_str(),
        );
        match (event["t"].as_str(), session, resume_url) {
            (Some("READY"), Some(session), Some(resume_url)) => Self::Ready {
                session: session.to_owned(),
                resume_url: resume_url.to_owned(),
            },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_begins_without_compression() {
        let identify = r#"{"op":2,"d":{"compress":true,"token":"t"}}"#;
        assert_eq!(
            OutgoingPayload::read(identify),
            OutgoingPayload::Identify(r#"{"d":{"compress":false,"token":"t"},"op":2}"#.to_owned())
        );
        assert_eq!(
            OutgoingPayload::read(r#"{"op":1,"d":7}"#),
            OutgoingPayload::Heartbeat
        );
        assert_eq!(
            OutgoingPayload::read(r#"{"op":6,"d":{}}"#),
            OutgoingPayload::Resume
        );
    }

    #[test]
    fn what_cannot_be_understood_is_something_else() {
        for strange in [
            "",
            "[]",
            "7",
            "{}",
            r#"{"op":2}"#,
            r#"{"op":2,"d":"x"}"#,
            r#"{"op":2,"d":[]}"#,
        ] {
            assert_eq!(
                OutgoingPayload::read(strange),
                OutgoingPayload::Other,
                "{strange}"
            );
            assert_eq!(
                IncomingPayload::read(strange),
                IncomingPayload::Other,
                "{strange}"
            );
        }
    }

    #[test]
    fn a_session_says_where_it_wants_to_be_resumed_however_much_else_it_says() {
        let much = "x".repeat(1_000);
        let ready = format!(
            r#"{{"op":0,"t":"READY","d":{{"much":"{much}","session_id":"s","resume_gateway_url":"wss://r"}}}}"#
        );
        let expected = IncomingPayload::Ready {
            session: "s".to_owned(),
            resume_url: "wss://r".to_owned(),
        };
        assert_eq!(IncomingPayload::read(&ready), expected);
        assert_eq!(
            IncomingPayload::read(r#"{"op":11,"d":null}"#),
            IncomingPayload::HeartbeatAck
        );
        let hello = r#"{"op":10,"d":{"heartbeat_interval":41250}}"#;
        let beat = Duration::from_millis(41_250);
        assert_eq!(IncomingPayload::read(hello), IncomingPayload::Hello(beat));
    }
}
