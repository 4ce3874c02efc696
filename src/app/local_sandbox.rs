//! The sandbox as the configuration describes it.

use std::io::ErrorKind;

use sandbox::{Sandbox, SandboxError, SandboxSettings};

/// A sandbox as it is configured, or on any free port if that is taken.
pub(super) async fn open_sandbox(settings: SandboxSettings) -> Result<Sandbox, SandboxError> {
    match Sandbox::start_with(settings).await {
        Err(SandboxError::Listen(error)) if error.kind() == ErrorKind::AddrInUse => {
            let port = settings.port;
            tracing::warn!(
                "port {port} is in use, so the sandbox takes another one; MOUTHPIECE__SANDBOX__PORT chooses it"
            );
            Sandbox::start_with(SandboxSettings {
                port: 0,
                ..settings
            })
            .await
        }
        other => other,
    }
}
