//! What people do in a channel, with verbs.

use std::sync::Arc;

use sandbox::{ChannelMessage, ContextMenuTarget, Invocation, Sandbox, World};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::LIMIT;

/// A channel in which people do things. What they do to a message, they do where it is.
pub(crate) struct Place {
    sandbox: Arc<Sandbox>,
    channel: u64,
}

impl Place {
    pub(crate) fn new(sandbox: &Arc<Sandbox>, channel: u64) -> Self {
        let sandbox = Arc::clone(sandbox);
        Self { sandbox, channel }
    }

    /// The same verbs in another channel.
    pub(crate) fn in_channel(&self, channel: u64) -> Self {
        Self::new(&self.sandbox, channel)
    }

    /// The same verbs in somebody's own channel with the bot.
    pub(crate) fn in_direct(&self, user: u64) -> Self {
        let channel = self
            .sandbox
            .world(|world| world.dm_channel(user).map(|channel| channel.id));
        self.in_channel(channel.expect("everybody has one"))
    }

    /// Somebody writes a message.
    pub(crate) fn say(&self, user: u64, text: &str) -> ChannelMessage {
        let id = self.sandbox.post_as_user(user, self.channel, text).unwrap();
        self.sandbox
            .world(|world| world.message(id).cloned())
            .unwrap()
    }

    /// Somebody runs a command. Returns the interaction, as all these do.
    pub(crate) fn slash(&self, user: u64, name: &str, options: Value) -> String {
        let (name, options) = (name.to_owned(), options_of(options));
        self.does(user, &Invocation::Command { name, options })
    }

    /// Somebody chooses a command in the menu of a message.
    pub(crate) fn menu(&self, user: u64, name: &str, message: &ChannelMessage) -> String {
        let (name, target) = (name.to_owned(), ContextMenuTarget::Message(message.id));
        self.in_channel(message.channel)
            .does(user, &Invocation::ContextMenu { name, target })
    }

    /// Somebody presses a button.
    pub(crate) fn press(&self, user: u64, message: &ChannelMessage, label: &str) -> String {
        let button = component(message, |component| component["label"] == label);
        self.uses(user, message, button.expect("the button is there"), &[])
    }

    /// Somebody chooses from a menu, named by its placeholder or by how its custom id begins.
    pub(crate) fn choose(
        &self,
        user: u64,
        message: &ChannelMessage,
        menu: &str,
        values: &[&str],
    ) -> String {
        let begins = |id: &Value| id.as_str().is_some_and(|id| id.starts_with(menu));
        let fits = |part: &Value| {
            part["type"] != 2 && (part["placeholder"] == menu || begins(&part["custom_id"]))
        };
        let menu = component(message, fits);
        self.uses(user, message, menu.expect("the menu is there"), values)
    }

    /// Somebody presses a button of that custom id under a message of the bot's that has none such.
    pub(crate) fn forge(&self, user: u64, message: &ChannelMessage, custom_id: &str) -> String {
        self.sandbox
            .world(|world| world.forge_button(message.id, custom_id));
        let press = Invocation::Component {
            message: message.id,
            custom_id: custom_id.to_owned(),
            values: Vec::new(),
        };
        self.in_channel(message.channel).does(user, &press)
    }

    fn uses(
        &self,
        user: u64,
        message: &ChannelMessage,
        component: &Value,
        values: &[&str],
    ) -> String {
        let choice = Invocation::Component {
            message: message.id,
            custom_id: component["custom_id"].as_str().unwrap().to_owned(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        self.in_channel(message.channel).does(user, &choice)
    }

    /// What the bot suggests in the option whose value is an object with `typed`, such as
    /// `{"prompt": "x", "preset": {"typed": "ca"}}`.
    pub(crate) async fn autocomplete(&self, user: u64, name: &str, options: Value) -> Vec<Value> {
        let (name, options) = (name.to_owned(), options_of(options));
        let token = self.does(user, &Invocation::Autocomplete { name, options });
        self.seen("suggestions", |world| {
            world.choices(&token).map(<[Value]>::to_vec)
        })
        .await
    }

    /// The dialog that an interaction opened.
    pub(crate) async fn modal(&self, token: &str) -> Value {
        self.seen("a dialog", |world| world.modal(token).cloned())
            .await
    }

    /// Somebody fills in the dialog that an interaction opened, as soon as it is there, and sends it. Inputs that are not
    /// named keep what the bot had put into them.
    pub(crate) async fn submit(&self, user: u64, token: &str, fields: &[(&str, &str)]) -> String {
        self.modal(token).await;
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let filled = Invocation::Modal {
            token: token.to_owned(),
            fields: fields.iter().map(own).collect(),
        };
        self.does(user, &filled)
    }

    fn does(&self, user: u64, invocation: &Invocation) -> String {
        self.sandbox.invoke(user, self.channel, invocation).unwrap()
    }

    async fn seen<T>(&self, what: &str, look: impl Fn(&World) -> Option<T>) -> T {
        let looking = async {
            loop {
                let mut changes = self.sandbox.changes();
                if let Some(seen) = self.sandbox.world(|world| look(world)) {
                    return seen;
                }
                changes.next().await;
            }
        };
        let seen = timeout(LIMIT, looking).await;
        seen.unwrap_or_else(|_| panic!("never seen: {what}"))
    }
}

/// `{"prompt": "x", "length": 5}` as Discord sends options; an object inside is a subcommand, or with `typed` the
/// option that is being typed into.
fn options_of(options: Value) -> Vec<Value> {
    let Value::Object(options) = options else {
        return Vec::new();
    };
    let option = |(name, value): (String, Value)| match value {
        Value::Object(ref inner) if inner.contains_key("typed") => {
            json!({"name": name, "type": 3, "value": inner["typed"], "focused": true})
        }
        Value::Object(_) => json!({"name": name, "type": 1, "options": options_of(value)}),
        Value::Bool(_) => json!({"name": name, "type": 5, "value": value}),
        Value::String(_) => json!({"name": name, "type": 3, "value": value}),
        Value::Number(ref number) if number.is_f64() => {
            json!({"name": name, "type": 10, "value": value})
        }
        _ => json!({"name": name, "type": 4, "value": value}),
    };
    options.into_iter().map(option).collect()
}

/// The component under a message that `fits`.
pub(super) fn component(message: &ChannelMessage, fits: impl Fn(&Value) -> bool) -> Option<&Value> {
    let rows = message.components.iter();
    rows.flat_map(|row| row["components"].as_array().unwrap())
        .find(|component| fits(component))
}
