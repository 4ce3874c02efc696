//! The state and the rules of the small Discord: users, channels, commands, interactions and messages.
//!
//! The module is pure: callers pass the time in, and events for the bot and for pages are collected in an outbox.

pub(super) mod attachment;
mod channel;
mod channel_messages;
mod command_options;
mod commands;
mod component;
mod error;
mod interaction;
mod invocation;
mod limits;
mod locale;
mod message;
pub(super) mod message_events;
mod modal;
mod payload;
mod response;
mod tampering;
mod timestamp;
mod user;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

pub use attachment::{RequestBody, Upload};
pub use channel::{Channel, ChannelKind};
pub use channel_messages::HistoryCursor;
pub use error::ApiError;
use interaction::Interaction;
pub use invocation::{ContextMenuTarget, Invocation};
pub use message::ChannelMessage;
pub use timestamp::Timestamp;
pub use user::{Role, User};

/// An event that waits in the outbox.
#[derive(Debug, Clone, PartialEq)]
pub enum OutboxEvent {
    /// An event for the gateway session of the bot.
    Dispatch {
        /// Name of the event, such as `INTERACTION_CREATE`.
        event: &'static str,
        /// Data of the event.
        data: Value,
    },
    /// An event for open pages.
    Page {
        /// The only user who may see the event; `None` if all users may.
        only: Option<u64>,
        /// The event as JSON.
        event: Value,
    },
}

/// A small Discord: two guilds, a few users and channels, and one bot.
#[derive(Debug)]
pub struct World {
    /// Base URL of attachments.
    base: String,
    users: BTreeMap<u64, User>,
    roles: Vec<Role>,
    channels: BTreeMap<u64, Channel>,
    commands: Vec<Value>,
    messages: BTreeMap<u64, ChannelMessage>,
    interactions: HashMap<String, Interaction>,
    /// Attachment objects of files that users uploaded for command options, by id.
    uploads: BTreeMap<u64, Value>,
    outbox: Vec<OutboxEvent>,
    /// Gateway intents of the bot.
    intents: u64,
    counter: u64,
    online: bool,
}

impl World {
    /// Id of the bot's application and of the bot's user. The two ids are equal.
    pub const APPLICATION: u64 = 1_100_000_000_000_000_000;

    /// A world with the default users, roles and channels. `base` is the base URL of attachments.
    pub fn new(base: impl Into<String>) -> Self {
        let mut world = Self {
            base: base.into(),
            users: BTreeMap::new(),
            roles: user::roles(),
            channels: BTreeMap::new(),
            commands: Vec::new(),
            messages: BTreeMap::new(),
            interactions: HashMap::new(),
            uploads: BTreeMap::new(),
            outbox: Vec::new(),
            intents: 0,
            counter: 0,
            online: false,
        };
        channel::populate(&mut world);
        world
    }

    /// A new snowflake: the time in the upper bits, a counter in the lower 22 bits.
    fn snowflake(&mut self, now: Timestamp) -> u64 {
        const EPOCH: u64 = 1_420_070_400_000;
        self.counter += 1;
        (now.0.saturating_sub(EPOCH) << 22) | (self.counter & 0x3f_ffff)
    }

    /// A new id for an object that the caller stores.
    pub fn next_id(&mut self, now: Timestamp) -> u64 {
        self.snowflake(now)
    }

    fn push_page_event(&mut self, only: Option<u64>, event: Value) {
        self.outbox.push(OutboxEvent::Page { only, event });
    }

    /// Removes and returns the events since the last call, oldest first.
    pub fn take_outbox(&mut self) -> Vec<OutboxEvent> {
        std::mem::take(&mut self.outbox)
    }

    /// Sets whether the bot is connected.
    pub fn set_online(&mut self, online: bool) {
        if self.online != online {
            self.online = online;
            self.push_page_event(None, json!({"type": "presence", "online": online}));
        }
    }

    /// Everything that the page of `user` shows: users, roles, channels, commands, messages.
    ///
    /// # Errors
    /// If the user is unknown.
    pub fn page_state(&self, user: u64) -> Result<Value, ApiError> {
        let me = self.user(user)?;
        let messages: Vec<Value> = self
            .messages
            .values()
            .filter(|message| self.is_visible(message, user))
            .map(|message| self.message_json(message))
            .collect();
        let channels: Vec<Value> = self
            .channels
            .values()
            .filter(|channel| channel.visible_to(user))
            .map(Channel::page_json)
            .collect();
        Ok(json!({
            "me": me.page_json(),
            "users": self.users.values().map(User::page_json).collect::<Vec<_>>(),
            "roles": self.roles.iter().map(Role::json).collect::<Vec<_>>(),
            "locales": locale::LOCALES,
            "home": Self::GUILD.to_string(),
            "bot": self.bot_json(),
            "online": self.online,
            "channels": channels,
            "commands": self.commands,
            "messages": messages,
        }))
    }
}

/// A snowflake in the body of a bot's request, where it may be a number or a string.
pub(super) fn parse_snowflake(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests;
