//! What comes from outside, read as the bot reads it, and nothing done about it: so that anybody can try what they like on
//! it. The properties in `fuzz/` are about this.

use serenity::model::application::{CommandDataOptionValue, Interaction};
use serenity::model::event::{Event, GatewayEvent};

use super::call::{commanding, fields, parted, pressing, submitting, unfolded, values};
use super::relay::words::{Heard, Said};
use super::{component, panel};
use crate::session::{Caller, Choice};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Who, and where.
    pub caller: Caller,
    /// The command, the component or the form.
    pub name: String,
    /// The subcommand, or what stands behind the name of a component or a form.
    pub argument: Option<String>,
    /// What was given, chosen or written.
    pub given: Vec<String>,
}

/// What somebody asks for in an event of the gateway; none if it is about something else.
///
/// # Errors
/// When serenity does not understand it. The bot never sees such an event.
pub fn event(text: &str) -> Result<Option<Asked>, String> {
    let event: GatewayEvent = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let GatewayEvent::Dispatch(_, Event::InteractionCreate(event)) = event else {
        return Ok(None);
    };
    let asked = match event.interaction {
        Interaction::Command(it) | Interaction::Autocomplete(it) => {
            let caller = commanding(&it);
            let (argument, options) = unfolded(it.data.options);
            let given = options.iter();
            Asked {
                caller,
                name: it.data.name,
                argument,
                given: given.map(|option| shown(&option.value)).collect(),
            }
        }
        Interaction::Component(it) => {
            let (name, argument) = parted(&it.data.custom_id);
            Asked {
                caller: pressing(&it),
                name,
                argument: Some(argument),
                given: values(it.data.kind),
            }
        }
        Interaction::Modal(it) => {
            let (name, argument) = parted(&it.data.custom_id);
            let caller = submitting(&it);
            let written = fields(it.data.components).into_iter();
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

/// A `custom_id` of one of the components and forms that read more in it than a name and a text, as it is written when it is
/// written anew; none if none of them wrote it.
pub fn custom_id(id: &str) -> Option<String> {
    let (name, argument) = parted(id);
    let argument = match name.as_str() {
        "fill" => component::rewritten(&argument)?,
        "history" => {
            let (way, page) = component::page_of(&argument)?;
            format!("{way}/{page}")
        }
        "settings" => {
            let (scope, rest) = argument.split_once(':')?;
            format!("{}:{rest}", panel::scope_id(panel::scope_of(scope)?))
        }
        "vote" => {
            let (id, choice) = argument.split_once(':')?;
            format!("{id}:{}", Choice::named(choice)?.name())
        }
        _ => return None,
    };
    Some(format!("{name}:{argument}"))
}

/// What serenity says to the gateway, as Discord is to hear it.
pub fn said(text: &str) -> String {
    match Said::read(text) {
        Said::Identify(text) => text,
        _ => text.to_owned(),
    }
}

/// The session that Discord says has begun, and where it wants to be resumed.
pub fn begun(text: &str) -> Option<(String, String)> {
    match Heard::read(text) {
        Heard::Ready { session, place } => Some((session, place)),
        _ => None,
    }
}
