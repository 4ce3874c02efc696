//! Actions of users, checked and converted to the data of an interaction.

use serde_json::{Value, json};

use super::commands::{ON_MESSAGE, ON_USER};
use super::{ApiError, Channel, User, World};

/// Discord's interaction types.
pub(super) const COMMAND: u64 = 2;
pub(super) const COMPONENT: u64 = 3;
pub(super) const AUTOCOMPLETE: u64 = 4;
pub(super) const MODAL: u64 = 5;

/// An action of a user that invokes the bot.
#[derive(Debug, Clone, PartialEq)]
pub enum Invocation {
    /// Runs a slash command. Options have the form of Discord's payload: `[{"name", "type", "value"}]`.
    Command {
        /// Name of the command.
        name: String,
        /// Options of the command.
        options: Vec<Value>,
    },
    /// Runs a context menu command of a user or a message.
    ContextMenu {
        /// Name of the command.
        name: String,
        /// The user or message.
        target: ContextMenuTarget,
    },
    /// Types into an option with autocomplete. That option has `"focused": true`.
    Autocomplete {
        /// Name of the command.
        name: String,
        /// Options so far.
        options: Vec<Value>,
    },
    /// Presses a button, or chooses `values` from a select menu.
    Component {
        /// Id of the component's message.
        message: u64,
        /// Custom id of the component.
        custom_id: String,
        /// Chosen values; empty for buttons.
        values: Vec<String>,
    },
    /// Submits a modal. Inputs without a field keep the value that the bot had set.
    Modal {
        /// Token of the interaction that the bot answered with the modal.
        token: String,
        /// Custom ids of inputs with the typed texts.
        fields: Vec<(String, String)>,
    },
}

/// The target of a context menu command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextMenuTarget {
    /// The user with this id, or the bot.
    User(u64),
    /// The message with this id.
    Message(u64),
}

/// The part of an interaction that depends on the action.
#[derive(Debug)]
pub(super) struct InteractionData {
    /// Discord's interaction type.
    pub(super) kind: u64,
    /// The interaction's `data`.
    pub(super) payload: Value,
    /// The message whose component was used, now or to open the modal.
    pub(super) source: Option<u64>,
    /// The part of `interaction_metadata` that depends on the action.
    pub(super) metadata: Value,
}

impl InteractionData {
    pub(super) fn command(kind: u64, payload: Value) -> Self {
        let metadata = json!({"name": payload["name"], "command_type": payload["type"]});
        Self {
            kind,
            payload,
            source: None,
            metadata,
        }
    }
}

impl World {
    /// Checks an action of a user in a channel.
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
            // Ephemeral messages have no context menu commands.
            let message = self.messages.get(&id);
            let message = message
                .filter(|message| message.channel == channel.id && !message.is_ephemeral())
                .ok_or_else(|| ApiError::unknown(10_008, "Message"))?;
            resolved["messages"][id.to_string()] = self.message_json(message);
        }
        let payload = json!({
            "id": command["id"], "name": name, "type": kind, "target_id": id.to_string(), "resolved": resolved,
        });
        let mut data = InteractionData::command(COMMAND, payload);
        if kind == ON_MESSAGE {
            data.metadata["target_message_id"] = json!(id.to_string());
        } else {
            data.metadata["target_user"] =
                data.payload["resolved"]["users"][id.to_string()].clone();
        }
        Ok(data)
    }
}
