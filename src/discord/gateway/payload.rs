//! The gateway payloads that the proxy has to understand. Pure.

use std::time::Duration;

use serde_json::Value;

/// Upper bound of the length in bytes of a heartbeat acknowledgement or a Hello.
const MAX_CONTROL_LENGTH: usize = 256;

/// Opcodes of the gateway.
mod opcode {
    pub(super) const HEARTBEAT: u64 = 1;
    pub(super) const IDENTIFY: u64 = 2;
    pub(super) const RESUME: u64 = 6;
    pub(super) const HELLO: u64 = 10;
    pub(super) const HEARTBEAT_ACK: u64 = 11;
}

/// A payload that serenity sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) enum OutgoingPayload {
    /// A heartbeat, which Discord has to acknowledge.
    Heartbeat,
    /// Starts a session. Holds the payload to send instead: without compression, so that the proxy can read the answers.
    Identify(String),
    /// Resumes a session.
    Resume,
    /// Any other payload, and any text that is none.
    Other,
}

impl OutgoingPayload {
    /// Parses a text message of serenity's.
    pub(in crate::discord) fn parse(text: &str) -> Self {
        let Ok(mut payload) = serde_json::from_str::<Value>(text) else {
            return Self::Other;
        };
        match (payload["op"].as_u64(), payload["d"].is_object()) {
            (Some(opcode::HEARTBEAT), _) => Self::Heartbeat,
            (Some(opcode::IDENTIFY), true) => {
                payload["d"]["compress"] = false.into();
                Self::Identify(payload.to_string())
            }
            (Some(opcode::RESUME), _) => Self::Resume,
            _ => Self::Other,
        }
    }
}

/// A payload that Discord sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) enum IncomingPayload {
    /// The first payload of a connection, with the heartbeat interval.
    Hello(Duration),
    /// Acknowledges a heartbeat.
    HeartbeatAck,
    /// A session has started.
    Ready {
        /// The session id.
        session: String,
        /// The URL at which it is to be resumed.
        resume_url: String,
    },
    /// Any other payload, and any text that is none.
    Other,
}

impl IncomingPayload {
    /// Parses a text message of Discord's. Long messages are not parsed unless they may be a Ready, because most traffic is events.
    pub(in crate::discord) fn parse(text: &str) -> Self {
        if text.len() > MAX_CONTROL_LENGTH && !text.contains("\"READY\"") {
            return Self::Other;
        }
        let Ok(payload) = serde_json::from_str::<Value>(text) else {
            return Self::Other;
        };
        let data = &payload["d"];
        match (payload["op"].as_u64(), data["heartbeat_interval"].as_u64()) {
            (Some(opcode::HEARTBEAT_ACK), _) => return Self::HeartbeatAck,
            (Some(opcode::HELLO), Some(interval)) => {
                return Self::Hello(Duration::from_millis(interval));
            }
            _ => {}
        }
        let session = data["session_id"].as_str();
        let resume_url = data["resume_gateway_url"].as_str();
        match (payload["t"].as_str(), session, resume_url) {
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
    fn compression_is_turned_off_in_identify() {
        let identify = r#"{"op":2,"d":{"compress":true,"token":"t"}}"#;
        assert_eq!(
            OutgoingPayload::parse(identify),
            OutgoingPayload::Identify(r#"{"d":{"compress":false,"token":"t"},"op":2}"#.to_owned())
        );
        assert_eq!(
            OutgoingPayload::parse(r#"{"op":1,"d":7}"#),
            OutgoingPayload::Heartbeat
        );
        assert_eq!(
            OutgoingPayload::parse(r#"{"op":6,"d":{}}"#),
            OutgoingPayload::Resume
        );
    }

    #[test]
    fn malformed_payloads_are_other() {
        for malformed in [
            "",
            "[]",
            "7",
            "{}",
            r#"{"op":2}"#,
            r#"{"op":2,"d":"x"}"#,
            r#"{"op":2,"d":[]}"#,
        ] {
            assert_eq!(
                OutgoingPayload::parse(malformed),
                OutgoingPayload::Other,
                "{malformed}"
            );
            assert_eq!(
                IncomingPayload::parse(malformed),
                IncomingPayload::Other,
                "{malformed}"
            );
        }
    }

    #[test]
    fn the_resume_url_is_read_from_a_ready_of_any_length() {
        let padding = "x".repeat(1_000);
        let ready = format!(
            r#"{{"op":0,"t":"READY","d":{{"padding":"{padding}","session_id":"s","resume_gateway_url":"wss://r"}}}}"#
        );
        let expected = IncomingPayload::Ready {
            session: "s".to_owned(),
            resume_url: "wss://r".to_owned(),
        };
        assert_eq!(IncomingPayload::parse(&ready), expected);
        assert_eq!(
            IncomingPayload::parse(r#"{"op":11,"d":null}"#),
            IncomingPayload::HeartbeatAck
        );
        let hello = r#"{"op":10,"d":{"heartbeat_interval":41250}}"#;
        let interval = Duration::from_millis(41_250);
        assert_eq!(
            IncomingPayload::parse(hello),
            IncomingPayload::Hello(interval)
        );
    }
}
