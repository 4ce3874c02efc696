//! What somebody does, checked as Discord checks it and written as the bot is told it.

use serde_json::{Value, json};

use super::commands::{ON_MESSAGE, ON_USER};
use super::{ApiError, Channel, User, World, limits};

/// Discord's numbers for interactions.
pub(super) const COMMAND: u64 = 2;
pub(super) const COMPONENT: u64 = 3;
pub(super) const AUTOCOMPLETE: u64 = 4;
pub(super) const MODAL: u64 = 5;

/// What somebody does.
#[derive(Debug, Clone, PartialEq)]
pub enum Invocation {
    /// Runs a slash command, with options as in Discord's payload (`[{"name", "type", "value"}]`).
    Command {
        /// The command's name.
        name: String,
        /// The options that were given.
        options: Vec<Value>,
    },
    /// Chooses a command in the menu of a person or a message.
    ContextMenu {
        /// The command's name.
        name: String,
        /// Whose menu.
        target: ContextMenuTarget,
    },
    /// Types into an option of a slash command whose bot makes suggestions; that option has `"focused": true`.
    Autocomplete {
        /// The command's name.
        name: String,
        /// The options so far.
        options: Vec<Value>,
    },
    /// Presses a button, or chooses from a menu (then with `values`).
    Component {
        /// The message it is under.
        message: u64,
        /// Which one.
        custom_id: String,
        /// What was chosen.
        values: Vec<String>,
    },
    /// Sends a dialog. An input that is not named keeps what the bot had put into it.
    Modal {
        /// The interaction that the bot answered with the dialog.
        token: String,
        /// Inputs, by their `custom_id`, with what was typed.
        fields: Vec<(String, String)>,
    },
}

/// What a menu belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextMenuTarget {
    /// A person, or the bot.
    User(u64),
    /// A message.
    Message(u64),
}

/// An invocation as Discord's payloads have it.
#[derive(Debug)]
pub(super) struct InteractionData {
    /// Discord's number for interactions like this.
    pub(super) kind: u64,
    /// The payload's `data`.
    pub(super) data: Value,
    /// The message whose component was used, at once or to open the dialog.
    pub(super) source: Option<u64>,
    /// What messages tell of it, besides who and when.
    pub(super) metadata: Value,
}

impl InteractionData {
    pub(super) fn command(kind: u64, data: Value) -> Self {
        let metadata = json!({"name": data["name"], "command_type": data["type"]});
        Self {
            kind,
            data,
            source: None,
            metadata,
        }
    }
}

impl World {
    /// Checks what somebody does in a channel.
    pub(super) fn check_invocation(
        &self,
        user: &User,
        channel: &Channel,
        invocation: &Invocation,
    ) -> Result<InteractionData, ApiError> {
        match invocation {
            Invocation::Command { name, options } => {
                self.slash_command(COMMAND, user, channel, (name, options))
            }
            Invocation::Autocomplete { name, options } => {
                self.slash_command(AUTOCOMPLETE, user, channel, (name, options))
            }
            Invocation::ContextMenu { name, target } => {
                self.context_menu(user, channel, name, *target)
            }
            Invocation::Component {
                message,
                custom_id,
                values,
            } => self.component(user, *message, custom_id, values),
            Invocation::Modal { token, fields } => {
                self.modal_submission(user, channel, token, fields)
            }
        }
    }

    fn context_menu(
        &self,
        user: &User,
        channel: &Channel,
        name: &str,
        target: ContextMenuTarget,
    ) -> Result<InteractionData, ApiError> {
        let (kind, id) = match target {
            ContextMenuTarget::User(id) => (ON_USER, id),
            ContextMenuTarget::Message(id) => (ON_MESSAGE, id),
        };
        let command = self.usable_command(kind, name, user, channel)?;
        let mut resolved = json!({});
        if kind == ON_USER {
            self.resolve_user(id, &mut resolved)?;
            if channel.kind.guild().is_none() {
                resolved["members"] = json!({});
            }
        } else {
            // Private messages have no commands in their menus.
            let message = self.messages.get(&id);
            let message = message
                .filter(|message| message.channel == channel.id && !message.is_ephemeral())
                .ok_or_else(|| ApiError::unknown(10_008, "Message"))?;
            resolved["messages"][id.to_string()] = self.message_json(message);
        }
        let data = json!({
            "id": command["id"], "name": name, "type": kind, "target_id": id.to_string(), "resolved": resolved,
        });
        let mut asked = InteractionData::command(COMMAND, data);
        if kind == ON_MESSAGE {
            asked.metadata["target_message_id"] = json!(id.to_string());
        } else {
            asked.metadata["target_user"] = asked.data["resolved"]["users"][id.to_string()].clone();
        }
        Ok(asked)
    }

    fn component(
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
                "no such component on the message",
            )
        })?;
        let kind = component["type"].as_u64().unwrap_or(0);
        let mut data = json!({"id": 1, "custom_id": custom_id, "component_type": kind});
        check_chosen(component, values)?;
        if kind != 2 {
            let mut resolved = json!({});
            // Menus of users, roles, both and channels.
            let stands_for = [(5, 6), (6, 8), (7, 9), (8, 7)];
            if let Some((_, option)) = stands_for.into_iter().find(|(menu, _)| *menu == kind) {
                for value in values {
                    self.resolve_value(option, &json!(value), &mut resolved)?;
                }
                data["resolved"] = resolved;
            }
            data["values"] = json!(values);
        }
        Ok(InteractionData {
            kind: COMPONENT,
            data,
            source: Some(message.id),
            metadata: json!({"interacted_message_id": message.id.to_string()}),
        })
    }

    fn modal_submission(
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
            let problem = format!("the dialog has no input {name:?}");
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
            check_typed(input, value)?;
            let input = json!({"type": 4, "id": 2 * number, "custom_id": input["custom_id"], "value": value});
            filled.push(json!({"type": 1, "id": 2 * number - 1, "components": [input]}));
        }
        Ok(InteractionData {
            kind: MODAL,
            data: json!({"custom_id": modal["custom_id"], "components": filled}),
            source: opener.source,
            metadata: json!({"triggering_interaction_metadata": opener.metadata}),
        })
    }
}

fn rows(modal: &Value) -> impl Iterator<Item = &Value> {
    modal["components"].as_array().into_iter().flatten()
}

/// An error unless as much was chosen from a menu as it wants, and nothing that is not in it.
fn check_chosen(component: &Value, values: &[String]) -> Result<(), ApiError> {
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
            wrong("a button has no values".to_owned())
        };
    }
    let least = component["min_values"].as_u64().unwrap_or(1);
    let most = component["max_values"].as_u64().unwrap_or(1);
    let given = values.len() as u64;
    if given < least || given > most {
        return wrong(format!(
            "from {least} to {most} must be chosen, not {given}"
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
        Some((_, value)) => wrong(format!("{value:?} is not offered, or chosen twice")),
        None => Ok(()),
    }
}

/// An error unless a text may be typed into an input of a dialog.
fn check_typed(input: &Value, value: &str) -> Result<(), ApiError> {
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
    let least = bound("min_length").unwrap_or(0).max(usize::from(!optional));
    let most = bound("max_length").unwrap_or(limits::TYPED);
    if optional && value.is_empty() {
        return Ok(());
    }
    limits::text(&path, &json!(value), least..=most).map(drop)
}
