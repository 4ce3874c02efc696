//! The settings panel: every value with its origin, and controls to change it. Pure.

use serenity::all::{ButtonStyle, InputTextStyle};
use serenity::builder::{
    CreateActionRow, CreateEmbed, CreateInputText, CreateModal, CreateSelectMenuOption,
};

use crate::discord::custom_id::{
    CustomId, GuildAction, GuildPanelId, PresetAction, SettingsAction, SettingsId,
};
use crate::discord::view::controls::{button, menu};
use crate::discord::view::limits::{OPTION_TEXT, TEXT_INPUT};
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::discord::view::text::shortened;
use crate::service::{ChannelId, ResolvedSettings, Scope, SettingOrigin};
use generation::strategy::Strategy;
use generation::{Setting, SettingKind, Settings};

/// The value of the reset menu that stands for all settings.
pub(in crate::discord) const ALL: &str = "all";
/// The id of the form's field.
pub(in crate::discord) const FIELD: &str = "value";
/// The temperatures with a button of their own.
const TEMPERATURES: [&str; 4] = ["0.3", "0.7", "1", "1.4"];
/// Maximum length of all texts in the list together, in UTF-16 code units: less than half of what a description has room for, since
/// escaping doubles some of them.
const SHOWN: usize = 1_700;

/// The answer to a control that this version does not have.
pub(in crate::discord) const OUTDATED: &str =
    "this panel is from another version of the bot; open it again";
/// The answer to a form that this version does not have.
pub(in crate::discord) const OUTDATED_FORM: &str =
    "this form is from another version of the bot; open it again";

/// The content of a panel.
pub(in crate::discord) struct Panel<'a> {
    /// A sentence above the values, such as "Kept."
    pub(in crate::discord) said: &'a str,
    pub(in crate::discord) scope: Scope,
    /// The available strategies.
    pub(in crate::discord) strategies: Vec<&'static dyn Strategy>,
    /// The resolved settings.
    pub(in crate::discord) effective: &'a ResolvedSettings,
    /// The settings of the scope itself.
    pub(in crate::discord) own: &'a Settings,
}

impl Panel<'_> {
    /// The panel as an ephemeral message.
    pub(in crate::discord) fn message(&self) -> Message {
        let title = match self.scope {
            Scope::User => "Your settings",
            Scope::Server => "Defaults of this server",
            Scope::Channel(_) => "Defaults of a channel",
        };
        let mut lines = vec![self.said.to_owned()];
        if let Scope::Channel(channel) = self.scope {
            lines.push(format!(
                "What people get in <#{channel}> who have set nothing themselves."
            ));
        } else if self.scope == Scope::Server {
            lines.push("What people get here who have set nothing themselves.".to_owned());
        }
        lines.retain(|line| !line.is_empty());
        lines.push(list(self.effective));
        let embed = CreateEmbed::new()
            .title(title)
            .description(lines.join("\n"));
        let message = Message::embed(embed)
            .private()
            .with_row(self.changes())
            .with_row(self.strategies())
            .with_row(self.temperatures());
        let message = match self.sets_back() {
            Some(row) => message.with_row(row),
            None => message,
        };
        if self.scope == Scope::User {
            message
        } else {
            message.with_row(back_row(self.scope.channel()))
        }
    }

    fn id(&self, action: SettingsAction) -> CustomId {
        let scope = self.scope;
        CustomId::Settings(SettingsId { scope, action })
    }

    /// The menu of settings that are changed in a form.
    fn changes(&self) -> CreateActionRow {
        let option = |&setting: &Setting| {
            let value = self.effective.value(setting);
            let value = value.unwrap_or_else(|| absent(setting).to_owned());
            CreateSelectMenuOption::new(format!("Change {}", setting.name()), setting.name())
                .description(shortened(&value, OPTION_TEXT))
        };
        let mut typed = Setting::ALL.to_vec();
        typed.retain(|setting| *setting != Setting::Strategy);
        menu(
            &self.id(SettingsAction::Change),
            "Change a value …",
            typed.iter().map(option).collect(),
        )
    }

    fn strategies(&self) -> CreateActionRow {
        let now = self.effective.value(Setting::Strategy).unwrap_or_default();
        let option = |strategy: &&'static dyn Strategy| {
            CreateSelectMenuOption::new(strategy.name(), strategy.name())
                .description(shortened(strategy.summary(), OPTION_TEXT))
                .default_selection(strategy.name() == now)
        };
        let options = self.strategies.iter().map(option).collect();
        menu(
            &self.id(SettingsAction::Edit(Setting::Strategy)),
            "Choose a strategy …",
            options,
        )
    }

    fn temperatures(&self) -> CreateActionRow {
        let own = Setting::Temperature.of(self.own);
        let sets = |temperature: &str| {
            let style = if own.as_deref() == Some(temperature) {
                ButtonStyle::Primary
            } else {
                ButtonStyle::Secondary
            };
            let id = self.id(SettingsAction::Temperature(temperature.to_owned()));
            button(&id, &format!("Temperature {temperature}")).style(style)
        };
        CreateActionRow::Buttons(TEMPERATURES.into_iter().map(sets).collect())
    }

    fn sets_back(&self) -> Option<CreateActionRow> {
        let option = |(setting, _): (Setting, String)| {
            CreateSelectMenuOption::new(format!("Set back {}", setting.name()), setting.name())
        };
        let mut options: Vec<_> = self.own.values().map(option).collect();
        if options.is_empty() {
            return None;
        }
        options.push(CreateSelectMenuOption::new("Set back everything", ALL));
        Some(menu(&self.id(SettingsAction::Reset), "Set back …", options))
    }
}

