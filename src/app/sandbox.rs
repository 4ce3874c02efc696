//! `mouthpiece sandbox`: the small Discord on its own, for any bot.

use std::path::Path;

use anyhow::Context;

use super::run::stop_signal;
use super::speak::print;
use crate::config::Config;
use crate::sandbox::Sandbox;
use crate::telemetry;

pub(super) fn perform(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.log).map_err(anyhow::Error::msg)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let sandbox = open(config.sandbox_port).await?;
        let url = sandbox.url();
        print(&format!(
            "\nThe sandbox is open at {url}. Let a bot in with\n  MOUTHPIECE__DISCORD__API_BASE_URL={url} \
             MOUTHPIECE__DISCORD__TOKEN=any mouthpiece run\nStop with Ctrl+C.\n"
        ))?;
        stop_signal()?.cancelled().await;
        Ok(())
    })
}

/// A sandbox on `port`, or on any free one if that is taken.
pub(super) async fn open(port: u16) -> anyhow::Result<Sandbox> {
    match Sandbox::start(port).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            tracing::warn!(
                "port {port} is in use, so the sandbox takes another one; MOUTHPIECE__SANDBOX__PORT chooses it"
            );
            Sandbox::start(0).await
        }
        other => other,
    }
    .context("the sandbox cannot be started")
}
