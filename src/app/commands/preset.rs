//! `mouthpiece preset`: decodes preset codes.

use clap::{Args, Subcommand};

use crate::app::output::{add_settings, print_line};
use crate::service::preset_code;

#[derive(Debug, Args)]
pub(in crate::app) struct PresetArgs {
    #[command(subcommand)]
    action: PresetAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum PresetAction {
    /// Print the settings of a code. The code contains them, so neither bot nor database is needed.
    #[command(after_help = "\
Example:
  mouthpiece preset decode MP1-G0B66R349Q7MRJHACS6070V7YR60S31P1GG0000ZY9QEC")]
    Decode {
        /// Code that begins with MP1-.
        code: String,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(arguments: &PresetArgs) -> anyhow::Result<()> {
    let PresetAction::Decode { code, json } = &arguments.action;
    let settings = preset_code::decode(code)?;
    if *json {
        let mut object = serde_json::Map::new();
        add_settings(&mut object, &settings);
        return print_line(&serde_json::to_string_pretty(&object)?);
    }
    let lines: Vec<String> = settings
        .values()
        .map(|(setting, value)| format!("{} = {value}", setting.name()))
        .collect();
    print_line(&lines.join("\n"))
}
