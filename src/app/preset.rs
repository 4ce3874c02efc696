//! `mouthpiece preset`: what is in a preset's code, without a bot.

use super::arguments::{Preset, PresetAction};
use super::speak::print;
use crate::service::{Setting, preset_code};

pub(super) fn perform(arguments: &Preset) -> anyhow::Result<()> {
    let PresetAction::Decode { code, json } = &arguments.action;
    let settings = preset_code::decode(code)?;
    if *json {
        return print(&serde_json::to_string_pretty(&settings)?);
    }
    let line = |setting: Setting| Some(format!("{} = {}", setting.name(), setting.of(&settings)?));
    let lines: Vec<String> = Setting::ALL.into_iter().filter_map(line).collect();
    print(&lines.join("\n"))
}
