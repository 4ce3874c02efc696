//! What a server has settled, as its managers see and change it. Pure.

use std::fmt::Display;

use serenity::all::{ChannelType, InputTextStyle};
use serenity::builder::{
    CreateActionRow, CreateEmbed, CreateInputText, CreateModal, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption,
};
use serenity::model::id::{ChannelId, RoleId};

use super::markdown::escaped;
use super::message::Message;
use super::panel::{back_row, menu, shortened, those_set};
use super::render::many;
use crate::generation::Settings;
use crate::generation::strategy::Strategy;
use crate::session::{Quota, Rules};

/// The component and the forms that work it.
pub(super) const NAME: &str = "server";
/// Discord lets so many channels or roles be chosen at once.
const CHOSEN: u8 = 25;
/// More banned words are not shown in the list.
const SHOWN: usize = 600;
/// Where people write.
const CHANNELS: [ChannelType; 5] = [
    ChannelType::Text,
    ChannelType::News,
    ChannelType::Voice,
    ChannelType::Stage,
    ChannelType::Forum,
];

/// What can be opened, with what the menu says and adds.
const PARTS: [(&str, &str, &str); 8] = [
    (
        "defaults",
        "Defaults of the server",
        "Strategy, temperature, length … for people who have set nothing",
    ),
    (
        "channel",
        "Defaults of a channel",
        "The same for one channel",
    ),
    ("channels", "Channels", "Where texts are written"),
    ("roles", "Roles", "Who may have texts"),
    ("strategies", "Strategies", "How texts may be written"),
    (
        "limits",
        "Length and pace",
        "The longest text, edits, texts at once",
    ),
    (
        "quotas",
        "Quotas",
        "How many texts in an hour and a day, and the time between two",
    ),
    ("words", "Banned words", "Words that no text may have"),
];

/// A number that a form asks for.
pub(super) struct Field {
    /// Its name in the form.
    pub(super) id: &'static str,
    /// What it is, in at most 45 characters.
    pub(super) label: &'static str,
    /// The largest that is possible.
    pub(super) most: u32,
    /// Where it is kept.
    pub(super) place: fn(&mut Rules) -> &mut Option<u32>,
}

/// The numbers of the form `limits`.
pub(super) const LIMITS: &[Field] = &[
    Field {
        id: "length",
        label: "The longest text, in new tokens",
        most: 400,
        place: |rules| &mut rules.length,
    },
    Field {
        id: "pace",
        label: "Seconds between two edits of a reply",
        most: 60,
        place: |rules| &mut rules.pace,
    },
    Field {
        id: "running",
        label: "Texts of one person at the same time",
        most: 100,
        place: |rules| &mut rules.running,
    },
];

/// The numbers of the form `quotas`.
pub(super) const QUOTAS: &[Field] = &[
    Field {
        id: "cooldown",
        label: "Seconds between two texts of one person",
        most: 86_400,
        place: |rules| &mut rules.cooldown,
    },
    Field {
        id: "person_hour",
        label: "Texts of one person in an hour",
        most: 100_000,
        place: |rules| &mut rules.person.hourly,
    },
    Field {
        id: "person_day",
        label: "Texts of one person in a day",
        most: 100_000,
        place: |rules| &mut rules.person.daily,
    },
    Field {
        id: "server_hour",
        label: "Texts of all together in an hour",
        most: 100_000,
        place: |rules| &mut rules.server.hourly,
    },
    Field {
        id: "server_day",
        label: "Texts of all together in a day",
        most: 100_000,
        place: |rules| &mut rules.server.daily,
    },
];

