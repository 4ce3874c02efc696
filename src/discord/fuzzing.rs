//! Entry points for the fuzz targets in `fuzz/`: input from outside, parsed as the bot parses it, without any effect.

use serenity::model::application::{CommandDataOptionValue, Interaction};
use serenity::model::event::{Event, GatewayEvent};

use super::custom_id::CustomId;
use super::gateway::{IncomingPayload, OutgoingPayload};
use super::interaction::{
    caller_of_command, caller_of_component, caller_of_modal, has_user, modal_fields,
    selected_values, unwrap_subcommand,
};
use crate::service::Caller;

/// A parsed interaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The user and the place.
    pub caller: Caller,
    /// The name of the command, component or modal.
    pub name: String,
    /// The subcommand, or the argument in the `custom_id` of a component or modal.
    pub argument: Option<String>,
    /// The values of options, menus or fields.
    pub given: Vec<String>,
}

/// Parses a gateway event; `None` if it is no interaction, or an interaction without a user.
///
/// # Errors
/// When serenity cannot parse it. The bot never receives such an event.
pub fn event(text: &str) -> Result<Option<Asked>, String> {
    let event: GatewayEvent = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let GatewayEvent::Dispatch(_, Event::InteractionCreate(event)) = event else {
        return Ok(None);
    };
    if !has_user(&event.interaction) {
        return Ok(None);
    }
    let asked = match event.interaction {
        Interaction::Command(it) | Interaction::Autocomplete(it) => {
            let caller = caller_of_command(&it);
            let (argument, options) = unwrap_subcommand(it.data.options);
            let given = options.iter();
            Asked {
                caller,
                name: it.data.name,
                argument,
                given: given.map(|option| shown(&option.value)).collect(),
            }
        }
        Interaction::Component(it) => {
            let (name, argument) = split_custom_id(&it.data.custom_id);
            Asked {
                caller: caller_of_component(&it),
                name,
                argument: Some(argument),
                given: selected_values(it.data.kind),
            }
        }
        Interaction::Modal(it) => {
            let (name, argument) = split_custom_id(&it.data.custom_id);
            let caller = caller_of_modal(&it);
            let written = modal_fields(it.data.components).into_iter();
            Asked {
                caller,
                name,
                argument: Some(argument),
                given: written.map(|(_, text)| text).collect(),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(asked))
}

fn shown(value: &CommandDataOptionValue) -> String {
    match value {
        CommandDataOptionValue::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// Splits a `custom_id` into its name and its argument.
fn split_custom_id(custom_id: &str) -> (String, String) {
    let (name, argument) = custom_id.split_once(':').unwrap_or((custom_id, ""));
    (name.to_owned(), argument.to_owned())
}

/// A `custom_id` decoded and encoded again; `None` if it cannot be decoded.
pub fn custom_id(id: &str) -> Option<String> {
    CustomId::decode(id).map(|id| id.encode())
}

/// A text that serenity sends to the gateway, as the proxy forwards it.
pub fn said(text: &str) -> String {
    match OutgoingPayload::parse(text) {
        OutgoingPayload::Identify(text) => text,
        _ => text.to_owned(),
    }
}

/// The session id and the resume URL of a Ready payload; `None` for any other text.
pub fn begun(text: &str) -> Option<(String, String)> {
    match IncomingPayload::parse(text) {
        IncomingPayload::Ready {
            session,
            resume_url,
        } => Some((session, resume_url)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pressed(more: &Value) -> Value {
        let mut data = json!({
            "id": "5", "application_id": "6", "type": 3, "version": 1, "token": "t", "channel_id": "7",
            "data": {"component_type": 2, "custom_id": "stop:abc"}, "locale": "en-US", "entitlements": [],
            "attachment_size_limit": 1, "message": {
                "id": "8", "channel_id": "7", "author": {"id": "6", "username": "bot", "discriminator": "0"},
                "content": "", "timestamp": "2026-01-01T00:00:00Z", "tts": false, "mention_everyone": false,
                "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "type": 0,
            },
        });
        data.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"op": 0, "t": "INTERACTION_CREATE", "s": 1, "d": data})
    }

    #[test]
    fn an_interaction_without_a_user_is_ignored() {
        let ada = json!({"id": "9", "username": "ada", "discriminator": "0"});
        let member = json!({
            "user": ada, "roles": [], "deaf": false, "mute": false, "flags": 0, "permissions": "8",
        });
        let asked = event(&pressed(&json!({"user": ada})).to_string()).unwrap();
        assert_eq!(asked.unwrap().caller.user.0, 9);
        let inside = json!({"guild_id": "3", "member": member});
        let asked = event(&pressed(&inside).to_string()).unwrap();
        assert_eq!(asked.unwrap().caller.user.0, 9);
        for anonymous in [
            json!({}),
            json!({"guild_id": "3"}),
            json!({"member": member}),
        ] {
            let asked = event(&pressed(&anonymous).to_string());
            assert_eq!(asked, Ok(None));
        }
    }
}
