//! Responses to interactions: the first response, `@original` and follow-up messages.

use serde_json::{Value, json};

use super::interaction::Interaction;
use super::invocation::{AUTOCOMPLETE, COMMAND, COMPONENT, MODAL};
use super::limits::{self, MessageWrite};
use super::message::{EPHEMERAL, LOADING, SETTABLE};
use super::{ApiError, ChannelMessage, RequestBody, Timestamp, World};

/// Deadline for the first response, in milliseconds.
const RESPONSE_DEADLINE: u64 = 3_000;
/// Maximum number of follow-up messages where the app is installed by a user only.
const MAX_FOLLOW_UPS: usize = 5;
/// The message flag `IS_COMPONENTS_V2`, which the sandbox does not support.
const COMPONENTS_V2: u64 = 1 << 15;

/// Discord's types of interaction responses.
const CHANNEL_MESSAGE: u64 = 4;
const DEFERRED_MESSAGE: u64 = 5;
const DEFERRED_UPDATE: u64 = 6;
const UPDATE_MESSAGE: u64 = 7;
const AUTOCOMPLETE_RESULT: u64 = 8;
const OPEN_MODAL: u64 = 9;

impl World {
    /// `POST /interactions/{id}/{token}/callback` (Create Interaction Response). Returns the body of the answer to
    /// `with_response=true`.
    ///
    /// # Errors
    /// If the interaction is unknown, the deadline has passed, there already is a response, the type of the response
    /// does not fit, or the body exceeds Discord's limits.
    pub fn create_response(
        &mut self,
        now: Timestamp,
        id: u64,
        token: &str,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        let interaction = self
            .interactions
            .get(token)
            .filter(|interaction| interaction.id == id)
            .ok_or_else(|| ApiError::unknown(10_062, "interaction"))?
            .clone();
        if interaction.has_response {
            let message = "Interaction has already been acknowledged.";
            return Err(ApiError::new(400, 40_060, message));
        }
        if now.0 > interaction.created.0 + RESPONSE_DEADLINE {
            return Err(ApiError::unknown(10_062, "interaction"));
        }
        let kind = body.json["type"].as_u64().unwrap_or(0);
        let data = body.part("data");
        self.check_response_type(&interaction, kind)?;
        let original = self
            .apply_response(now, &interaction, kind, &data)
            .map_err(|error| error.within("data"))?;
        self.record_response(&interaction, kind, original, data.json);
        Ok(self.response_json(&interaction, kind, original))
    }

    /// An error unless a response of type `kind` fits the interaction.
    fn check_response_type(&self, interaction: &Interaction, kind: u64) -> Result<(), ApiError> {
        let fits = match (kind, interaction.kind) {
            (CHANNEL_MESSAGE | DEFERRED_MESSAGE, COMMAND | COMPONENT | MODAL)
            | (AUTOCOMPLETE_RESULT, AUTOCOMPLETE)
            | (OPEN_MODAL, COMMAND | COMPONENT) => true,
            (DEFERRED_UPDATE | UPDATE_MESSAGE, COMPONENT | MODAL) => interaction.source.is_some(),
            _ => false,
        };
        if !fits {
            let problem = format!(
                "An interaction of type {} cannot be answered by type {kind}.",
                interaction.kind
            );
            return Err(ApiError::form("type", "BASE_TYPE_CHOICES", problem));
        }
        let is_deleted = interaction
            .source
            .is_some_and(|id| !self.messages.contains_key(&id));
        if kind == UPDATE_MESSAGE && is_deleted {
            return Err(ApiError::unknown(10_008, "Message"));
        }
        Ok(())
    }

    /// Applies a response of type `kind`. Returns the message that `@original` refers to from now on.
    fn apply_response(
        &mut self,
        now: Timestamp,
        interaction: &Interaction,
        kind: u64,
        data: &RequestBody,
    ) -> Result<Option<u64>, ApiError> {
        match kind {
            CHANNEL_MESSAGE => {
                limits::check_message(
                    &data.json,
                    MessageWrite::Create {
                        files: data.files.len(),
                    },
                )?;
                let flags = settable_flags(&data.json)?;
                self.post_response(now, interaction, flags, data).map(Some)
            }
            DEFERRED_MESSAGE => {
                let flags = (settable_flags(&data.json)? & EPHEMERAL) | LOADING;
                let empty = json!({}).into();
                self.post_response(now, interaction, flags, &empty)
                    .map(Some)
            }
            DEFERRED_UPDATE => Ok(interaction.source),
            UPDATE_MESSAGE => {
                limits::check_message(&data.json, MessageWrite::Edit)?;
                self.apply_edit(now, interaction.source.unwrap_or(0), data)?;
                Ok(interaction.source)
            }
            AUTOCOMPLETE_RESULT => {
                let kind = interaction.focused_option_type;
                limits::check_choices(&data.json["choices"], kind)?;
                Ok(None)
            }
            _ => {
                limits::check_modal(&data.json)?;
                Ok(None)
            }
        }
    }

