//! Limits of application commands and autocomplete choices.

use std::collections::HashSet;

use serde_json::Value;

use super::super::{ApiError, locale};
use super::{count, each, length, number, required, text};

const SLASH: u64 = 1;
const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
const STRING: u64 = 3;
const INTEGER: u64 = 4;
const NUMBER: u64 = 10;
/// Maximum number of characters of a command: names, descriptions and values of the command and its options together.
const MAX_COMMAND_LENGTH: usize = 8000;

fn kind_of(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(SLASH)
}

/// Checks a bulk overwrite of commands.
pub(in super::super) fn check_commands(commands: &[Value]) -> Result<(), ApiError> {
    for (kind, max) in [(1, 100), (2, 15), (3, 15)] {
        let of_kind: Vec<_> = commands
            .iter()
            .filter(|command| kind_of(command) == kind)
            .collect();
        if of_kind.len() > max {
            let message = format!("Maximum number of application commands reached ({max}).");
            return Err(ApiError::new(400, 30_032, message));
        }
        let names: HashSet<_> = of_kind
            .iter()
            .map(|command| command["name"].as_str())
            .collect();
        if names.len() != of_kind.len() {
            let problem = "Application command names must be unique";
            return Err(ApiError::form(
                "",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                problem,
            ));
        }
    }
    commands
        .iter()
        .enumerate()
        .try_for_each(|(index, command)| check_command(&index.to_string(), command))
}

fn check_command(path: &str, command: &Value) -> Result<(), ApiError> {
    number(&format!("{path}.type"), &command["type"], 1..=3)?;
    let permissions = &command["default_member_permissions"];
    if !permissions.is_null()
        && permissions
            .as_str()
            .is_none_or(|bits| bits.parse::<u64>().is_err())
    {
        let problem = "Permissions must be a bit set as a string, or null.";
        return Err(ApiError::form(
            &format!("{path}.default_member_permissions"),
            "BASE_TYPE_CHOICES",
            problem,
        ));
    }
    for (key, max) in [("integration_types", 1), ("contexts", 2)] {
        for (index, value) in each(&command[key]) {
            number(&format!("{path}.{key}.{index}"), value, 0..=max)?;
        }
    }
    let total = if kind_of(command) == SLASH {
        check_name_and_description(path, command)? + check_options(path, command, 0)?
    } else {
        check_menu_command(path, command)?
    };
    if total > MAX_COMMAND_LENGTH {
        let problem =
            format!("Command exceeds maximum size ({MAX_COMMAND_LENGTH}), with {total} characters");
        return Err(ApiError::form(
            path,
            "APPLICATION_COMMAND_TOO_LARGE",
            problem,
        ));
    }
    Ok(())
}

/// Checks a context menu command: a name with spaces and capitals, without description and options. Returns the length
/// that counts towards the total.
fn check_menu_command(path: &str, command: &Value) -> Result<usize, ApiError> {
    if command["description"]
        .as_str()
        .is_some_and(|text| !text.is_empty())
    {
        let problem = "Context menu commands cannot have description";
        return Err(ApiError::form(
            &format!("{path}.description"),
            "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION",
            problem,
        ));
    }
    if command["options"]
        .as_array()
        .is_some_and(|options| !options.is_empty())
    {
        let problem = "Context menu commands cannot have options";
        return Err(ApiError::form(
            &format!("{path}.options"),
            "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS",
            problem,
        ));
    }
    max_length(&format!("{path}.name"), command, "name", 1..=32)
}

/// Checks a text and its localizations against a range of lengths. Returns the greatest length, which counts towards
/// the total.
fn max_length(
    path: &str,
    item: &Value,
    key: &str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, ApiError> {
    let mut max = text(path, &item[key], range.clone())?;
    for (name, translation) in locale::texts(&item[format!("{key}_localizations")]) {
        let path = format!("{path}_localizations.{name}");
        locale::check(&path, name)?;
        max = max.max(text(&path, translation, range.clone())?);
    }
    Ok(max)
}

/// Checks name and description of a slash command or an option. Returns the length that counts towards the total.
fn check_name_and_description(path: &str, item: &Value) -> Result<usize, ApiError> {
    let name_path = format!("{path}.name");
    let total = max_length(&name_path, item, "name", 1..=32)?;
    let translations = locale::texts(&item["name_localizations"]).map(|(_, name)| name);
    for name in std::iter::once(&item["name"]).chain(translations) {
        let name = name.as_str().unwrap_or_default();
        let is_valid = |c: char| {
            (c.is_alphanumeric() && !c.is_uppercase())
                || "-_'".contains(c)
                || is_vowel_sign_block(c)
        };
        if !name.chars().all(is_valid) {
            let problem = format!("Command name is invalid: {name:?}");
            return Err(ApiError::form(
                &name_path,
                "APPLICATION_COMMAND_INVALID_NAME",
                problem,
            ));
        }
    }
    Ok(total + max_length(&format!("{path}.description"), item, "description", 1..=100)?)
}

/// Whether a character is in the Devanagari or Thai block, whose vowel signs are not alphanumeric but valid in names.
fn is_vowel_sign_block(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}')
}

