//! `mouthpiece sandbox`: the simulated Discord alone, for any bot.

use std::path::Path;

use crate::app::local_sandbox::open_sandbox;
use crate::app::output::print_line;
use crate::app::signal::stop_signal;
use crate::config::Config;
use crate::telemetry;

pub(super) fn run(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.log)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let sandbox = open_sandbox(config.sandbox).await?;
        let url = sandbox.url();
        print_line(&format!(
            "\nThe sandbox is open at {url}. Let a bot in with\n  MOUTHPIECE__DISCORD__API_BASE_URL={url} \
             MOUTHPIECE__DISCORD__TOKEN=any mouthpiece run\nStop with Ctrl+C.\n"
        ))?;
        stop_signal()?.cancelled().await;
        Ok(())
    })
}
