//! Everything that this small Discord consists of: people, channels, commands, interactions and messages. Pure: time is
//! handed in, and what has to be told to the bot or to the page is put into an outbox.

mod forgery;
mod interaction;
mod limits;
mod message;
mod payload;
mod people;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use interaction::Interaction;
pub use interaction::Invocation;
pub use message::Message;
pub use people::{Channel, ChannelKind, User};

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

/// An error as Discord answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Discord's own code; 0 for errors that have none.
    pub code: u32,
    /// For developers.
    pub message: String,
}

impl ApiError {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    fn form(path: &str, problem: impl Into<String>) -> Self {
        Self::new(
            400,
            50_035,
            format!("Invalid Form Body: {path}: {}", problem.into()),
        )
    }

    fn unknown(code: u32, what: &str) -> Self {
        Self::new(404, code, format!("Unknown {what}"))
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }
}

/// Something that happened and that somebody has to be told.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
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
    users: BTreeMap<u64, User>,
    channels: BTreeMap<u64, Channel>,
    commands: Vec<Value>,
    messages: BTreeMap<u64, Message>,
    interactions: HashMap<String, Interaction>,
    outbox: Vec<Outgoing>,
    counter: u64,
    online: bool,
}

impl World {
    /// The bot's application, and its user: Discord gives both the same number.
    pub const APPLICATION: u64 = 1_100_000_000_000_000_000;
    /// The one server there is.
    pub const GUILD: u64 = 1_200_000_000_000_000_000;

    /// A server with two channels and a few people.
    pub fn new() -> Self {
        let mut world = Self {
            users: BTreeMap::new(),
            channels: BTreeMap::new(),
            commands: Vec::new(),
            messages: BTreeMap::new(),
            interactions: HashMap::new(),
            outbox: Vec::new(),
            counter: 0,
            online: false,
        };
        people::populate(&mut world);
        world
    }

    /// A new id. Like Discord's it holds the time and grows.
    fn snowflake(&mut self, now: Moment) -> u64 {
        const EPOCH: u64 = 1_420_070_400_000;
        self.counter += 1;
        (now.0.saturating_sub(EPOCH) << 22) | (self.counter & 0x3f_ffff)
    }

    /// A new id for something that is kept elsewhere.
    pub fn new_id(&mut self, now: Moment) -> u64 {
        self.snowflake(now)
    }

    fn tell_page(&mut self, only: Option<u64>, event: Value) {
        self.outbox.push(Outgoing::Page { only, event });
    }

    /// What has to be told since this was last called.
    pub fn take_outbox(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outbox)
    }

    /// Replaces all commands of the bot, as `PUT /applications/{id}/commands` does.
    ///
    /// # Errors
    /// When one of them breaks Discord's limits; nothing is changed then.
    pub fn overwrite_commands(
        &mut self,
        now: Moment,
        commands: Vec<Value>,
    ) -> Result<Vec<Value>, ApiError> {
        limits::check_commands(&commands)?;
        let registered = commands.into_iter().map(|mut command| {
            let id = self.snowflake(now);
            command["id"] = json!(id.to_string());
            command["application_id"] = json!(Self::APPLICATION.to_string());
            command["version"] = json!(id.to_string());
            if command["type"].is_null() {
                command["type"] = json!(1);
            }
            command
        });
        self.commands = registered.collect();
        self.tell_page(None, json!({"type": "commands", "commands": self.commands}));
        Ok(self.commands.clone())
    }

    /// The bot's commands as registered.
    pub fn commands(&self) -> &[Value] {
        &self.commands
    }

    /// Takes all commands away, as if the bot had never registered any.
    pub fn forget_commands(&mut self) {
        self.commands.clear();
    }

    /// The bot came or went.
    pub fn set_online(&mut self, online: bool) {
        if self.online != online {
            self.online = online;
            self.tell_page(None, json!({"type": "presence", "online": online}));
        }
    }

    /// Everything a page needs to begin with, as `user` may see it.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn as_seen_by(&self, user: u64) -> Result<Value, ApiError> {
        let me = self.user(user)?;
        let messages: Vec<Value> = self
            .messages
            .values()
            .filter(|message| message.visible_to(user))
            .map(|message| self.message_json(message))
            .collect();
        let channels: Vec<Value> = self
            .channels
            .values()
            .filter(|channel| channel.visible_to(user))
            .map(Channel::json)
            .collect();
        Ok(json!({
            "me": me.json(),
            "users": self.users.values().map(User::json).collect::<Vec<_>>(),
            "bot": self.bot_json(),
            "online": self.online,
            "channels": channels,
            "commands": self.commands,
            "messages": messages,
        }))
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
