//! The forms of a server's rules: numbers and banned words, for a server or a channel. Pure.

use std::fmt::Display;

use serenity::all::InputTextStyle;
use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};

use crate::discord::custom_id::{CustomId, GuildAction};
use crate::discord::view::guild::id;
use crate::discord::view::limits::TEXT_INPUT;
use crate::service::{ChannelId, Rules};

/// A number field of a form.
pub(in crate::discord) struct Field {
    /// The field's id in the form.
    pub(in crate::discord) id: &'static str,
    /// The field's label, at most 45 characters long.
    pub(in crate::discord) label: &'static str,
    /// The maximum; the minimum is 1.
    pub(in crate::discord) most: u32,
    /// The rule that the field changes.
    pub(in crate::discord) place: fn(&mut Rules) -> &mut Option<u32>,
}

/// The fields of the form for length and pace; fewer for a channel than for a server.
pub(in crate::discord) fn limits(channel: Option<ChannelId>) -> &'static [Field] {
    if channel.is_some() {
        &LIMITS[..OF_CHANNEL]
    } else {
        LIMITS
    }
}

/// The number of fields, from the first of [`LIMITS`], that a channel has, too.
const OF_CHANNEL: usize = 2;
const LIMITS: &[Field] = &[
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

/// The fields of the form for quotas.
pub(in crate::discord) const QUOTAS: &[Field] = &[
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

/// The form for length and pace.
pub(in crate::discord) fn limits_form(channel: Option<ChannelId>, rules: &Rules) -> CreateModal {
    let id = id(GuildAction::Limits, channel);
    numbers(&id, "Length and pace", channel, limits(channel), rules)
}

/// The form for quotas, which only a whole server has.
pub(in crate::discord) fn quotas_form(rules: &Rules) -> CreateModal {
    let id = id(GuildAction::Quotas, None);
    numbers(&id, "Quotas", None, QUOTAS, rules)
}

/// A form of number fields with the current values.
fn numbers(
    id: &CustomId,
    title: &str,
    channel: Option<ChannelId>,
    fields: &[Field],
    rules: &Rules,
) -> CreateModal {
    let mut rules = rules.clone();
    let mut asked = |field: &Field| {
        let now = *(field.place)(&mut rules);
        let input = input(InputTextStyle::Short, field.label, field.id, channel);
        row(input.max_length(10), now)
    };
    let rows = fields.iter().map(&mut asked).collect();
    CreateModal::new(id.encode(), title).components(rows)
}

/// The form for banned words.
pub(in crate::discord) fn words_form(channel: Option<ChannelId>, rules: &Rules) -> CreateModal {
    let now = (!rules.banned.is_empty()).then(|| rules.banned.join(", "));
    let input = input(
        InputTextStyle::Paragraph,
        "Separated by commas; word* bans all words so",
        "words",
        channel,
    );
    let row = row(input.max_length(TEXT_INPUT), now);
    let id = id(GuildAction::Words, channel);
    CreateModal::new(id.encode(), "Banned words").components(vec![row])
}

fn input(
    style: InputTextStyle,
    label: &str,
    id: &str,
    channel: Option<ChannelId>,
) -> CreateInputText {
    let empty = match channel {
        None => "Leave it empty if there is to be none.",
        Some(_) => "Leave it empty for what the server has.",
    };
    CreateInputText::new(style, label, id)
        .placeholder(empty)
        .required(false)
}

/// The row of a field with its current value.
fn row(input: CreateInputText, now: Option<impl Display>) -> CreateActionRow {
    CreateActionRow::InputText(match now {
        Some(now) => input.value(now.to_string()),
        None => input,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_fit_discords_limits() {
        let forms = [
            (limits_form(None, &Rules::default()), LIMITS),
            (quotas_form(&Rules::default()), QUOTAS),
        ];
        for (form, fields) in forms {
            let body = serde_json::to_value(form).unwrap();
            assert!((1..=5).contains(&body["components"].as_array().unwrap().len()));
            assert!(fields.iter().all(|field| field.label.chars().count() <= 45));
        }
        let body =
            serde_json::to_value(words_form(Some(ChannelId(u64::MAX)), &Rules::default())).unwrap();
        assert!(
            body["components"][0]["components"][0]["label"]
                .as_str()
                .unwrap()
                .chars()
                .count()
                <= 45
        );
    }
}
