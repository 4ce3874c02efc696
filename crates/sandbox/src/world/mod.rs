//! Everything that this small Discord consists of: people, channels, commands, interactions and messages. Pure: time is
//! handed in, and what has to be told to the bot or to the page is put into an outbox.

pub(super) mod attachment;
mod channel;
mod channel_messages;
mod command_options;
mod commands;
mod error;
mod interaction;
mod invocation;
mod limits;
mod locale;
mod message;
pub(super) mod message_events;
mod payload;
mod tampering;
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
pub use user::{Role, User};

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

/// Something that happened and that somebody has to be told.
#[derive(Debug, Clone, PartialEq)]
pub enum OutboxEvent {
    /// To the bot's gateway connection.
    Dispatch {
        /// The event's name, such as `INTERACTION_CREATE`.
        event: &'static str,
        /// Its data.
        data: Value,
    },
    /// To pages that are open; those that are about one person only go to that person.
    Page {
        /// Who may see it; everybody if nobody is named.
        only: Option<u64>,
        /// What happened.
        event: Value,
    },
}

/// The small Discord.
#[derive(Debug)]
pub struct World {
    /// Where files are: an address of this sandbox.
    base: String,
    users: BTreeMap<u64, User>,
    roles: Vec<Role>,
    channels: BTreeMap<u64, Channel>,
    commands: Vec<Value>,
    messages: BTreeMap<u64, ChannelMessage>,
    interactions: HashMap<String, Interaction>,
    /// Files of people's own, as Discord describes them.
    uploads: BTreeMap<u64, Value>,
    outbox: Vec<OutboxEvent>,
    /// What the bot wants to hear of.
    intents: u64,
    counter: u64,
    online: bool,
}

impl World {
    /// The bot's application, and its user: Discord gives both the same number.
    pub const APPLICATION: u64 = 1_100_000_000_000_000_000;

    /// A server with two channels and a few people, and places where the bot is not. Files are at addresses under `base`.
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

    /// A new id. Like Discord's it holds the time and grows.
    fn snowflake(&mut self, now: Timestamp) -> u64 {
        const EPOCH: u64 = 1_420_070_400_000;
        self.counter += 1;
        (now.0.saturating_sub(EPOCH) << 22) | (self.counter & 0x3f_ffff)
    }

    /// A new id for something that is kept elsewhere.
    pub fn next_id(&mut self, now: Timestamp) -> u64 {
        self.snowflake(now)
    }

    fn push_page_event(&mut self, only: Option<u64>, event: Value) {
        self.outbox.push(OutboxEvent::Page { only, event });
    }

    /// What has to be told since this was last called.
    pub fn take_outbox(&mut self) -> Vec<OutboxEvent> {
        std::mem::take(&mut self.outbox)
    }

    /// The bot came or went.
    pub fn set_online(&mut self, online: bool) {
        if self.online != online {
            self.online = online;
            self.push_page_event(None, json!({"type": "presence", "online": online}));
        }
    }

    /// Everything a page needs to begin with, as `user` may see it.
    ///
    /// # Errors
    /// When there is no such person.
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

/// Discord's number for something in what a bot sends, where it may be a number or text.
pub(super) fn id_in(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests;
