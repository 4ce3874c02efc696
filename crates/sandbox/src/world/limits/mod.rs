//! Discord's limits on what a bot sends. Its OpenAPI document leaves them out on purpose.

mod command;
mod component;
mod message;
mod modal;

use std::ops::RangeInclusive;

use serde_json::Value;

use super::ApiError;

pub(super) use command::{check_choices, check_commands};
pub(super) use message::{MessageWrite, check_message};
pub(super) use modal::{TYPED, check_modal};

/// Discord counts characters, of which an emoji outside the basic plane is two.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The length of a text that must be in `range`; one that is missing has none.
pub(super) fn text(
    path: &str,
    value: &Value,
    range: RangeInclusive<usize>,
) -> Result<usize, ApiError> {
    let (least, most) = (*range.start(), *range.end());
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
    } else if least > 0 {
        let problem = format!("Must be between {least} and {most} in length, not {given}.");
        Err(ApiError::form(path, "BASE_TYPE_BAD_LENGTH", problem))
    } else {
        let problem = format!("Must be {most} or fewer in length, not {given}.");
        Err(ApiError::form(path, "BASE_TYPE_MAX_LENGTH", problem))
    }
}

/// An error unless a list has as many elements as `range` says; one that is missing has none.
fn count(path: &str, value: &Value, range: RangeInclusive<usize>) -> Result<(), ApiError> {
    let given = value.as_array().map_or(0, Vec::len);
    if range.contains(&given) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    let problem = format!("Must be between {least} and {most} in length, not {given}.");
    Err(ApiError::form(path, "BASE_TYPE_BAD_LENGTH", problem))
}

/// An error unless a number is in `range`; one that is missing is.
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

/// The elements of a list with their places; none if there is no list.
fn each(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}
