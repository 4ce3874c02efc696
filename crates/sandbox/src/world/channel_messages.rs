//! Messages without an interaction: messages of users, and the endpoints of channel messages.

use serde_json::Value;

use super::channel::{MANAGE_MESSAGES, READ_HISTORY, SEND_MESSAGES};
use super::limits::{self, MessageWrite};
use super::message::{EPHEMERAL, SETTABLE};
use super::{ApiError, ChannelMessage, RequestBody, Timestamp, World, parse_snowflake};

/// The position from which `GET /channels/{id}/messages` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryCursor {
    /// The newest messages.
    Newest,
    /// Messages before this id.
    Before(u64),
    /// Messages after this id.
    After(u64),
}

impl World {
    /// Posts a message of a user. Returns the message's id.
    ///
    /// # Errors
    /// If the user or channel is unknown, or the text is empty or too long.
    pub fn post_as_user(
        &mut self,
        now: Timestamp,
        user: u64,
        channel: u64,
        text: &str,
    ) -> Result<u64, ApiError> {
        self.user(user)?;
        self.channel(channel, user)?;
        let body = serde_json::json!({"content": text});
        limits::check_message(&body, MessageWrite::Create { files: 0 })?;
        let mut message = ChannelMessage::new(self.snowflake(now), channel, user, now);
        message.by_bot = false;
        text.clone_into(&mut message.content);
        Ok(self.upsert_message(message))
    }

    /// `POST /channels/{id}/messages` (Create Message).
    ///
    /// # Errors
    /// If the bot may not send messages there, or the body exceeds Discord's limits.
    pub fn create_message(
        &mut self,
        now: Timestamp,
        channel: u64,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        let allowed = self.bot_channel(channel)?.permissions & SEND_MESSAGES != 0;
        if !allowed {
            return Err(missing_permissions());
        }
        limits::check_message(
            &body.json,
            MessageWrite::Create {
                files: body.files.len(),
            },
        )?;
        let mut message = ChannelMessage::new(self.snowflake(now), channel, 0, now);
        message.flags = body.json["flags"].as_u64().unwrap_or(0) & SETTABLE & !EPHEMERAL;
        message.reply_to = self.referenced_message(channel, &body.json)?;
        let message = self.apply_body(message, body)?;
        let id = self.upsert_message(message);
        Ok(self.message_json(&self.messages[&id]))
    }

    /// Id of the message that a new message replies to.
    fn referenced_message(&self, channel: u64, body: &Value) -> Result<Option<u64>, ApiError> {
        let reference = &body["message_reference"];
        if reference.is_null() {
            return Ok(None);
        }
        let found = parse_snowflake(&reference["message_id"])
            .and_then(|id| self.messages.get(&id))
            .filter(|message| message.channel == channel);
        match found {
            Some(message) => Ok(Some(message.id)),
            None if reference["fail_if_not_exists"] == false => Ok(None),
            None => Err(ApiError::form(
                "message_reference",
                "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
                "Unknown message",
            )),
        }
    }

    /// `GET /channels/{id}/messages/{id}` (Get Channel Message). Without the intent `MESSAGE_CONTENT`, messages of
    /// users in guilds are empty.
    ///
    /// # Errors
    /// If the message is unknown or the bot may not read it.
    pub fn get_message(&self, channel: u64, message: u64) -> Result<Value, ApiError> {
        let place = self.bot_channel(channel)?;
        if place.permissions & READ_HISTORY == 0 {
            return Err(missing_permissions());
        }
        self.channel_message(channel, message)
            .map(|message| self.bot_message_json(message))
    }

    /// `GET /channels/{id}/messages` (Get Channel Messages): at most `limit` messages, newest first. The list is empty
    /// if the bot may not read the message history.
    ///
    /// # Errors
    /// If the bot has no access to the channel.
    pub fn get_messages(
        &self,
        channel: u64,
        cursor: HistoryCursor,
        limit: usize,
    ) -> Result<Vec<Value>, ApiError> {
        let readable = self.bot_channel(channel)?.permissions & READ_HISTORY != 0;
        let there = |message: &&ChannelMessage| {
            readable && message.channel == channel && !message.is_ephemeral()
        };
        let (first, last) = match cursor {
            HistoryCursor::Newest => (0, u64::MAX),
            HistoryCursor::Before(id) => (0, id.saturating_sub(1)),
            HistoryCursor::After(id) => (id.saturating_add(1), u64::MAX),
        };
        let messages = self.messages.range(first..=last);
        let messages = messages.map(|(_, message)| message).filter(there);
        let mut found: Vec<&ChannelMessage> = if matches!(cursor, HistoryCursor::After(_)) {
            messages.take(limit).collect()
        } else {
            messages.rev().take(limit).collect()
        };
        found.sort_by_key(|message| std::cmp::Reverse(message.id));
        Ok(found
            .into_iter()
            .map(|message| self.bot_message_json(message))
            .collect())
    }

    /// `PATCH /channels/{id}/messages/{id}` (Edit Message).
    ///
    /// # Errors
    /// If the message is unknown or not the bot's, or the body exceeds Discord's limits.
    pub fn edit_message(
        &mut self,
        now: Timestamp,
        channel: u64,
        message: u64,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        self.bot_channel(channel)?;
        let message = self.channel_message(channel, message)?;
        if !message.by_bot {
            let why = "Cannot edit a message authored by another user";
            return Err(ApiError::new(403, 50_005, why));
        }
        limits::check_message(&body.json, MessageWrite::Edit)?;
        let id = message.id;
        self.apply_edit(now, id, body)?;
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `DELETE /channels/{id}/messages/{id}` (Delete Message).
    ///
    /// # Errors
    /// If the message is unknown, or belongs to a user and the bot lacks the permission to manage messages.
    pub fn delete_message_by_bot(&mut self, channel: u64, message: u64) -> Result<(), ApiError> {
        let place = self.bot_channel(channel)?;
        let message = self.channel_message(channel, message)?;
        if !message.by_bot && place.kind.guild().is_none() {
            return Err(ApiError::new(
                403,
                50_003,
                "Cannot execute action on a DM channel",
            ));
        }
        if !message.by_bot && place.permissions & MANAGE_MESSAGES == 0 {
            return Err(missing_permissions());
        }
        let id = message.id;
        self.remove_message(id);
        Ok(())
    }

    /// A message that the endpoints of its channel know: any except ephemeral ones.
    fn channel_message(&self, channel: u64, message: u64) -> Result<&ChannelMessage, ApiError> {
        self.messages
            .get(&message)
            .filter(|message| message.channel == channel && !message.is_ephemeral())
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))
    }
}

fn missing_permissions() -> ApiError {
    ApiError::new(403, 50_013, "Missing Permissions")
}
