//! Messages that no interaction made: people's own, and those that the bot sends by the channel's routes.

use serde_json::Value;

use super::limits::{self, Sending};
use super::message::{EPHEMERAL, SETTABLE};
use super::place::{MANAGE_MESSAGES, READ_HISTORY, SEND_MESSAGES};
use super::{ApiError, Body, Message, Moment, World, id_in};

/// Which messages of a channel are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The newest ones.
    Newest,
    /// Those right before this one.
    Before(u64),
    /// Those right after this one.
    After(u64),
}

impl World {
    /// Somebody writes a message. Returns its number.
    ///
    /// # Errors
    /// When there is no such person or channel, or the text is empty or too long.
    pub fn say(
        &mut self,
        now: Moment,
        user: u64,
        channel: u64,
        text: &str,
    ) -> Result<u64, ApiError> {
        self.user(user)?;
        self.channel(channel, user)?;
        let body = serde_json::json!({"content": text});
        limits::check_message(&body, Sending::New(0))?;
        let mut message = Message::new(self.snowflake(now), channel, user, now);
        message.by_bot = false;
        text.clone_into(&mut message.content);
        Ok(self.put_message(message))
    }

    /// `POST /channels/{id}/messages`.
    ///
    /// # Errors
    /// When the bot may not send there, or the body breaks Discord's limits.
    pub fn send(&mut self, now: Moment, channel: u64, body: &Body) -> Result<Value, ApiError> {
        let allowed = self.bots_channel(channel)?.permissions & SEND_MESSAGES != 0;
        if !allowed {
            return Err(missing_permissions());
        }
        limits::check_message(&body.json, Sending::New(body.files.len()))?;
        let mut message = Message::new(self.snowflake(now), channel, 0, now);
        message.flags = body.json["flags"].as_u64().unwrap_or(0) & SETTABLE & !EPHEMERAL;
        message.reply_to = self.referenced(channel, &body.json)?;
        let message = self.applied(message, body)?;
        let id = self.put_message(message);
        Ok(self.message_json(&self.messages[&id]))
    }

    /// The message that a new one is a reply to.
    fn referenced(&self, channel: u64, body: &Value) -> Result<Option<u64>, ApiError> {
        let reference = &body["message_reference"];
        if reference.is_null() {
            return Ok(None);
        }
        let found = id_in(&reference["message_id"])
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

    /// `GET /channels/{id}/messages/{id}`. Without the intent for it the bot does not see what people write on a server.
    ///
    /// # Errors
    /// When there is none that the bot may see.
    pub fn fetch(&self, channel: u64, message: u64) -> Result<Value, ApiError> {
        let place = self.bots_channel(channel)?;
        if place.permissions & READ_HISTORY == 0 {
            return Err(missing_permissions());
        }
        self.posted(channel, message)
            .map(|message| self.seen_by_bot(message))
    }

    /// `GET /channels/{id}/messages`: at most so many of a part of them, newest first; none if the bot may not read them.
    ///
    /// # Errors
    /// When the bot may not see the channel.
    pub fn history(&self, channel: u64, part: Part, most: usize) -> Result<Vec<Value>, ApiError> {
        let readable = self.bots_channel(channel)?.permissions & READ_HISTORY != 0;
        let there =
            |message: &&Message| readable && message.channel == channel && !message.is_ephemeral();
        let (first, last) = match part {
            Part::Newest => (0, u64::MAX),
            Part::Before(id) => (0, id.saturating_sub(1)),
            Part::After(id) => (id.saturating_add(1), u64::MAX),
        };
        let messages = self.messages.range(first..=last);
        let messages = messages.map(|(_, message)| message).filter(there);
        let mut found: Vec<&Message> = if matches!(part, Part::After(_)) {
            messages.take(most).collect()
        } else {
            messages.rev().take(most).collect()
        };
        found.sort_by_key(|message| std::cmp::Reverse(message.id));
        Ok(found
            .into_iter()
            .map(|message| self.seen_by_bot(message))
            .collect())
    }

    /// `PATCH /channels/{id}/messages/{id}`.
    ///
    /// # Errors
    /// When it is not the bot's, the bot may not see it, or the body breaks Discord's limits.
    pub fn revise(
        &mut self,
        now: Moment,
        channel: u64,
        message: u64,
        body: &Body,
    ) -> Result<Value, ApiError> {
        self.bots_channel(channel)?;
        let message = self.posted(channel, message)?;
        if !message.by_bot {
            let why = "Cannot edit a message authored by another user";
            return Err(ApiError::new(403, 50_005, why));
        }
        limits::check_message(&body.json, Sending::Edit)?;
        let id = message.id;
        self.edit(now, id, body)?;
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `DELETE /channels/{id}/messages/{id}`.
    ///
    /// # Errors
    /// When there is none, or it is somebody else's and the bot may not manage messages there.
    pub fn erase(&mut self, channel: u64, message: u64) -> Result<(), ApiError> {
        let place = self.bots_channel(channel)?;
        let message = self.posted(channel, message)?;
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

    /// A message that the routes of its channel know: private ones they do not.
    fn posted(&self, channel: u64, message: u64) -> Result<&Message, ApiError> {
        self.messages
            .get(&message)
            .filter(|message| message.channel == channel && !message.is_ephemeral())
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))
    }
}

fn missing_permissions() -> ApiError {
    ApiError::new(403, 50_013, "Missing Permissions")
}
