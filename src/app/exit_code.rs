//! The exit code after an error, which tells a supervisor whether a restart can help.

use std::error::Error;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::discord::DiscordError;
use crate::telemetry::LogFilterError;
use hub::{HubError, SettingsError};
use model::ModelError;
use sandbox::SandboxError;

/// `EX_CONFIG` of `sysexits.h`: the operator must act first. deploy/mouthpiece.service does not restart after it.
const NEEDS_OPERATOR: u8 = 78;

/// A setting is missing that another one requires.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct MissingSetting(pub(super) String);

/// The exit code after `error`.
pub(super) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(needs_operator) {
        ExitCode::from(NEEDS_OPERATOR)
    } else {
        ExitCode::FAILURE
    }
}

/// Whether the cause persists until the operator changes something.
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
    let hub = match error.downcast_ref::<HubError>() {
        Some(error) => !error.is_transient(),
        None => error.is::<SettingsError>(),
    };
    let sandbox = matches!(error.downcast_ref(), Some(SandboxError::Remote(_)));
    let settings =
        error.is::<ConfigError>() || error.is::<LogFilterError>() || error.is::<MissingSetting>();
    settings || model || hub || discord || sandbox
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn only_persistent_errors_need_the_operator() {
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
        let full = HubError::DiskFull("/models".into());
        assert!(!needs(full.into()));
        assert!(needs(SettingsError::NoHome.into()));
        let refused: Result<(), _> = Err(SandboxError::Remote([0, 0, 0, 0].into()));
        assert!(needs(refused.context("more context").unwrap_err()));
    }
}
