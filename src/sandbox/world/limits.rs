//! Discord's limits on what a bot sends. Its OpenAPI document leaves them out on purpose.

use std::collections::HashSet;

use serde_json::Value;

use super::ApiError;

const CONTENT: usize = 2000;
const EMBEDS: usize = 10;
const EMBED_TEXT: usize = 6000;
const ROWS: usize = 5;
const BUTTONS: usize = 5;
const FIELDS: usize = 25;

/// Text fields of an embed with their limits.
const EMBED_LIMITS: [(&str, usize); 4] = [
    ("/title", 256),
    ("/description", 4096),
    ("/footer/text", 2048),
    ("/author/name", 256),
];

/// Discord counts characters, of which an emoji outside the basic plane is two.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn at_most(path: &str, value: &Value, most: usize) -> Result<usize, ApiError> {
    let given = value.as_str().map_or(0, length);
    if given > most {
        Err(ApiError::form(
            path,
            format!("Must be {most} or fewer in length, not {given}."),
        ))
    } else {
        Ok(given)
    }
}

fn count(path: &str, value: &Value, most: usize) -> Result<(), ApiError> {
    let given = value.as_array().map_or(0, Vec::len);
    if given > most {
        Err(ApiError::form(
            path,
            format!("Must be {most} or fewer in length, not {given}."),
        ))
    } else {
        Ok(())
    }
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Checks a message's body; a new message must also have something to show.
pub(super) fn check_message(body: &Value, new: bool) -> Result<(), ApiError> {
    at_most("content", &body["content"], CONTENT)?;
    count("embeds", &body["embeds"], EMBEDS)?;
    let mut text = 0;
    for embed in each(&body["embeds"]) {
        text += check_embed(embed)?;
    }
    if text > EMBED_TEXT {
        return Err(ApiError::form(
            "embeds",
            format!("Embed size exceeds maximum size of {EMBED_TEXT}, it is {text}."),
        ));
    }
    check_components(&body["components"])?;
    let empty = |key: &str| body[key].as_array().is_none_or(Vec::is_empty);
    let blank = body["content"]
        .as_str()
        .is_none_or(|content| content.trim().is_empty());
    if new
        && blank
        && ["embeds", "components", "attachments"]
            .into_iter()
            .all(empty)
    {
        return Err(ApiError::new(400, 50_006, "Cannot send an empty message"));
    }
    Ok(())
}

/// The number of characters that count towards the limit of all embeds.
fn check_embed(embed: &Value) -> Result<usize, ApiError> {
    let mut text = 0;
    for (path, most) in EMBED_LIMITS {
        text += embed.pointer(path).map_or(Ok(0), |value| {
            at_most(&format!("embeds{path}"), value, most)
        })?;
    }
    count("embeds/fields", &embed["fields"], FIELDS)?;
    for field in each(&embed["fields"]) {
        let (name, value) = (
            at_most("embeds/fields/name", &field["name"], 256)?,
            at_most("embeds/fields/value", &field["value"], 1024)?,
        );
        if name == 0 || value == 0 {
            return Err(ApiError::form("embeds/fields", "This field is required"));
        }
        text += name + value;
    }
    Ok(text)
}

fn check_components(components: &Value) -> Result<(), ApiError> {
    count("components", components, ROWS)?;
    let mut ids = HashSet::new();
    for row in each(components) {
        count("components/components", &row["components"], BUTTONS)?;
        for component in each(&row["components"]) {
            at_most("custom_id", &component["custom_id"], 100)?;
            at_most("label", &component["label"], 80)?;
            at_most("placeholder", &component["placeholder"], 150)?;
            count("options", &component["options"], 25)?;
            if let Some(id) = component["custom_id"]
                .as_str()
                .filter(|id| !ids.insert(id.to_owned()))
            {
                return Err(ApiError::form(
                    "custom_id",
                    format!("Component custom id cannot be duplicated: {id}"),
                ));
            }
        }
    }
    Ok(())
}

/// Checks a bulk overwrite of commands.
pub(super) fn check_commands(commands: &[Value]) -> Result<(), ApiError> {
    let of_kind = |kind: u64| {
        commands
            .iter()
            .filter(move |command| command["type"].as_u64().unwrap_or(1) == kind)
    };
    for (kind, most) in [(1, 100), (2, 15), (3, 15)] {
        if of_kind(kind).count() > most {
            return Err(ApiError::new(
                400,
                30_032,
                format!("Maximum number of application commands reached ({most})"),
            ));
        }
        let names: HashSet<_> = of_kind(kind)
            .map(|command| command["name"].as_str().unwrap_or_default())
            .collect();
        if names.len() != of_kind(kind).count() {
            return Err(ApiError::form(
                "name",
                "Application command names must be unique",
            ));
        }
    }
    commands.iter().try_for_each(check_command)
}

fn check_command(command: &Value) -> Result<(), ApiError> {
    let slash = command["type"].as_u64().unwrap_or(1) == 1;
    let mut text = check_named(command, slash)?;
    for option in all_options(command) {
        text += check_named(option, true)?;
        for choice in each(&option["choices"]) {
            text += at_most("choices/name", &choice["name"], 100)?
                + at_most("choices/value", &choice["value"], 100)?;
        }
        count("choices", &option["choices"], 25)?;
        count("options", &option["options"], 25)?;
        let required: Vec<bool> = each(&option["options"])
            .map(|option| option["required"] == true)
            .collect();
        if !required.is_sorted_by(|a, b| a >= b) {
            return Err(ApiError::form(
                "options",
                "Required options must be placed before non-required options",
            ));
        }
    }
    count("options", &command["options"], 25)?;
    if text > 8000 {
        Err(ApiError::form(
            "name",
            format!("Command exceeds maximum size (8000), it is {text}"),
        ))
    } else {
        Ok(())
    }
}

/// All options of a command, those of subcommands too.
fn all_options(command: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = each(&command["options"]).collect();
    let mut next = 0;
    while let Some(option) = found.get(next).copied() {
        found.extend(each(&option["options"]));
        next += 1;
    }
    found
}

fn check_named(item: &Value, slash: bool) -> Result<usize, ApiError> {
    let name = item["name"].as_str().unwrap_or_default();
    let valid = name
        .chars()
        .all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-' || c == '_');
    if name.is_empty() || length(name) > 32 || (slash && !valid) {
        return Err(ApiError::form(
            "name",
            format!("Command name is invalid: {name:?}"),
        ));
    }
    let description = at_most("description", &item["description"], 100)?;
    if slash && description == 0 {
        return Err(ApiError::form("description", "This field is required"));
    }
    Ok(length(name) + description)
}
