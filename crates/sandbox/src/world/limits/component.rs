//! Limits of action rows, buttons and select menus.

use std::collections::HashSet;

use serde_json::Value;

use super::super::ApiError;
use super::{check_url, count, each, number, required, text};

pub(super) const ROW: u64 = 1;
const BUTTON: u64 = 2;
const STRING_MENU: u64 = 3;
/// Types of user, role, mentionable and channel select menus.
const ENTITY_MENUS: std::ops::RangeInclusive<u64> = 5..=8;
const LINK: u64 = 5;
const MAX_ROWS: usize = 5;
const MAX_BUTTONS: usize = 5;

/// Checks the components of a message.
pub(super) fn check_components(components: &Value) -> Result<(), ApiError> {
    count("components", components, 0..=MAX_ROWS)?;
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
            1..=MAX_BUTTONS,
        )?;
        let is_alone = row["components"]
            .as_array()
            .is_some_and(|parts| parts.len() == 1);
        for (place, component) in each(&row["components"]) {
            let path = format!("{path}.components.{place}");
            check_component(&path, component, &mut ids)?;
            if component["type"] != BUTTON && !is_alone {
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
    if !is_link(component) {
        check_custom_id(path, component, ids)?;
    }
    match component["type"].as_u64() {
        Some(BUTTON) => check_button(path, component),
        Some(STRING_MENU) => {
            check_menu(path, component)?;
            check_options(path, component)
        }
        Some(kind) if ENTITY_MENUS.contains(&kind) => check_menu(path, component),
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

fn is_link(component: &Value) -> bool {
    component["type"] == BUTTON && component["style"] == LINK
}

fn check_button(path: &str, button: &Value) -> Result<(), ApiError> {
    text(&format!("{path}.label"), &button["label"], 0..=80)?;
    if button["style"].is_null() {
        return Err(required(&format!("{path}.style")));
    }
    number(&format!("{path}.style"), &button["style"], 1..=5)?;
    if button["label"].as_str().is_none_or(str::is_empty) && button["emoji"].is_null() {
        return Err(required(&format!("{path}.label")));
    }
    check_emoji(path, button)?;
    let excluded = if is_link(button) { "custom_id" } else { "url" };
    if !button[excluded].is_null() {
        return Err(ApiError::form(
            path,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified",
        ));
    }
    if !is_link(button) {
        return Ok(());
    }
    let path = format!("{path}.url");
    if button["url"].is_null() {
        return Err(required(&path));
    }
    text(&path, &button["url"], 1..=512)?;
    check_url(&path, button.get("url"), &["http", "https", "discord"])
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

/// The numbers of values that a select menu accepts.
fn value_range(menu: &Value) -> (u64, u64) {
    let number = |key: &str| menu[key].as_u64().unwrap_or(1);
    (number("min_values"), number("max_values"))
}

/// Checks what all select menus have in common.
fn check_menu(path: &str, menu: &Value) -> Result<(), ApiError> {
    let placeholder = format!("{path}.placeholder");
    text(&placeholder, &menu["placeholder"], 0..=150)?;
    let min_path = format!("{path}.min_values");
    number(&min_path, &menu["min_values"], 0..=25)?;
    number(&format!("{path}.max_values"), &menu["max_values"], 1..=25)?;
    let (min, max) = value_range(menu);
    if min > max {
        let problem = "min_values must not be greater than max_values.";
        return Err(ApiError::form(&min_path, "NUMBER_TYPE_MAX", problem));
    }
    Ok(())
}

/// Checks the options of a string select menu.
fn check_options(path: &str, menu: &Value) -> Result<(), ApiError> {
    count(&format!("{path}.options"), &menu["options"], 1..=25)?;
    let options = menu["options"].as_array().map_or(0, Vec::len) as u64;
    let (min, max) = value_range(menu);
    let exceeds = menu["max_values"].as_u64().is_some_and(|max| max > options);
    if exceeds || min > options {
        let problem = format!("Must be at most the number of options, {options}.");
        let path = format!("{path}.max_values");
        return Err(ApiError::form(&path, "NUMBER_TYPE_MAX", problem));
    }
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
    if chosen > max {
        let problem = format!("At most {max} options may be defaults, not {chosen}.");
        return Err(ApiError::form(
            &format!("{path}.options"),
            "SELECT_COMPONENT_DEFAULT_VALUES_EXCEED_MAX",
            problem,
        ));
    }
    Ok(())
}
