//! `mouthpiece sandbox`: the small Discord on its own, for any bot.

use std::io::ErrorKind;
use std::path::Path;

use super::run::stop_signal;
use super::speak::print;
use crate::config::Config;
use crate::telemetry;
use sandbox::{Sandbox, SandboxError, SandboxSettings};

pub(super) fn perform(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.log)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let sandbox = open(config.sandbox).await?;
        let url = sandbox.url();
        print(&format!(
            "\nThe sandbox is open at {url}. Let a bot in with\n  MOUTHPIECE__DISCORD__API_BASE_URL={url} \
             MOUTHPIECE__DISCORD__TOKEN=any mouthpiece run\nStop with Ctrl+C.\n"
        ))?;
        stop_signal()?.cancelled().await;
        Ok(())
    })
}

/// A sandbox as it is configured, or on any free port if that is taken.
pub(super) async fn open(settings: SandboxSettings) -> Result<Sandbox, SandboxError> {
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
