//! Messages of the bot and of people, as they stand now.

use serde_json::{Value, json};

use super::payload::timestamp;
use super::{ApiError, RequestBody, Timestamp, User, World, attachment};

/// Message flags that mean something here.
pub(super) const EPHEMERAL: u64 = 1 << 6;
pub(super) const LOADING: u64 = 1 << 7;
/// Flags that a bot may set on a message: no previews, no notification.
pub(super) const SETTABLE: u64 = (1 << 2) | (1 << 12) | EPHEMERAL;

/// Discord's types of messages.
const PLAIN: u64 = 0;
const REPLY: u64 = 19;
const SLASH_ANSWER: u64 = 20;
const MENU_ANSWER: u64 = 23;

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMessage {
    /// Discord's number for it.
    pub id: u64,
    /// Where it stands.
    pub channel: u64,
    /// Plain text.
    pub content: String,
    /// Embeds as sent, with the addresses of files in them.
    pub embeds: Vec<Value>,
    /// Rows of buttons and menus as sent.
    pub components: Vec<Value>,
    /// Files: `id`, `filename`, `size`, and the address of the content under `url`.
    pub attachments: Vec<Value>,
    /// Bits; 64 is ephemeral, 128 is "thinking…".
    pub flags: u64,
    /// Whose command made it, or who wrote it; 0 if the bot wrote it unasked.
    pub author: u64,
    /// Whether the bot wrote it.
    pub by_bot: bool,
    /// The token of the interaction that it answers, if it does.
    pub interaction: String,
    /// The interaction as Discord describes it in messages.
    pub(super) metadata: Value,
    /// The message that it is a reply to.
    pub reply_to: Option<u64>,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was last edited.
    pub edited: Option<Timestamp>,
}

impl ChannelMessage {
    /// A message without anything in it.
    pub(super) fn new(id: u64, channel: u64, author: u64, sent: Timestamp) -> Self {
        Self {
            id,
            channel,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            author,
            by_bot: true,
            interaction: String::new(),
            metadata: Value::Null,
            reply_to: None,
            sent,
            edited: None,
        }
    }

    /// Whether only one person sees it.
    pub fn is_ephemeral(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }

    /// Whether the bot has promised an answer and not given it.
    pub fn is_thinking(&self) -> bool {
        self.flags & LOADING != 0
    }

    /// All text a reader sees: content, embed titles, descriptions, fields and footers, a line each.
    pub fn text(&self) -> String {
        let mut lines = vec![self.content.clone()];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for embed in &self.embeds {
            lines.extend([text(&embed["title"]), text(&embed["description"])]);
            for field in embed["fields"].as_array().into_iter().flatten() {
                lines.extend([text(&field["name"]), text(&field["value"])]);
            }
            lines.push(text(&embed["footer"]["text"]));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// Discord's type for it.
    fn kind(&self) -> u64 {
        match (self.metadata["type"].as_u64(), self.reply_to) {
            (_, Some(_)) => REPLY,
            (Some(2), _) if self.metadata["command_type"] == 1 => SLASH_ANSWER,
            (Some(2), _) => MENU_ANSWER,
            _ => PLAIN,
        }
    }
}

impl World {
    /// The message as a request leaves it. What the request leaves out stays.
    pub(super) fn apply_body(
        &self,
        mut message: ChannelMessage,
        body: &RequestBody,
    ) -> Result<ChannelMessage, ApiError> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        message.attachments = self.merged_attachments(&message.attachments, body)?;
        let json = &body.json;
        if let Some(content) = json.get("content") {
            content
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut message.content);
        }
        if let Some(embeds) = json.get("embeds") {
            message.embeds = attachment::resolve(&list(embeds), &message.attachments)?;
        }
        if let Some(components) = json.get("components") {
            message.components = list(components);
        }
        Ok(message)
    }

    /// The message as in Discord's payloads.
    pub(super) fn message_json(&self, message: &ChannelMessage) -> Value {
        let author = self.users.get(&message.author).filter(|_| !message.by_bot);
        let mentions: Vec<Value> = self
            .mentions(&message.content)
            .filter(|_| !message.by_bot)
            .map(|user| user.map_or_else(|| self.bot_json(), User::json))
            .collect();
        let mut payload = json!({
            "id": message.id.to_string(), "channel_id": message.channel.to_string(),
            "author": author.map_or_else(|| self.bot_json(), User::json), "content": message.content,
            "timestamp": timestamp(message.sent), "edited_timestamp": message.edited.map(timestamp), "tts": false,
            "mention_everyone": false, "mentions": mentions, "mention_roles": [], "attachments": message.attachments,
            "embeds": message.embeds, "components": message.components, "pinned": false, "type": message.kind(), "flags": message.flags,
        });
        if message.by_bot {
            payload["application_id"] = json!(Self::APPLICATION.to_string());
        }
        if !message.metadata.is_null() {
            payload["webhook_id"] = json!(Self::APPLICATION.to_string());
            payload["interaction_metadata"] = message.metadata.clone();
        }
        if let Some(other) = message.reply_to {
            payload["message_reference"] = json!({"type": 0, "message_id": other.to_string(), "channel_id": message.channel.to_string()});
        }
        payload
    }

    /// Whether somebody sees a message.
    pub(super) fn is_visible(&self, message: &ChannelMessage, user: u64) -> bool {
        self.channel(message.channel, user).is_ok()
            && (!message.is_ephemeral() || message.author == user)
    }

    /// All messages there are, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &ChannelMessage> {
        self.messages.values()
    }

    /// The message with this number.
    pub fn message(&self, id: u64) -> Option<&ChannelMessage> {
        self.messages.get(&id)
    }

    /// The answers to an interaction, oldest first.
    pub fn responses(&self, token: &str) -> impl Iterator<Item = &ChannelMessage> {
        self.messages
            .values()
            .filter(move |message| message.interaction == token)
    }

    /// A moderator deletes a message.
    pub fn delete_message(&mut self, id: u64) {
        self.remove_message(id);
    }

    /// Puts a message where it belongs, new or changed, and shows it.
    pub(super) fn upsert_message(&mut self, message: ChannelMessage) -> u64 {
        /// Messages that are kept; older ones are forgotten.
        const REMEMBERED: usize = 20_000;
        let id = message.id;
        let known = self.messages.contains_key(&id);
        self.dispatch_message(
            if known {
                "MESSAGE_UPDATE"
            } else {
                "MESSAGE_CREATE"
            },
            &message,
        );
        self.messages.insert(id, message);
        if self.messages.len() > REMEMBERED {
            self.messages.pop_first();
        }
        self.push_message_event(id);
        id
    }

    /// Who hears of a message: one person, or everybody.
    fn audience(&self, message: &ChannelMessage) -> Option<u64> {
        use super::ChannelKind::Dm;
        match self
            .channels
            .get(&message.channel)
            .map(|channel| channel.kind)
        {
            _ if message.is_ephemeral() => Some(message.author),
            Some(Dm(owner)) => Some(owner),
            _ => None,
        }
    }

    /// Tells the pages of those who may see it that a message is new or has changed.
    fn push_message_event(&mut self, id: u64) {
        if let Some(message) = self.messages.get(&id) {
            let event = json!({"type": "message", "message": self.message_json(message)});
            self.push_page_event(self.audience(message), event);
        }
    }

    pub(super) fn remove_message(&mut self, id: u64) {
        if let Some(message) = self.messages.remove(&id) {
            let event = json!({"type": "deleted", "id": id.to_string(), "channel_id": message.channel.to_string()});
            self.push_page_event(self.audience(&message), event);
            self.dispatch_message_delete(&message);
        }
    }
}