/// All that a server has settled.
pub(super) fn overview(said: &str, rules: &Rules, defaults: &Settings) -> Message {
    let lines = [
        said.to_owned(),
        format!(
            "**Channels** {}",
            some(rules.channels.iter().map(|id| format!("<#{id}>")), "all")
        ),
        format!(
            "**Roles** {}",
            some(
                rules.roles.iter().map(|id| format!("<@&{id}>")),
                "everybody"
            )
        ),
        format!(
            "**Strategies** {}",
            some(rules.strategies.iter().cloned(), "all")
        ),
        format!(
            "**Longest text** {}",
            number(rules.length, "token", "as the bot allows")
        ),
        format!(
            "**Edits** {}",
            rules.pace.map_or_else(
                || "as fast as the bot does".to_owned(),
                |s| format!("every {s} s at most")
            )
        ),
        format!(
            "**Of one person at the same time** {}",
            number(rules.running, "text", "as many as the bot allows")
        ),
        format!(
            "**Between two texts of one person** {}",
            number(rules.cooldown, "second", "no pause")
        ),
        format!("**One person** {}", quota(rules.person)),
        format!("**All together** {}", quota(rules.server)),
        format!(
            "**Banned words** {}",
            escaped(&shortened(
                &some(rules.banned.iter().cloned(), "none"),
                SHOWN
            ))
        ),
    ];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let embed = CreateEmbed::new()
        .title("This server")
        .description(lines.join("\n"))
        .field("Defaults", shortened(&those_set(defaults), 1_000), false);
    let option = |(value, label, description): (&str, &str, &str)| {
        CreateSelectMenuOption::new(label, value).description(description)
    };
    let options = PARTS.into_iter().map(option).collect();
    Message::embed(embed)
        .private()
        .with_row(menu("server:open", "Change …", options))
}

fn some(things: impl Iterator<Item = String>, otherwise: &str) -> String {
    let things: Vec<String> = things.collect();
    if things.is_empty() {
        otherwise.to_owned()
    } else {
        things.join(", ")
    }
}

fn number(number: Option<u32>, unit: &str, otherwise: &str) -> String {
    number.map_or_else(|| otherwise.to_owned(), |number| many(number, unit))
}

fn quota(quota: Quota) -> String {
    let part = |most: Option<u32>, time: &str| {
        most.map(|most| format!("{} in {time}", many(most, "text")))
    };
    let parts = [part(quota.hourly, "an hour"), part(quota.daily, "a day")];
    some(parts.into_iter().flatten(), "as many texts as they like")
}

/// A view of its own in which something is chosen.
fn choosing(title: &str, explained: &str, select: CreateSelectMenu) -> Message {
    let embed = CreateEmbed::new().title(title).description(explained);
    Message::embed(embed)
        .private()
        .with_row(CreateActionRow::SelectMenu(select))
        .with_row(back_row())
}

/// Where texts are written.
pub(super) fn channels(rules: &Rules) -> Message {
    let chosen = ids(&rules.channels, ChannelId::new);
    let kind = CreateSelectMenuKind::Channel {
        channel_types: Some(CHANNELS.to_vec()),
        default_channels: chosen,
    };
    let select = CreateSelectMenu::new("server:channels", kind)
        .min_values(0)
        .max_values(CHOSEN);
    choosing(
        "Channels",
        "Texts are written in these channels and their threads only. Choose none, and they are written everywhere.",
        select,
    )
}

/// Whose defaults are to be changed.
pub(super) fn channel() -> Message {
    let kind = CreateSelectMenuKind::Channel {
        channel_types: Some(CHANNELS.to_vec()),
        default_channels: None,
    };
    choosing(
        "Defaults of a channel",
        "Choose the channel.",
        CreateSelectMenu::new("server:channel", kind),
    )
}

/// Who may have texts.
pub(super) fn roles(rules: &Rules) -> Message {
    let kind = CreateSelectMenuKind::Role {
        default_roles: ids(&rules.roles, RoleId::new),
    };
    let select = CreateSelectMenu::new("server:roles", kind)
        .min_values(0)
        .max_values(CHOSEN);
    choosing(
        "Roles",
        "Texts are for people with one of these roles, and for managers. Choose none, and they are for everybody.",
        select,
    )
}

