//! The rules of a server and of its channels, as managers see and change them. Pure.

use serenity::all::ChannelType;
use serenity::builder::{
    CreateActionRow, CreateEmbed, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};
use serenity::model::id as discord_id;

use crate::discord::custom_id::{CustomId, GuildAction, GuildPanelId};
use crate::discord::view::controls::menu;
use crate::discord::view::limits::{OPTION_TEXT, SELECTED};
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::discord::view::settings::{back_row, those_set};
use crate::discord::view::text::{many, shortened};
use crate::service::{ChannelId, Quota, Rules, Scope};
use generation::Settings;
use generation::strategy::Strategy;

/// The answer to a control or a form that this version does not have.
pub(in crate::discord) const OUTDATED: &str =
    "this panel is from another version of the bot; open it again with /server settings";
/// Maximum length of the list of banned words, in UTF-16 code units.
const SHOWN: usize = 600;
/// Explains an empty selection for a channel.
const NONE: &str = "Choose none, and it is as on the server.";
/// The kinds of channels with messages.
const CHANNELS: [ChannelType; 5] = [
    ChannelType::Text,
    ChannelType::News,
    ChannelType::Voice,
    ChannelType::Stage,
    ChannelType::Forum,
];

/// A section of the rules: its value, label and description in the menu.
type Part = (&'static str, &'static str, &'static str);

/// The sections of a server.
const PARTS: [Part; 8] = [
    (
        "defaults",
        "Defaults of the server",
        "Strategy, temperature, length … for people who have set nothing",
    ),
    (
        "channel",
        "One channel",
        "Defaults and limits that hold in it instead",
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

/// The sections of a channel. The others exist for a whole server only.
const PARTS_OF_CHANNEL: [Part; 5] = [
    (
        "defaults",
        "Defaults of the channel",
        "Strategy, temperature, length … for people who have set nothing",
    ),
    ("roles", "Roles", "Who may have texts here"),
    ("strategies", "Strategies", "How texts may be written here"),
    ("limits", "Length and pace", "The longest text here, edits"),
    (
        "words",
        "Banned words",
        "Words that no text may have here, beside those of the server",
    ),
];

pub(super) fn id(action: GuildAction, channel: Option<ChannelId>) -> CustomId {
    CustomId::Guild(GuildPanelId { action, channel })
}

/// The scope of the default settings of a server or a channel.
pub(in crate::discord) fn scope(channel: Option<ChannelId>) -> Scope {
    channel.map_or(Scope::Server, Scope::Channel)
}

/// The overview of the rules of a server, or of one of its channels.
pub(in crate::discord) fn view(
    said: &str,
    channel: Option<ChannelId>,
    rules: &Rules,
    defaults: &Settings,
) -> Message {
    match channel {
        None => of_server(said, rules, defaults),
        Some(channel) => of_channel(said, channel, rules, defaults),
    }
}

fn of_channel(said: &str, channel: ChannelId, rules: &Rules, defaults: &Settings) -> Message {
    const AS_THE_SERVER: &str = "as on the server";
    let explained = format!("What holds in <#{channel}> and its threads instead.");
    let mut lines = vec![said.to_owned(), explained, roles_line(rules, AS_THE_SERVER)];
    lines.push(strategies_line(rules, AS_THE_SERVER));
    lines.push(length_line(rules, AS_THE_SERVER));
    lines.push(pace_line(rules, AS_THE_SERVER));
    lines.push(words_line(rules, "those of the server"));
    let view = settled(
        "One channel",
        lines,
        Some(channel),
        &PARTS_OF_CHANNEL,
        defaults,
    );
    view.with_row(back_row(None))
}

fn of_server(said: &str, rules: &Rules, defaults: &Settings) -> Message {
    let lines = vec![
        said.to_owned(),
        format!(
            "**Channels** {}",
            some(rules.channels.iter().map(|id| format!("<#{id}>")), "all")
        ),
        roles_line(rules, "everybody"),
        strategies_line(rules, "all"),
        length_line(rules, "as the bot allows"),
        pace_line(rules, "as fast as the bot does"),
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
        words_line(rules, "none"),
    ];
    settled("This server", lines, None, &PARTS, defaults)
}

/// An overview: one rule a line, and the menu of sections.
fn settled(
    title: &str,
    mut lines: Vec<String>,
    channel: Option<ChannelId>,
    parts: &[Part],
    defaults: &Settings,
) -> Message {
    lines.retain(|line| !line.is_empty());
    let embed = CreateEmbed::new()
        .title(title)
        .description(lines.join("\n"))
        .field("Defaults", shortened(&those_set(defaults), 1_000), false);
    let option = |(value, label, description): &Part| {
        CreateSelectMenuOption::new(*label, *value).description(*description)
    };
    let options = parts.iter().map(option).collect();
    Message::embed(embed).private().with_row(menu(
        &id(GuildAction::Open, channel),
        "Change …",
        options,
    ))
}

fn roles_line(rules: &Rules, otherwise: &str) -> String {
    let mentions = rules.roles.iter().map(|id| format!("<@&{id}>"));
    format!("**Roles** {}", some(mentions, otherwise))
}

fn strategies_line(rules: &Rules, otherwise: &str) -> String {
    let strategies = some(rules.strategies.iter().map(ToString::to_string), otherwise);
    format!("**Strategies** {strategies}")
}

fn length_line(rules: &Rules, otherwise: &str) -> String {
    let length = number(rules.length, "token", otherwise);
    format!("**Longest text** {length}")
}

fn pace_line(rules: &Rules, otherwise: &str) -> String {
    let pace = rules.pace.map(|s| format!("every {s} s at most"));
    format!("**Edits** {}", pace.as_deref().unwrap_or(otherwise))
}

fn words_line(rules: &Rules, otherwise: &str) -> String {
    let words = some(rules.banned.iter().cloned(), otherwise);
    format!("**Banned words** {}", escaped(&shortened(&words, SHOWN)))
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

/// The view of one section, with a menu.
fn choosing(
    title: &str,
    explained: &str,
    channel: Option<ChannelId>,
    select: CreateSelectMenu,
) -> Message {
    let embed = CreateEmbed::new().title(title).description(explained);
    Message::embed(embed)
        .private()
        .with_row(CreateActionRow::SelectMenu(select))
        .with_row(back_row(channel))
}

/// The section of allowed channels.
pub(in crate::discord) fn channels(rules: &Rules) -> Message {
    let chosen = ids(&rules.channels, discord_id::ChannelId::new);
    let kind = CreateSelectMenuKind::Channel {
        channel_types: Some(CHANNELS.to_vec()),
        default_channels: chosen,
    };
    let select = CreateSelectMenu::new(id(GuildAction::Channels, None).encode(), kind)
        .min_values(0)
        .max_values(SELECTED);
    choosing(
        "Channels",
        "Texts are written in these channels and their threads only. Choose none, and they are written everywhere.",
        None,
        select,
    )
}

/// The section that asks for a channel.
pub(in crate::discord) fn channel() -> Message {
    let kind = CreateSelectMenuKind::Channel {
        channel_types: Some(CHANNELS.to_vec()),
        default_channels: None,
    };
    choosing(
        "One channel",
        "Choose the channel.",
        None,
        CreateSelectMenu::new(id(GuildAction::Channel, None).encode(), kind),
    )
}

/// The section of allowed roles.
pub(in crate::discord) fn roles(channel: Option<ChannelId>, rules: &Rules) -> Message {
    let kind = CreateSelectMenuKind::Role {
        default_roles: ids(&rules.roles, discord_id::RoleId::new),
    };
    let select = CreateSelectMenu::new(id(GuildAction::Roles, channel).encode(), kind)
        .min_values(0)
        .max_values(SELECTED);
    let whom = "Texts are for people with one of these roles, and for managers.";
    let explained = match channel {
        None => format!("{whom} Choose none, and they are for everybody."),
        Some(channel) => format!("{} {whom} {}", within(channel), NONE),
    };
    choosing("Roles", &explained, channel, select)
}

/// The section of allowed strategies.
pub(in crate::discord) fn strategies(
    channel: Option<ChannelId>,
    rules: &Rules,
    strategies: impl Iterator<Item = &'static dyn Strategy>,
) -> Message {
    let option = |strategy: &'static dyn Strategy| {
        CreateSelectMenuOption::new(strategy.name(), strategy.name())
            .description(shortened(strategy.summary(), OPTION_TEXT))
            .default_selection(
                rules
                    .strategies
                    .iter()
                    .any(|name| **name == *strategy.name()),
            )
    };
    let options: Vec<_> = strategies.map(option).collect();
    let most = u8::try_from(options.len())
        .unwrap_or(SELECTED)
        .min(SELECTED);
    let kind = CreateSelectMenuKind::String { options };
    let select = CreateSelectMenu::new(id(GuildAction::Strategies, channel).encode(), kind)
        .min_values(0)
        .max_values(most);
    let how = "Texts are written in these ways only.";
    let explained = match channel {
        None => format!("{how} Choose none, and all may be used."),
        Some(channel) => format!("{} {how} {}", within(channel), NONE),
    };
    choosing("Strategies", &explained, channel, select)
}

fn within(channel: ChannelId) -> String {
    format!("In <#{channel}>:")
}

/// The ids without 0, on which serenity panics; `None` if none is left.
fn ids<Own: Copy + Into<u64>, T>(chosen: &[Own], id: impl Fn(u64) -> T) -> Option<Vec<T>> {
    let numbers = chosen.iter().map(|own| (*own).into());
    let ids: Vec<T> = numbers.filter(|number| *number > 0).map(id).collect();
    (!ids.is_empty()).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::RoleId;
    use generation::{StrategyName, strategy};

    #[test]
    fn however_much_is_settled_the_overview_fits() {
        let rules = Rules {
            channels: vec![ChannelId(u64::MAX); 25],
            roles: vec![RoleId(u64::MAX); 25],
            strategies: strategy::names()
                .into_iter()
                .map(StrategyName::from)
                .collect(),
            banned: vec!["*".repeat(40); 500],
            ..Rules::default()
        };
        let defaults = Settings {
            prompt: Some("*".repeat(2_000)),
            context: Some("*".repeat(600)),
            ..Settings::default()
        };
        for channel in [None, Some(ChannelId(u64::MAX))] {
            let body = view("Kept.", channel, &rules, &defaults).body();
            let embed = &body["embeds"][0];
            let length = |text: &serde_json::Value| text.as_str().unwrap().encode_utf16().count();
            assert!(length(&embed["description"]) <= 4_096);
            assert!(length(&embed["fields"][0]["value"]) <= 1_024);
        }
    }
}
