//! Why an interaction was not handled.

use super::super::http::RequestError;
use crate::service::{Refusal, ServiceError};

/// Why an interaction was not handled. The top layer decides how each variant is worded for the user.
#[derive(Debug, thiserror::Error)]
pub(in crate::discord) enum CommandError {
    /// The user is told this sentence, without its capital and full stop.
    #[error("{0}")]
    Refused(String),
    /// The user is told this Markdown as it is.
    #[error("{0}")]
    RefusedInMarkdown(String),
    /// A service refused; the user is told why.
    #[error(transparent)]
    Service(Box<Refusal>),
    /// Something broke. The user is told a reference number under which the log has this text.
    #[error("{0}")]
    Internal(String),
    /// A response could not be sent.
    #[error(transparent)]
    Request(#[from] RequestError),
}

const OUTDATED: &str = "this is from another version of the bot; run the command again";

impl CommandError {
    /// The error for a component or a modal that this version of the bot does not have.
    pub(in crate::discord) fn outdated() -> Self {
        Self::Refused(OUTDATED.to_owned())
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Service(Box::new(refusal))
    }
}

impl From<ServiceError> for CommandError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => refusal.into(),
            ServiceError::Store(error) => Self::Internal(error.to_string()),
        }
    }
}
