//! Limits of modals: action rows with one text input each.

use std::collections::HashSet;

use serde_json::Value;

use super::super::ApiError;
use super::component::{ROW, check_custom_id};
use super::{count, each, number, required, text};

const TEXT_INPUT: u64 = 4;
/// Maximum length of the text of an input.
pub(in super::super) const MAX_INPUT_LENGTH: usize = 4000;

/// Checks a modal.
pub(in super::super) fn check_modal(modal: &Value) -> Result<(), ApiError> {
    text("title", &modal["title"], 1..=45)?;
    text("custom_id", &modal["custom_id"], 1..=100)?;
    count("components", &modal["components"], 1..=5)?;
    let mut ids = HashSet::new();
    for (index, row) in each(&modal["components"]) {
        let path = format!("components.{index}");
        if row["type"] != ROW {
            let problem = format!(
                "The sandbox supports action rows of text inputs (type 1) only, not type {}.",
                row["type"]
            );
            return Err(ApiError::form(&path, "UNION_TYPE_CHOICES", problem));
        }
        count(&format!("{path}.components"), &row["components"], 1..=1)?;
        let (path, input) = (format!("{path}.components.0"), &row["components"][0]);
        if input["type"] != TEXT_INPUT {
            let problem = format!(
                "Value of field \"type\" must be one of (4,), not {}.",
                input["type"]
            );
            return Err(ApiError::form(&path, "UNION_TYPE_CHOICES", problem));
        }
        check_custom_id(&path, input, &mut ids)?;
        check_input(&path, input)?;
    }
    Ok(())
}

fn check_input(path: &str, input: &Value) -> Result<(), ApiError> {
    text(&format!("{path}.label"), &input["label"], 1..=45)?;
    text(
        &format!("{path}.placeholder"),
        &input["placeholder"],
        0..=100,
    )?;
    if input["style"].is_null() {
        return Err(required(&format!("{path}.style")));
    }
    number(&format!("{path}.style"), &input["style"], 1..=2)?;
    number(
        &format!("{path}.min_length"),
        &input["min_length"],
        0..=MAX_INPUT_LENGTH as u64,
    )?;
    number(
        &format!("{path}.max_length"),
        &input["max_length"],
        1..=MAX_INPUT_LENGTH as u64,
    )?;
    let (min, max) = (
        input["min_length"].as_u64().unwrap_or(0),
        input["max_length"]
            .as_u64()
            .unwrap_or(MAX_INPUT_LENGTH as u64),
    );
    if min > max {
        let problem = "min_length must not be greater than max_length.";
        return Err(ApiError::form(
            &format!("{path}.min_length"),
            "NUMBER_TYPE_MAX",
            problem,
        ));
    }
    let longest = usize::try_from(max).unwrap_or(usize::MAX);
    let given = text(&format!("{path}.value"), &input["value"], 0..=longest)?;
    if given > 0 && (given as u64) < min {
        let problem = format!("Must be between {min} and {max} in length, not {given}.");
        return Err(ApiError::form(
            &format!("{path}.value"),
            "BASE_TYPE_BAD_LENGTH",
            problem,
        ));
    }
    Ok(())
}
