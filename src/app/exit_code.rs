//! The status that the program ends with, by which a supervisor knows whether it is of use to start it again.

use std::error::Error;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::discord::DiscordError;
use crate::telemetry::LogFilterError;
use model::ModelError;
use sandbox::SandboxError;

/// Somebody has to change something first: `EX_CONFIG` of `sysexits.h`. deploy/mouthpiece.service starts nothing again then.
const NEEDS_OPERATOR: u8 = 78;

/// Something is missing from the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct MissingSetting(pub(super) String);

/// What to end with after an error.
pub(super) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(needs_operator) {
        ExitCode::from(NEEDS_OPERATOR)
    } else {
        ExitCode::FAILURE
    }
}

fn needs_operator(error: &(dyn Error + 'static)) -> bool {
    let model = matches!(
        error.downcast_ref(),
        Some(
            ModelError::Unreadable { .. }
                | ModelError::Unfit { .. }
                | ModelError::Library { .. }
                | ModelError::Telemetry
        )
    );
    let discord = matches!(
        error.downcast_ref(),
        Some(DiscordError::Token | DiscordError::Gateway(_))
    );
    let sandbox = matches!(error.downcast_ref(), Some(SandboxError::Remote(_)));
    let settings =
        error.is::<ConfigError>() || error.is::<LogFilterError>() || error.is::<MissingSetting>();
    settings || model || discord || sandbox
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn only_what_cannot_pass_by_itself_needs_operator() {
        let needs = |error: anyhow::Error| error.chain().any(needs_operator);
        let unreachable = DiscordError::Unreachable {
            server: "Discord".into(),
            reason: "no answer".into(),
        };
        assert!(!needs(unreachable.into()));
        assert!(!needs(DiscordError::Connection("over".into()).into()));
        assert!(!needs(ModelError::Run("no memory".into()).into()));
        assert!(!needs(anyhow::anyhow!("the disk is full")));
        assert!(needs(DiscordError::Token.into()));
        assert!(needs(
            DiscordError::Gateway("the token is wrong".into()).into()
        ));
        let refused: Result<(), _> = Err(SandboxError::Remote([0, 0, 0, 0].into()));
        assert!(needs(refused.context("a few words more").unwrap_err()));
    }
}
