//! Actions of users as the page sends them: the bodies of `POST` requests.

use serde::Deserialize;
use serde_json::Value;

use super::super::world::{ContextMenuTarget, Invocation};

/// An action in a channel: the body of `POST /sandbox/act`.
#[derive(Deserialize)]
pub(super) struct PageAction {
    pub(super) user: String,
    pub(super) channel: String,
    #[serde(flatten)]
    pub(super) kind: PageActionKind,
}

/// The part of an action that depends on its kind.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(super) enum PageActionKind {
    Command {
        name: String,
        options: Vec<Value>,
    },
    Autocomplete {
        name: String,
        options: Vec<Value>,
    },
    /// A context menu command.
    Menu {
        name: String,
        message: Option<String>,
        person: Option<String>,
    },
    Component {
        message: String,
        custom_id: String,
        values: Vec<String>,
    },
    Modal {
        token: String,
        fields: Vec<(String, String)>,
    },
}

impl From<PageActionKind> for Invocation {
    fn from(kind: PageActionKind) -> Self {
        match kind {
            PageActionKind::Command { name, options } => Self::Command { name, options },
            PageActionKind::Autocomplete { name, options } => Self::Autocomplete { name, options },
            PageActionKind::Menu {
                name,
                message,
                person,
            } => {
                let target = match (message, person) {
                    (Some(message), _) => ContextMenuTarget::Message(parse_id(&message)),
                    (None, person) => {
                        ContextMenuTarget::User(parse_id(&person.unwrap_or_default()))
                    }
                };
                Self::ContextMenu { name, target }
            }
            PageActionKind::Component {
                message,
                custom_id,
                values,
            } => Self::Component {
                message: parse_id(&message),
                custom_id,
                values,
            },
            PageActionKind::Modal { token, fields } => Self::Modal { token, fields },
        }
    }
}

/// A message of a user: the body of `POST /sandbox/message`.
#[derive(Deserialize)]
pub(super) struct PageMessage {
    pub(super) user: String,
    pub(super) channel: String,
    pub(super) text: String,
}

/// A change of a user's language: the body of `POST /sandbox/locale`.
#[derive(Deserialize)]
pub(super) struct LocaleChange {
    pub(super) user: String,
    pub(super) locale: String,
}

/// A role to add to a user or to remove: the body of `POST /sandbox/role`.
#[derive(Deserialize)]
pub(super) struct RoleChange {
    pub(super) user: String,
    pub(super) role: String,
    /// Whether to add the role.
    pub(super) given: bool,
}

/// A snowflake. The page sends ids as strings, since they exceed JavaScript's integers. Invalid ids become 0, which is
/// the id of nothing.
pub(super) fn parse_id(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}
