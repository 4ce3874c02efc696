//! Limits of action rows, buttons and select menus.

use std::collections::HashSet;

use serde_json::Value;

use super::super::ApiError;
use super::{check_url, count, each, number, required, text};

pub(super) const ROW: u64 = 1;
const BUTTON: u64 = 2;
const STRING_MENU: u64 = 3;
/// Types of user, role, mentionable and channel select menus.
const OTHER_MENUS: std::ops::RangeInclusive<u64> = 5..=8;
const LINK: u64 = 5;
const ROWS: usize = 5;
const BUTTONS: usize = 5;

/// Checks the components of a message.
pub(super) fn check_components(components: &Value) -> Result<(), ApiError> {
    count("components", components, 0..=ROWS)?;
    let mut ids = HashSet::new();
    for (index, row) in each(components) {
        let path = format!("components.{index}");
        if row["type"] != ROW {
            let problem = format!(
                "Value of field \"type\" must be one of (1,), not {}.",
                row["type"]
            );
            return Err(ApiError::form(&path, "UNION_TYPE_CHOICES", problem));
        }
        count(
            &format!("{path}.components"),
            &row["components"],
            1..=BUTTONS,
        )?;
        let alone = row["components"]
            .as_array()
            .is_some_and(|parts| parts.len() == 1);
        for (place, component) in each(&row["components"]) {
            let path = format!("{path}.components.{place}");
            check_component(&path, component, &mut ids)?;
            if component["type"] != BUTTON && !alone {
                let problem = "The specified component exceeds the maximum width";
                return Err(ApiError::form(
                    &path,
                    "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                    problem,
                ));
            }
        }
    }
    Ok(())
}

fn check_component(
    path: &str,
    component: &Value,
    ids: &mut HashSet<String>,
) -> Result<(), ApiError> {
    let linked = component["type"] == BUTTON && component["style"] == LINK;
    if !linked {
        check_custom_id(path, component, ids)?;
    }
    match component["type"].as_u64() {
        Some(BUTTON) => check_button(path, component, linked),
        Some(STRING_MENU) => check_menu(path, component, true),
        Some(kind) if OTHER_MENUS.contains(&kind) => check_menu(path, component, false),
        _ => {
            let problem = format!(
                "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8), not {}.",
                component["type"]
            );
            Err(ApiError::form(path, "UNION_TYPE_CHOICES", problem))
        }
    }
}

/// An error unless a component has a `custom_id` that is unique in the message.
pub(super) fn check_custom_id(
    path: &str,
    component: &Value,
    ids: &mut HashSet<String>,
) -> Result<(), ApiError> {
    let path = format!("{path}.custom_id");
    text(&path, &component["custom_id"], 1..=100)?;
    let id = component["custom_id"].as_str().unwrap_or_default();
    if ids.insert(id.to_owned()) {
        Ok(())
    } else {
        let problem = format!("Component custom id cannot be duplicated: {id}");
        Err(ApiError::form(
            &path,
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            problem,
        ))
    }
}

fn check_button(path: &str, button: &Value, linked: bool) -> Result<(), ApiError> {
    text(&format!("{path}.label"), &button["label"], 0..=80)?;
    if button["style"].is_null() {
        return Err(required(&format!("{path}.style")));
    }
    number(&format!("{path}.style"), &button["style"], 1..=5)?;
    if button["label"].as_str().is_none_or(str::is_empty) && button["emoji"].is_null() {
        return Err(required(&format!("{path}.label")));
    }
    check_emoji(path, button)?;
    if linked {
        if !button["custom_id"].is_null() {
            let problem = "A custom id and url cannot both be specified";
            return Err(ApiError::form(
                path,
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                problem,
            ));
        }
        if button["url"].is_null() {
            return Err(required(&format!("{path}.url")));
        }
        text(&format!("{path}.url"), &button["url"], 1..=512)?;
        return check_url(
            &format!("{path}.url"),
            button.get("url"),
            &["http", "https", "discord"],
        );
    }
    if button["url"].is_null() {
        Ok(())
    } else {
        let problem = "A custom id and url cannot both be specified";
        Err(ApiError::form(
            path,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            problem,
        ))
    }
}

/// An error if a unicode emoji is not one. Custom emojis have an id and are not checked.
fn check_emoji(path: &str, component: &Value) -> Result<(), ApiError> {
    let emoji = &component["emoji"];
    let name = emoji["name"].as_str().unwrap_or_default();
    let plain = emoji["id"].is_null();
    if emoji.is_null()
        || !plain
        || (!name.is_empty() && !name.contains(|c: char| c.is_ascii_alphabetic() || c == ':'))
    {
        Ok(())
    } else {
        Err(ApiError::form(
            &format!("{path}.emoji.name"),
            "BUTTON_COMPONENT_INVALID_EMOJI",
            "Invalid emoji",
        ))
    }
}

fn check_menu(path: &str, menu: &Value, of_strings: bool) -> Result<(), ApiError> {
    text(
        &format!("{path}.placeholder"),
        &menu["placeholder"],
        0..=150,
    )?;
    number(&format!("{path}.min_values"), &menu["min_values"], 0..=25)?;
    number(&format!("{path}.max_values"), &menu["max_values"], 1..=25)?;
    let (least, most) = (
        menu["min_values"].as_u64().unwrap_or(1),
        menu["max_values"].as_u64().unwrap_or(1),
    );
    if least > most {
        let problem = "min_values must not be greater than max_values.";
        return Err(ApiError::form(
            &format!("{path}.min_values"),
            "NUMBER_TYPE_MAX",
            problem,
        ));
    }
    if !of_strings {
        return Ok(());
    }
    count(&format!("{path}.options"), &menu["options"], 1..=25)?;
    let options = menu["options"].as_array().map_or(0, Vec::len) as u64;
    if menu["max_values"]
        .as_u64()
        .is_some_and(|most| most > options)
        || least > options
    {
        let problem = format!("Must be at most the number of options, {options}.");
        return Err(ApiError::form(
            &format!("{path}.max_values"),
            "NUMBER_TYPE_MAX",
            problem,
        ));
    }
    check_options(path, menu, most)
}

fn check_options(path: &str, menu: &Value, most: u64) -> Result<(), ApiError> {
    let (mut values, mut chosen) = (HashSet::new(), 0);
    for (index, option) in each(&menu["options"]) {
        let path = format!("{path}.options.{index}");
        text(&format!("{path}.label"), &option["label"], 1..=100)?;
        text(&format!("{path}.value"), &option["value"], 1..=100)?;
        text(
            &format!("{path}.description"),
            &option["description"],
            0..=100,
        )?;
        check_emoji(&path, option)?;
        if !values.insert(option["value"].as_str()) {
            let problem = "The specified option value is already used";
            return Err(ApiError::form(
                &format!("{path}.value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                problem,
            ));
        }
        chosen += u64::from(option["default"] == true);
    }
    if chosen > most {
        let problem = format!("Only {most} options may be chosen beforehand, not {chosen}.");
        return Err(ApiError::form(
            &format!("{path}.options"),
            "SELECT_COMPONENT_DEFAULT_VALUES_EXCEED_MAX",
            problem,
        ));
    }
    Ok(())
}