/// Checks the options of a command, group or subcommand. Returns the length that counts towards the total.
fn check_options(path: &str, parent: &Value, depth: u64) -> Result<usize, ApiError> {
    count(&format!("{path}.options"), &parent["options"], 0..=25)?;
    let (mut total, mut names, mut optional) = (0, HashSet::new(), false);
    for (index, option) in each(&parent["options"]) {
        let path = format!("{path}.options.{index}");
        if !names.insert(option["name"].as_str()) {
            let problem = "Option name already exists in these options";
            return Err(ApiError::form(
                &path,
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                problem,
            ));
        }
        let is_required = option["required"] == true;
        if is_required && optional {
            let problem = "Required options must be placed before non-required options";
            return Err(ApiError::form(
                &path,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                problem,
            ));
        }
        optional |= !is_required;
        total += check_name_and_description(&path, option)? + check_option(&path, option, depth)?;
    }
    let nested = |option: &Value| matches!(option["type"].as_u64(), Some(SUBCOMMAND | GROUP));
    let kinds: HashSet<bool> = each(&parent["options"])
        .map(|(_, option)| nested(option))
        .collect();
    if kinds.len() > 1 {
        let problem = "Sub-command and sub-command group option types are mutually exclusive to all other types";
        return Err(ApiError::form(
            &format!("{path}.options"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            problem,
        ));
    }
    Ok(total)
}

fn check_option(path: &str, option: &Value, depth: u64) -> Result<usize, ApiError> {
    let kind = option["type"]
        .as_u64()
        .ok_or_else(|| required(&format!("{path}.type")))?;
    number(&format!("{path}.type"), &option["type"], 1..=11)?;
    let too_deep = (kind == GROUP && depth > 0) || (kind == SUBCOMMAND && depth > 1);
    if too_deep {
        let problem = "Groups may contain subcommands only, and subcommands neither";
        return Err(ApiError::form(
            &format!("{path}.type"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            problem,
        ));
    }
    if kind == SUBCOMMAND || kind == GROUP {
        return check_options(path, option, if kind == GROUP { 1 } else { 2 });
    }
    let choices = option["choices"]
        .as_array()
        .is_some_and(|choices| !choices.is_empty());
    if option["autocomplete"] == true && (choices || ![STRING, INTEGER, NUMBER].contains(&kind)) {
        let problem =
            "Autocomplete requires an option of type string, integer or number without choices";
        return Err(ApiError::form(
            &format!("{path}.autocomplete"),
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            problem,
        ));
    }
    number(
        &format!("{path}.min_length"),
        &option["min_length"],
        0..=6000,
    )?;
    number(
        &format!("{path}.max_length"),
        &option["max_length"],
        1..=6000,
    )?;
    check_choice_list(&format!("{path}.choices"), &option["choices"], kind)
}

fn check_choice_list(path: &str, choices: &Value, kind: u64) -> Result<usize, ApiError> {
    count(path, choices, 0..=25)?;
    let (mut total, mut names) = (0, HashSet::new());
    for (index, choice) in each(choices) {
        let path = format!("{path}.{index}");
        total += max_length(&format!("{path}.name"), choice, "name", 1..=100)?;
        if !names.insert(choice["name"].as_str()) {
            let problem = "Option choice names must be unique";
            return Err(ApiError::form(
                &path,
                "APPLICATION_COMMAND_OPTION_CHOICES_NAME_DUPLICATE",
                problem,
            ));
        }
        let value = &choice["value"];
        let is_valid = match kind {
            STRING => value.is_string(),
            INTEGER => value.is_i64() || value.is_u64(),
            _ => value.is_number(),
        };
        if !is_valid {
            let problem = format!("The value {value} does not have the type of the option");
            return Err(ApiError::form(
                &format!("{path}.value"),
                "BASE_TYPE_CHOICES",
                problem,
            ));
        }
        total += match value.as_str() {
            Some(_) => text(&format!("{path}.value"), value, 1..=100)?,
            None => length(&value.to_string()),
        };
    }
    Ok(total)
}

/// Checks autocomplete choices for an option of type `kind`.
pub(in super::super) fn check_choices(choices: &Value, kind: u64) -> Result<(), ApiError> {
    if choices.is_array() {
        check_choice_list("choices", choices, kind).map(drop)
    } else {
        Err(required("choices"))
    }
}