/// The row that goes back to the rules of a server, or of one of its channels.
pub(in crate::discord) fn back_row(channel: Option<ChannelId>) -> CreateActionRow {
    let action = GuildAction::Overview;
    let back = CustomId::Guild(GuildPanelId { action, channel });
    CreateActionRow::Buttons(vec![button(&back, "Back")])
}

/// The row under a shared preset.
pub(in crate::discord) fn preset_row() -> CreateActionRow {
    let id = CustomId::Preset(PresetAction::Use);
    CreateActionRow::Buttons(vec![button(&id, "Use this preset")])
}

/// A value as the list shows it: shortened so that the list fits, whatever the texts are.
fn shown(value: &str) -> String {
    let is_text = |setting: &&Setting| matches!(setting.spec().kind, SettingKind::Text(_));
    let texts = Setting::ALL.iter().filter(is_text).count();
    escaped(&shortened(value, SHOWN / texts))
}

/// Every setting with its value and its origin.
pub(in crate::discord) fn list(effective: &ResolvedSettings) -> String {
    let line = |&setting: &Setting| {
        let value = effective.value(setting);
        let value = value.map(|value| shown(&value));
        match (value, effective.origin(setting)) {
            (Some(value), Some(origin)) => {
                format!("**{}** {value} · {}", setting.name(), whose(origin))
            }
            _ => format!("**{}** {}", setting.name(), absent(setting)),
        }
    };
    let lines: Vec<String> = Setting::ALL.iter().map(line).collect();
    lines.join("\n")
}

/// Only the settings that are set, one a line.
pub(in crate::discord) fn those_set(settings: &Settings) -> String {
    let line =
        |(setting, value): (Setting, String)| format!("**{}** {}", setting.name(), shown(&value));
    let lines: Vec<String> = settings.values().map(line).collect();
    if lines.is_empty() {
        "nothing".to_owned()
    } else {
        lines.join("\n")
    }
}

fn whose(origin: SettingOrigin) -> &'static str {
    match origin {
        SettingOrigin::Call => "this call's",
        SettingOrigin::User => "yours",
        SettingOrigin::Channel => "the channel's",
        SettingOrigin::Server => "the server's",
        SettingOrigin::Configuration => "default",
        SettingOrigin::Strategy => "the strategy's",
    }
}

fn absent(setting: Setting) -> &'static str {
    if setting == Setting::Seed {
        "a new one each time"
    } else {
        "none"
    }
}

/// The form for one setting, with its current value.
pub(in crate::discord) fn form(scope: Scope, setting: Setting, own: &Settings) -> CreateModal {
    let style = match setting {
        Setting::Prompt | Setting::Context => InputTextStyle::Paragraph,
        _ => InputTextStyle::Short,
    };
    let mut input = CreateInputText::new(style, setting.spec().form_label, FIELD)
        .placeholder("Leave it empty to set it back.")
        .required(false)
        .max_length(TEXT_INPUT);
    if let Some(value) = setting.of(own) {
        input = input.value(value);
    }
    let action = SettingsAction::Edit(setting);
    let id = CustomId::Settings(SettingsId { scope, action });
    CreateModal::new(id.encode(), format!("Change {}", setting.name()))
        .components(vec![CreateActionRow::InputText(input)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::strategy;
    use generation::testing::full_settings;
    use serde_json::Value;

    fn long() -> Settings {
        let full = full_settings();
        let texts = full.values().map(|(setting, value)| {
            let is_text = matches!(setting.spec().kind, SettingKind::Text(_));
            (setting, if is_text { "*".repeat(1_990) } else { value })
        });
        texts.fold(Settings::default(), |settings, (setting, value)| {
            setting.set(&settings, &value).unwrap()
        })
    }

    #[test]
    fn however_long_the_settings_are_the_panel_fits() {
        for scope in [
            Scope::User,
            Scope::Server,
            Scope::Channel(ChannelId(u64::MAX)),
        ] {
            let (effective, own) = (ResolvedSettings::of(SettingOrigin::User, long()), long());
            let panel = Panel {
                said: "Kept.",
                scope,
                strategies: strategy::ALL.to_vec(),
                effective: &effective,
                own: &own,
            };
            let body = panel.message().body();
            let description = body["embeds"][0]["description"].as_str().unwrap();
            assert!(description.encode_utf16().count() <= 4096);
            let rows = body["components"].as_array().unwrap();
            assert!(rows.len() <= 5);
            for component in rows
                .iter()
                .flat_map(|row| row["components"].as_array().unwrap())
            {
                assert!(component["custom_id"].as_str().unwrap().len() <= 100);
                for option in component["options"].as_array().into_iter().flatten() {
                    let length =
                        |text: &Value| text.as_str().map_or(0, |text| text.encode_utf16().count());
                    assert!(
                        length(&option["description"]) <= 100 && length(&option["label"]) <= 100
                    );
                }
            }
        }
    }

    #[test]
    fn every_form_fits_and_has_the_value_in_it() {
        for &setting in Setting::ALL {
            let own = long();
            let body = serde_json::to_value(form(Scope::User, setting, &own)).unwrap();
            let input = &body["components"][0]["components"][0];
            assert!(
                input["label"].as_str().unwrap().chars().count() <= 45,
                "{setting:?}"
            );
            assert_eq!(input["value"].as_str().map(str::to_owned), setting.of(&own));
        }
    }
}
