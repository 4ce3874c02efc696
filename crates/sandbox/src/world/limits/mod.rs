//! Discord's limits on requests of bots. Discord's OpenAPI document omits them on purpose.

mod command;
mod component;
mod message;
mod modal;

use std::ops::RangeInclusive;

use serde_json::Value;

use super::ApiError;

/// Maximum length of a URL.
const MAX_URL_LENGTH: usize = 2048;

pub(super) use command::{check_choices, check_commands};
pub(super) use message::{MessageWrite, check_message};
pub(super) use modal::{MAX_INPUT_LENGTH, check_modal};

/// Length of a text as Discord counts it: in UTF-16 code units.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Checks the length of a text; a missing text has length 0. Returns the length.
pub(super) fn text(
    path: &str,
    value: &Value,
    range: RangeInclusive<usize>,
) -> Result<usize, ApiError> {
    let (min, max) = (*range.start(), *range.end());
    let given = match value {
        Value::Null => 0,
        Value::String(text) => length(text),
        _ => {
            let problem = "Could not interpret value as string.";
            return Err(ApiError::form(path, "STRING_TYPE_CONVERT", problem));
        }
    };
    if range.contains(&given) {
        Ok(given)
    } else if given == 0 {
        Err(required(path))
    } else if min > 0 {
        let problem = format!("Must be between {min} and {max} in length, not {given}.");
        Err(ApiError::form(path, "BASE_TYPE_BAD_LENGTH", problem))
    } else {
        let problem = format!("Must be {max} or fewer in length, not {given}.");
        Err(ApiError::form(path, "BASE_TYPE_MAX_LENGTH", problem))
    }
}

/// Checks the length of a list; a missing list has length 0.
fn count(path: &str, value: &Value, range: RangeInclusive<usize>) -> Result<(), ApiError> {
    let given = value.as_array().map_or(0, Vec::len);
    if range.contains(&given) {
        return Ok(());
    }
    let (min, max) = (range.start(), range.end());
    let problem = format!("Must be between {min} and {max} in length, not {given}.");
    Err(ApiError::form(path, "BASE_TYPE_BAD_LENGTH", problem))
}

/// Checks the range of an integer, if there is one.
fn number(path: &str, value: &Value, range: RangeInclusive<u64>) -> Result<(), ApiError> {
    if value.is_null() || value.as_u64().is_some_and(|value| range.contains(&value)) {
        return Ok(());
    }
    let problem = format!(
        "int value should be from {} to {}, not {value}.",
        range.start(),
        range.end()
    );
    Err(ApiError::form(path, "NUMBER_TYPE_MAX", problem))
}

fn required(path: &str) -> ApiError {
    ApiError::form(path, "BASE_TYPE_REQUIRED", "This field is required")
}

/// The elements of a list with their indices; none if there is no list.
fn each(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// Checks the scheme of a URL, if there is one.
fn check_url(path: &str, url: Option<&Value>, schemes: &[&str]) -> Result<(), ApiError> {
    let Some(url) = url.filter(|url| !url.is_null()) else {
        return Ok(());
    };
    text(path, url, 1..=MAX_URL_LENGTH)?;
    let (scheme, rest) = url
        .as_str()
        .unwrap_or_default()
        .split_once("://")
        .unwrap_or_default();
    if !schemes.contains(&scheme) {
        let problem =
            format!("Scheme \"{scheme}\" is not supported. Scheme must be one of {schemes:?}.");
        return Err(ApiError::form(path, "URL_TYPE_INVALID_SCHEME", problem));
    }
    if rest.is_empty() || rest.contains(char::is_whitespace) {
        return Err(ApiError::form(
            path,
            "URL_TYPE_INVALID_URL",
            "Not a well formed URL.",
        ));
    }
    Ok(())
}
