//! Deferred responses that survive a crash of the process.

use std::fmt;
use std::time::Duration;

use super::{ApplicationId, ChannelId, InteractionId};

/// A deferred response to an interaction, stored until it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingResponse {
    /// The interaction to respond to.
    pub interaction: InteractionId,
    /// The application that received the interaction.
    pub application: ApplicationId,
    /// The channel of the interaction.
    pub channel: Option<ChannelId>,
    /// Interaction token. It authorizes anybody to respond, so `Debug` omits it.
    pub token: String,
}

impl fmt::Debug for PendingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PendingResponse({})", self.interaction)
    }
}

/// A pending response of an earlier process whose interaction token is still valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoverableResponse {
    /// The pending response.
    pub response: PendingResponse,
    /// Remaining validity of the interaction token.
    pub remaining: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_omits_the_token() {
        let response = PendingResponse {
            interaction: InteractionId(1),
            application: ApplicationId(5),
            channel: None,
            token: "secret".into(),
        };
        assert!(!format!("{response:?}").contains("secret"));
    }
}
