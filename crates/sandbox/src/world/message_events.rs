//! Message events for the bot, filtered by its gateway intents.

use serde_json::{Value, json};

use super::user::member;
use super::{ChannelMessage, OutboxEvent, User, World};

/// The intent `GUILDS`.
pub(crate) const GUILDS: u64 = 1;
/// The intent `GUILD_MESSAGES`.
const GUILD_MESSAGES: u64 = 1 << 9;
/// The intent `DIRECT_MESSAGES`.
const DIRECT_MESSAGES: u64 = 1 << 12;
/// The privileged intent `MESSAGE_CONTENT`.
const MESSAGE_CONTENT: u64 = 1 << 15;

impl World {
    /// Sets the intents that the bot identified with.
    pub(crate) fn set_intents(&mut self, intents: u64) {
        self.intents = intents;
    }

    /// Dispatches `MESSAGE_CREATE` or `MESSAGE_UPDATE`, if the bot has the intent for it.
    pub(super) fn dispatch_message(&mut self, event: &'static str, message: &ChannelMessage) {
        if self.has_intent_for(message) {
            let mut data = self.bot_message_json(message);
            if let Some(place) = self.channels.get(&message.channel) {
                data["channel_type"] = json!(place.kind.number());
            }
            if let Some(guild) = self.guild_of(message) {
                data["guild_id"] = json!(guild.to_string());
                let author = self.users.get(&message.author);
                let author = author.filter(|_| !message.by_bot);
                data["member"] = author.map_or_else(member, |user| user.partial_member_json(guild));
            }
            self.outbox.push(OutboxEvent::Dispatch { event, data });
        }
    }

    /// Dispatches `MESSAGE_DELETE`, if the bot has the intent for it.
    pub(super) fn dispatch_message_delete(&mut self, message: &ChannelMessage) {
        if self.has_intent_for(message) {
            let mut data =
                json!({"id": message.id.to_string(), "channel_id": message.channel.to_string()});
            if let Some(guild) = self.guild_of(message) {
                data["guild_id"] = json!(guild.to_string());
            }
            let event = "MESSAGE_DELETE";
            self.outbox.push(OutboxEvent::Dispatch { event, data });
        }
    }

    /// The message object as the bot may see it. Without the intent `MESSAGE_CONTENT`, messages of users in guilds are
    /// empty unless they mention the bot.
    pub(super) fn bot_message_json(&self, message: &ChannelMessage) -> Value {
        let mut data = self.message_json(message);
        let to_bot = self.mentions(&message.content).any(|user| user.is_none());
        let foreign = !message.by_bot && self.guild_of(message).is_some() && !to_bot;
        if foreign && self.intents & MESSAGE_CONTENT == 0 {
            data["content"] = json!("");
            for key in ["embeds", "components", "attachments"] {
                data[key] = json!([]);
            }
        }
        data
    }

    /// The users that a text mentions, each once per mention; `None` stands for the bot.
    pub(super) fn mentions<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = Option<&'a User>> + 'a {
        let ids = text.split("<@").skip(1).filter_map(|rest| {
            let (id, _) = rest.split_once('>')?;
            id.parse().ok()
        });
        ids.filter_map(|id: u64| match id {
            Self::APPLICATION => Some(None),
            id => self.users.get(&id).map(Some),
        })
    }

    /// Whether the bot has the intent for a message. Ephemeral messages count as direct messages.
    fn has_intent_for(&self, message: &ChannelMessage) -> bool {
        let private = message.is_ephemeral() || self.guild_of(message).is_none();
        let needed = if private {
            DIRECT_MESSAGES
        } else {
            GUILD_MESSAGES
        };
        let there = message.is_ephemeral() || self.bot_channel(message.channel).is_ok();
        there && self.intents & needed != 0
    }

    /// The guild of a message; `None` for ephemeral messages and outside of guilds.
    fn guild_of(&self, message: &ChannelMessage) -> Option<u64> {
        let kind = self.channels.get(&message.channel)?.kind;
        kind.guild().filter(|_| !message.is_ephemeral())
    }
}