    /// Records that the interaction has a response, and tells the page of the user.
    fn record_response(
        &mut self,
        Interaction {
            token,
            user,
            channel,
            ..
        }: &Interaction,
        kind: u64,
        original: Option<u64>,
        data: Value,
    ) {
        let Some(interaction) = self.interactions.get_mut(token) else {
            return;
        };
        interaction.has_response = true;
        interaction.original_response = original;
        let mut event =
            json!({"type": "answered", "token": token, "channel_id": channel.to_string()});
        if kind == AUTOCOMPLETE_RESULT {
            event["choices"] = data["choices"].clone();
            interaction.choices = data["choices"].as_array().cloned();
        } else if kind == OPEN_MODAL {
            event["modal"] = data.clone();
            interaction.modal = Some(data);
        }
        self.push_page_event(Some(*user), event);
    }

    /// `GET /webhooks/{application}/{token}/messages/@original` (`message` is `None`), or of a follow-up message.
    ///
    /// # Errors
    /// If there is no such message or the token is unknown or has expired.
    pub fn get_response(
        &self,
        now: Timestamp,
        token: &str,
        message: Option<u64>,
    ) -> Result<Value, ApiError> {
        let id = self.response_id(now, token, message)?;
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `PATCH …/messages/@original` (`message` is `None`), or of a follow-up message.
    ///
    /// # Errors
    /// If there is no such message, the token is unknown or has expired, or the body exceeds Discord's limits.
    pub fn edit_response(
        &mut self,
        now: Timestamp,
        token: &str,
        message: Option<u64>,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        let id = self.response_id(now, token, message)?;
        limits::check_message(&body.json, MessageWrite::Edit)?;
        self.apply_edit(now, id, body)?;
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `DELETE …/messages/@original` (`message` is `None`), or of a follow-up message.
    ///
    /// # Errors
    /// If there is no such message or the token is unknown or has expired.
    pub fn delete_response(
        &mut self,
        now: Timestamp,
        token: &str,
        message: Option<u64>,
    ) -> Result<(), ApiError> {
        let id = self.response_id(now, token, message)?;
        self.remove_message(id);
        Ok(())
    }

    /// `POST /webhooks/{application}/{token}` (Create Followup Message). As on Discord, the first follow-up after a
    /// deferred response replaces that response.
    ///
    /// # Errors
    /// If the interaction has no response yet, the token is unknown or has expired, the maximum number of follow-ups is
    /// reached, or the body exceeds Discord's limits.
    pub fn create_followup(
        &mut self,
        now: Timestamp,
        token: &str,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        let interaction = self.valid_interaction(now, token)?.clone();
        limits::check_message(
            &body.json,
            MessageWrite::Create {
                files: body.files.len(),
            },
        )?;
        if !interaction.has_response {
            return Err(ApiError::unknown(10_015, "Webhook"));
        }
        let is_guest = !self.channels[&interaction.channel].kind.has_bot();
        if is_guest && interaction.follow_ups >= MAX_FOLLOW_UPS {
            let message = "This interaction has reached its maximum number of follow up messages";
            return Err(ApiError::new(400, 40_094, message));
        }
        let deferred = interaction
            .original_response
            .and_then(|id| self.messages.get(&id))
            .filter(|message| message.is_thinking())
            .map(|message| message.id);
        let id = if let Some(id) = deferred {
            self.apply_edit(now, id, body)?;
            id
        } else {
            self.post_response(now, &interaction, settable_flags(&body.json)?, body)?
        };
        if let Some(interaction) = self.interactions.get_mut(token) {
            interaction.follow_ups += 1;
        }
        Ok(self.message_json(&self.messages[&id]))
    }

    /// Id of the original response, or of the follow-up `message`, if it belongs to the interaction.
    fn response_id(
        &self,
        now: Timestamp,
        token: &str,
        message: Option<u64>,
    ) -> Result<u64, ApiError> {
        let interaction = self.valid_interaction(now, token)?;
        let original = interaction.original_response;
        let id = message.or(original.filter(|_| interaction.has_response));
        let belongs = |message: &&ChannelMessage| {
            message.by_bot
                && message.channel == interaction.channel
                && (message.author == interaction.user || Some(message.id) == interaction.source)
        };
        id.and_then(|id| self.messages.get(&id))
            .filter(belongs)
            .map(|message| message.id)
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))
    }

    fn post_response(
        &mut self,
        now: Timestamp,
        interaction: &Interaction,
        flags: u64,
        body: &RequestBody,
    ) -> Result<u64, ApiError> {
        let id = self.snowflake(now);
        let mut message = ChannelMessage::new(id, interaction.channel, interaction.user, now);
        message.flags = flags;
        message.interaction.clone_from(&interaction.token);
        message.metadata = interaction.metadata.clone();
        if let Some(original) = interaction.original_response {
            message.metadata["original_response_message_id"] = json!(original.to_string());
        }
        let exists = |id: &u64| self.messages.contains_key(id);
        message.reply_to = interaction
            .original_response
            .filter(exists)
            .or(interaction.source.filter(exists));
        let message = self.apply_body(message, body)?;
        Ok(self.upsert_message(message))
    }
}

/// The flags in a body that a bot may set on a message.
fn settable_flags(body: &Value) -> Result<u64, ApiError> {
    let flags = body["flags"].as_u64().unwrap_or(0);
    if flags & COMPONENTS_V2 == 0 {
        Ok(flags & SETTABLE)
    } else {
        let problem = "The sandbox does not support components v2 (1 << 15).";
        Err(ApiError::form("flags", "BASE_TYPE_CHOICES", problem))
    }
}
