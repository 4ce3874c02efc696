//! Submission of modals.

use serde_json::{Value, json};

use super::invocation::{InteractionData, MODAL};
use super::{ApiError, Channel, User, World, limits};

impl World {
    /// Checks the submission of the modal that the bot responded with to the interaction `token`. Inputs without a
    /// field keep the value that the bot had set.
    pub(super) fn modal_submission(
        &self,
        user: &User,
        channel: &Channel,
        token: &str,
        fields: &[(String, String)],
    ) -> Result<InteractionData, ApiError> {
        let opener = self
            .interactions
            .get(token)
            .filter(|opener| opener.user == user.id && opener.channel == channel.id);
        let (opener, modal) = opener
            .and_then(|opener| Some((opener, opener.modal.as_ref()?)))
            .ok_or_else(|| ApiError::unknown(10_062, "interaction"))?;
        let inputs: Vec<&Value> = rows(modal).map(|row| &row["components"][0]).collect();
        if let Some((name, _)) = fields
            .iter()
            .find(|(name, _)| inputs.iter().all(|input| input["custom_id"] != **name))
        {
            let problem = format!("The modal has no input {name:?}.");
            return Err(ApiError::form(
                "data.components",
                "BASE_TYPE_CHOICES",
                problem,
            ));
        }
        let mut filled = Vec::new();
        for (number, input) in (1..).zip(inputs) {
            let given = fields.iter().find(|(name, _)| input["custom_id"] == **name);
            let before = input["value"].as_str().unwrap_or_default();
            let value = given.map_or(before, |(_, value)| value);
            check_input(input, value)?;
            let input = json!({"type": 4, "id": 2 * number, "custom_id": input["custom_id"], "value": value});
            filled.push(json!({"type": 1, "id": 2 * number - 1, "components": [input]}));
        }
        Ok(InteractionData {
            kind: MODAL,
            payload: json!({"custom_id": modal["custom_id"], "components": filled}),
            source: opener.source,
            metadata: json!({"triggering_interaction_metadata": opener.metadata}),
        })
    }
}

fn rows(modal: &Value) -> impl Iterator<Item = &Value> {
    modal["components"].as_array().into_iter().flatten()
}

/// Checks the text of an input against the limits that the bot set.
fn check_input(input: &Value, value: &str) -> Result<(), ApiError> {
    let path = format!(
        "data.components.{}",
        input["custom_id"].as_str().unwrap_or_default()
    );
    let bound = |key: &str| {
        input[key]
            .as_u64()
            .and_then(|bound| usize::try_from(bound).ok())
    };
    let optional = input["required"] == false;
    let min = bound("min_length").unwrap_or(0).max(usize::from(!optional));
    let max = bound("max_length").unwrap_or(limits::MAX_INPUT_LENGTH);
    if optional && value.is_empty() {
        return Ok(());
    }
    limits::text(&path, &json!(value), min..=max).map(drop)
}
