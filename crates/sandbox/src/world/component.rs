//! Use of message components: buttons and select menus.

use serde_json::{Value, json};

use super::invocation::{COMPONENT, InteractionData};
use super::{ApiError, ChannelMessage, User, World};

/// Types of select menus, and the option types with the same values: users, roles, mentionables, channels.
const ENTITY_TYPES: [(u64, u64); 4] = [(5, 6), (6, 8), (7, 9), (8, 7)];

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
        let component = enabled_component(message, custom_id)?;
        let kind = component["type"].as_u64().unwrap_or(0);
        let mut payload = json!({"id": 1, "custom_id": custom_id, "component_type": kind});
        check_values(component, values)?;
        if kind != 2 {
            let mut resolved = json!({});
            let mut types = ENTITY_TYPES.into_iter();
            if let Some((_, option)) = types.find(|(menu, _)| *menu == kind) {
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

/// The component of a message with this `custom_id`, if it is not disabled.
fn enabled_component<'a>(
    message: &'a ChannelMessage,
    custom_id: &str,
) -> Result<&'a Value, ApiError> {
    let rows = message.components.iter();
    let mut components = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    components
        .find(|component| component["custom_id"] == custom_id && component["disabled"] != true)
        .ok_or_else(|| {
            let problem = "The message has no enabled component with this custom_id.";
            ApiError::form("custom_id", "COMPONENT_VALIDATION_FAILED", problem)
        })
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
