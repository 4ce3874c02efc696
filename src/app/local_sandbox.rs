//! The sandbox, started as configured.

use std::io::ErrorKind;

use sandbox::{Sandbox, SandboxError, SandboxSettings};

/// Starts the sandbox on the configured port, or on a free port if that one is in use.
///
/// # Errors
/// When the sandbox cannot listen on the address.
pub(super) async fn open_sandbox(settings: SandboxSettings) -> Result<Sandbox, SandboxError> {
    match Sandbox::start_with(settings).await {
        Err(SandboxError::Listen(error)) if error.kind() == ErrorKind::AddrInUse => {
            let port = settings.port;
            tracing::warn!(
                "port {port} is in use, so the sandbox uses a free one; MOUTHPIECE__SANDBOX__PORT sets it"
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
