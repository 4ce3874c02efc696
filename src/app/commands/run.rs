//! `mouthpiece run`: the bot, on Discord or against a local sandbox.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::app::exit_code::MissingSetting;
use crate::app::local_sandbox::open_sandbox;
use crate::app::output::print_line;
use crate::app::serve::serve;
use crate::app::signal::stop_signal;
use crate::config::Config;
use crate::discord::{ApiBaseUrl, Secret};
use crate::telemetry;

pub(super) fn run(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.log)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let signal = stop_signal()?;
        if config.discord.token.is_some() {
            return serve(config, signal).await;
        }
        if let Some(url) = config.discord.api_base_url.as_ref().map(ApiBaseUrl::as_str) {
            let missing = format!(
                "discord.api_base_url is {url}, but there is no token for it; set MOUTHPIECE__DISCORD__TOKEN"
            );
            return Err(MissingSetting(missing).into());
        }
        with_sandbox(config, signal).await
    })
}

/// Runs the bot against a sandbox in the same process.
async fn with_sandbox(mut config: Config, signal: CancellationToken) -> anyhow::Result<()> {
    let sandbox = open_sandbox(config.sandbox).await?;
    config.discord.api_base_url = ApiBaseUrl::parse(&sandbox.url());
    config.discord.token = Some(Secret::new("sandbox"));
    let url = sandbox.url();
    print_line(&format!(
        "\nOpen {url} and type /speak. Stop with Ctrl+C.\n"
    ))?;
    serve(config, signal).await
}
