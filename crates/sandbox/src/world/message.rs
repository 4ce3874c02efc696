//! Messages of the bot and of users.

use serde_json::{Value, json};

use super::{ApiError, RequestBody, Timestamp, User, World, attachment};

/// Discord's message flags.
pub(super) const EPHEMERAL: u64 = 1 << 6;
pub(super) const LOADING: u64 = 1 << 7;
/// Flags that a bot may set: `SUPPRESS_EMBEDS`, `SUPPRESS_NOTIFICATIONS`, `EPHEMERAL`.
pub(super) const SETTABLE: u64 = (1 << 2) | (1 << 12) | EPHEMERAL;

/// Discord's message types.
const PLAIN: u64 = 0;
const REPLY: u64 = 19;
const SLASH_ANSWER: u64 = 20;
const MENU_ANSWER: u64 = 23;

/// A message in a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMessage {
    /// Id of the message.
    pub id: u64,
    /// Id of the channel.
    pub channel: u64,
    /// Text content.
    pub content: String,
    /// Embeds as sent, with `attachment://` replaced by URLs.
    pub embeds: Vec<Value>,
    /// Action rows as sent.
    pub components: Vec<Value>,
    /// Attachment objects: `id`, `filename`, `size`, `url`, …
    pub attachments: Vec<Value>,
    /// Message flags: 64 is ephemeral, 128 is loading ("thinking…").
    pub flags: u64,
    /// Id of the user who wrote the message or invoked the bot; 0 if the bot wrote it without an interaction.
    pub author: u64,
    /// Whether the bot wrote the message.
    pub by_bot: bool,
    /// Token of the interaction that the message responds to; empty without an interaction.
    pub interaction: String,
    /// `interaction_metadata`; null without an interaction.
    pub(super) metadata: Value,
    /// Id of the message that it replies to.
    pub reply_to: Option<u64>,
    /// Time of creation.
    pub sent: Timestamp,
    /// Time of the last edit.
    pub edited: Option<Timestamp>,
}

impl ChannelMessage {
    /// An empty message of the bot.
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

    /// Whether only the user who invoked the bot sees the message.
    pub fn is_ephemeral(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }

    /// Whether the message is a deferred response that has not been edited yet.
    pub fn is_thinking(&self) -> bool {
        self.flags & LOADING != 0
    }

    /// All visible text, one line each: content, and titles, descriptions, fields and footers of embeds.
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

    /// Discord's message type.
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
    /// Applies a body to a message. Fields that the body lacks stay.
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

    /// Applies a body to a message of the bot.
    ///
    /// # Errors
    /// If there is no such message, an attachment is invalid, or the message would be empty.
    pub(super) fn apply_edit(
        &mut self,
        now: Timestamp,
        id: u64,
        body: &RequestBody,
    ) -> Result<(), ApiError> {
        let old = self
            .messages
            .get(&id)
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))?;
        // Replacing a deferred response does not count as an edit.
        let edited = (!old.is_thinking()).then_some(now);
        let mut message = self.apply_body(old.clone(), body)?;
        let lists = [&message.embeds, &message.components, &message.attachments];
        if message.content.trim().is_empty() && lists.iter().all(|list| list.is_empty()) {
            return Err(ApiError::new(400, 50_006, "Cannot send an empty message"));
        }
        message.edited = edited;
        message.flags &= !LOADING;
        self.upsert_message(message);
        Ok(())
    }

    /// The message object of Discord's payloads.
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
            "timestamp": message.sent.to_iso8601(), "edited_timestamp": message.edited.map(Timestamp::to_iso8601), "tts": false,
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

    /// Whether a user sees a message.
    pub(super) fn is_visible(&self, message: &ChannelMessage, user: u64) -> bool {
        self.channel(message.channel, user).is_ok()
            && (!message.is_ephemeral() || message.author == user)
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &ChannelMessage> {
        self.messages.values()
    }

    /// The message with this id.
    pub fn message(&self, id: u64) -> Option<&ChannelMessage> {
        self.messages.get(&id)
    }

    /// The messages that respond to an interaction, oldest first.
    pub fn responses(&self, token: &str) -> impl Iterator<Item = &ChannelMessage> {
        self.messages
            .values()
            .filter(move |message| message.interaction == token)
    }

    /// Deletes a message, as a moderator does.
    pub fn delete_message(&mut self, id: u64) {
        self.remove_message(id);
    }

    /// Inserts or replaces a message, and tells the bot and the pages.
    pub(super) fn upsert_message(&mut self, message: ChannelMessage) -> u64 {
        /// Maximum number of messages; the oldest are evicted.
        const MAX_MESSAGES: usize = 20_000;
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
        if self.messages.len() > MAX_MESSAGES {
            self.messages.pop_first();
        }
        self.push_message_event(id);
        id
    }

    /// The only user who may see a message; `None` if all users may.
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

    /// Tells the pages of its audience that a message was created or changed.
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