/// How texts may be written.
pub(super) fn strategies(
    rules: &Rules,
    strategies: impl Iterator<Item = &'static dyn Strategy>,
) -> Message {
    let option = |strategy: &'static dyn Strategy| {
        CreateSelectMenuOption::new(strategy.name(), strategy.name())
            .description(shortened(strategy.summary(), 100))
            .default_selection(rules.strategies.iter().any(|name| name == strategy.name()))
    };
    let options: Vec<_> = strategies.map(option).collect();
    let most = u8::try_from(options.len()).unwrap_or(CHOSEN).min(CHOSEN);
    let kind = CreateSelectMenuKind::String { options };
    let select = CreateSelectMenu::new("server:strategies", kind)
        .min_values(0)
        .max_values(most);
    choosing(
        "Strategies",
        "Texts are written in these ways only. Choose none, and all may be used.",
        select,
    )
}

/// Numbers that Discord takes; it has no 0.
fn ids<T>(numbers: &[u64], id: impl Fn(u64) -> T) -> Option<Vec<T>> {
    let ids: Vec<T> = numbers
        .iter()
        .filter(|number| **number > 0)
        .map(|number| id(*number))
        .collect();
    (!ids.is_empty()).then_some(ids)
}

/// The form for several numbers, with those of now filled in.
pub(super) fn numbers(name: &str, title: &str, fields: &[Field], rules: &Rules) -> CreateModal {
    let mut rules = rules.clone();
    let mut row = |field: &Field| {
        let now = *(field.place)(&mut rules);
        input(InputTextStyle::Short, field.label, field.id, now, 10)
    };
    let rows = fields.iter().map(&mut row).collect();
    CreateModal::new(format!("{NAME}:{name}"), title).components(rows)
}

/// The form for banned words.
pub(super) fn words(rules: &Rules) -> CreateModal {
    let now = (!rules.banned.is_empty()).then(|| rules.banned.join(", "));
    let row = input(
        InputTextStyle::Paragraph,
        "Separated by commas; word* bans all words so",
        "words",
        now,
        4_000,
    );
    CreateModal::new(format!("{NAME}:words"), "Banned words").components(vec![row])
}

fn input(
    style: InputTextStyle,
    label: &str,
    id: &str,
    now: Option<impl Display>,
    most: u16,
) -> CreateActionRow {
    let mut input = CreateInputText::new(style, label, id)
        .placeholder("Leave it empty for no limit.")
        .required(false)
        .max_length(most);
    if let Some(now) = now {
        input = input.value(now.to_string());
    }
    CreateActionRow::InputText(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::strategy;

    #[test]
    fn forms_fit_discords_limits() {
        for (name, fields) in [("limits", LIMITS), ("quotas", QUOTAS)] {
            let body = serde_json::to_value(numbers(name, "x", fields, &Rules::default())).unwrap();
            assert!((1..=5).contains(&body["components"].as_array().unwrap().len()));
            assert!(fields.iter().all(|field| field.label.chars().count() <= 45));
        }
        let body = serde_json::to_value(words(&Rules::default())).unwrap();
        assert!(
            body["components"][0]["components"][0]["label"]
                .as_str()
                .unwrap()
                .chars()
                .count()
                <= 45
        );
    }

    #[test]
    fn however_much_is_settled_the_overview_fits() {
        let rules = Rules {
            channels: vec![u64::MAX; 25],
            roles: vec![u64::MAX; 25],
            strategies: strategy::names().into_iter().map(str::to_owned).collect(),
            banned: vec!["*".repeat(40); 500],
            ..Rules::default()
        };
        let defaults = Settings {
            prompt: Some("*".repeat(2_000)),
            context: Some("*".repeat(600)),
            ..Settings::default()
        };
        let body = overview("Kept.", &rules, &defaults).body();
        let embed = &body["embeds"][0];
        assert!(
            embed["description"]
                .as_str()
                .unwrap()
                .encode_utf16()
                .count()
                <= 4_096
        );
        assert!(
            embed["fields"][0]["value"]
                .as_str()
                .unwrap()
                .encode_utf16()
                .count()
                <= 1_024
        );
    }
}
