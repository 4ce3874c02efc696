//! Use of message components: buttons and select menus.

use serde_json::{Value, json};

use super::invocation::{COMPONENT, InteractionData};
use super::{ApiError, User, World};

impl World {
    /// Checks the use of the component `custom_id` of a message.
    pub(super) fn component(
        &self,
        user: &User,
        message: u64,
        custom_id: &str,
        values: &[String],
    ) -> Result<InteractionData, ApiError> {
        let message = self
            .messages
            .get(&message)
            .filter(|message| self.is_visible(message, user.id))
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))?;
        let mut components = message
            .components
            .iter()
            .flat_map(|row| row["components"].as_array().into_iter().flatten());
        let component = components
            .find(|component| component["custom_id"] == custom_id && component["disabled"] != true);
        let component = component.ok_or_else(|| {
            ApiError::form(
                "custom_id",
                "COMPONENT_VALIDATION_FAILED",
                "The message has no enabled component with this custom_id.",
            )
        })?;
        let kind = component["type"].as_u64().unwrap_or(0);
        let mut payload = json!({"id": 1, "custom_id": custom_id, "component_type": kind});
        check_values(component, values)?;
        if kind != 2 {
            let mut resolved = json!({});
            // Menu types and the option types with the same values: users, roles, mentionables, channels.
            let stands_for = [(5, 6), (6, 8), (7, 9), (8, 7)];
            if let Some((_, option)) = stands_for.into_iter().find(|(menu, _)| *menu == kind) {
                for value in values {
                    self.resolve_value(option, &json!(value), &mut resolved)?;
                }
                payload["resolved"] = resolved;
            }
            payload["values"] = json!(values);
        }
        Ok(InteractionData {
            kind: COMPONENT,
            payload,
            source: Some(message.id),
            metadata: json!({"interacted_message_id": message.id.to_string()}),
        })
    }
}

/// Checks the number of chosen values, and that each of them is offered and chosen once.
fn check_values(component: &Value, values: &[String]) -> Result<(), ApiError> {
    let wrong = |problem: String| {
        Err(ApiError::form(
            "values",
            "COMPONENT_VALIDATION_FAILED",
            problem,
        ))
    };
    if component["type"] == 2 {
        return if values.is_empty() {
            Ok(())
        } else {
            wrong("Buttons have no values.".to_owned())
        };
    }
    let min = component["min_values"].as_u64().unwrap_or(1);
    let max = component["max_values"].as_u64().unwrap_or(1);
    let given = values.len() as u64;
    if given < min || given > max {
        return wrong(format!(
            "The number of values must be from {min} to {max}, not {given}."
        ));
    }
    let offered = |value: &String| {
        let options = component["options"].as_array();
        options.is_none_or(|options| options.iter().any(|option| option["value"] == **value))
    };
    match values
        .iter()
        .enumerate()
        .find(|(at, value)| !offered(value) || values[..*at].contains(value))
    {
        Some((_, value)) => wrong(format!(
            "The value {value:?} is not an option, or is given twice."
        )),
        None => Ok(()),
    }
}
