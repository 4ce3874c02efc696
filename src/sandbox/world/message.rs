//! Messages: what the bot sent, as it stands now.

use serde_json::{Value, json};

use super::payload::timestamp;
use super::{Moment, World};

/// Message flags that mean something here.
pub(super) const EPHEMERAL: u64 = 1 << 6;
pub(super) const LOADING: u64 = 1 << 7;

/// A message of the bot's.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Discord's number for it.
    pub id: u64,
    /// Where it stands.
    pub channel: u64,
    /// Plain text.
    pub content: String,
    /// Embeds as sent.
    pub embeds: Vec<Value>,
    /// Rows of buttons and menus as sent.
    pub components: Vec<Value>,
    /// Files: `id`, `filename`, `size`, and the page's address of the content under `url`.
    pub attachments: Vec<Value>,
    /// Bits; 64 is ephemeral, 128 is "thinking…".
    pub flags: u64,
    /// Whose command made it.
    pub author: u64,
    /// The token of the interaction that it answers.
    pub interaction: String,
    /// The command's name, if a command made it.
    pub command: Option<String>,
    /// When it was sent.
    pub sent: Moment,
    /// When it was last edited.
    pub edited: Option<Moment>,
}

impl Message {
    /// Whether only one person sees it.
    pub fn is_ephemeral(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }

    /// Whether the bot has promised an answer and not given it.
    pub fn is_thinking(&self) -> bool {
        self.flags & LOADING != 0
    }

    pub(super) fn visible_to(&self, user: u64) -> bool {
        !self.is_ephemeral() || self.author == user
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

    /// Takes over what a request body says; what it leaves out stays.
    pub(super) fn apply(&mut self, body: &Value) {
        let list = |value: &Value| value.as_array().cloned();
        if let Some(content) = body.get("content") {
            content
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut self.content);
        }
        if let Some(embeds) = body.get("embeds") {
            self.embeds = list(embeds).unwrap_or_default();
        }
        if let Some(components) = body.get("components") {
            self.components = list(components).unwrap_or_default();
        }
        if let Some(attachments) = body.get("attachments").and_then(list) {
            self.attachments = attachments;
        }
    }
}

impl World {
    /// The message as in Discord's payloads.
    pub(super) fn message_json(&self, message: &Message) -> Value {
        let author = self.users.get(&message.author).map(super::User::json);
        let metadata = message.command.as_ref().map(|name| {
            json!({"id": message.id.to_string(), "type": 2, "user": author, "authorizing_integration_owners": {}, "name": name})
        });
        json!({
            "id": message.id.to_string(), "channel_id": message.channel.to_string(), "author": self.bot_json(), "content": message.content,
            "timestamp": timestamp(message.sent), "edited_timestamp": message.edited.map(timestamp), "tts": false, "mention_everyone": false,
            "mentions": [], "mention_roles": [], "attachments": message.attachments, "embeds": message.embeds,
            "components": message.components, "pinned": false, "type": if message.command.is_some() { 20 } else { 0 },
            "flags": message.flags, "application_id": Self::APPLICATION.to_string(), "webhook_id": Self::APPLICATION.to_string(),
            "interaction_metadata": metadata,
        })
    }

    /// All messages there are, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// The message with this number.
    pub fn message(&self, id: u64) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// The answers to an interaction, oldest first.
    pub fn replies(&self, token: &str) -> impl Iterator<Item = &Message> {
        self.messages
            .values()
            .filter(move |message| message.interaction == token)
    }

    /// A moderator deletes a message.
    pub fn delete_message(&mut self, id: u64) {
        self.remove_message(id);
    }

    /// Tells the pages of those who may see it that a message is new or has changed.
    pub(super) fn show(&mut self, id: u64) {
        if let Some(message) = self.messages.get(&id) {
            let only = message.is_ephemeral().then_some(message.author);
            let event = json!({"type": "message", "message": self.message_json(message)});
            self.tell_page(only, event);
        }
    }

    pub(super) fn remove_message(&mut self, id: u64) {
        if let Some(message) = self.messages.remove(&id) {
            let only = message.is_ephemeral().then_some(message.author);
            self.tell_page(only, json!({"type": "deleted", "id": id.to_string(), "channel_id": message.channel.to_string()}));
        }
    }
}
