//! Interactions: somebody asks the bot for something, and the bot answers in time or not.

use serde_json::{Value, json};

use super::command_options::focused;
use super::invocation::{AUTOCOMPLETE, COMMAND, COMPONENT, MODAL};
use super::limits::{self, MessageWrite};
use super::message::{EPHEMERAL, LOADING, SETTABLE};
use super::{ApiError, ChannelMessage, Invocation, OutboxEvent, RequestBody, Timestamp, World};

/// The bot has to answer within this time.
const ANSWER_WITHIN: u64 = 3_000;
/// An interaction's token can be used for this long.
const TOKEN_LIFE: u64 = 15 * 60_000;
/// Follow-ups for one interaction where the bot is not at home.
const FOLLOW_UPS: usize = 5;
/// The flag of messages that consist of components only, which are not known here.
const COMPONENTS_V2: u64 = 1 << 15;

/// An interaction as the server remembers it.
#[derive(Debug, Clone)]
pub(super) struct Interaction {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) kind: u64,
    pub(super) user: u64,
    pub(super) channel: u64,
    /// Who installed the bot that is used here.
    pub(super) owners: Value,
    /// The interaction as Discord describes it in messages.
    pub(super) metadata: Value,
    /// The message whose component was used.
    pub(super) source: Option<u64>,
    /// The dialog that the bot opened.
    pub(super) modal: Option<Value>,
    /// The type of the option that somebody types into.
    typed: u64,
    choices: Option<Vec<Value>>,
    began: Timestamp,
    answered: bool,
    /// The message that `@original` means.
    original: Option<u64>,
    follow_ups: usize,
}

impl World {
    /// Somebody does something; the bot is told. Returns the interaction's token.
    ///
    /// # Errors
    /// When Discord would not let the person do that.
    pub fn invoke(
        &mut self,
        now: Timestamp,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        let (person, place) = (self.user(user)?, self.channel(channel, user)?);
        let asked = self.check_invocation(person, place, invocation)?;
        let source = asked.source.and_then(|id| self.messages.get(&id));
        // Under a message the bot is used as it was when the message was made.
        let owners = source
            .map(|message| message.metadata["authorizing_integration_owners"].clone())
            .filter(|owners| !owners.is_null())
            .unwrap_or_else(|| place.kind.owners(user));
        let mut metadata = asked.metadata;
        let typed = self
            .commands
            .iter()
            .find(|command| command["id"] == asked.data["id"])
            .and_then(|command| {
                let (option, _) = focused(command, asked.data["options"].as_array()?)?;
                option["type"].as_u64()
            });
        metadata["type"] = json!(asked.kind);
        metadata["user"] = person.json();
        metadata["authorizing_integration_owners"] = owners.clone();
        let id = self.snowflake(now);
        metadata["id"] = json!(id.to_string());
        let interaction = Interaction {
            id,
            token: format!(
                "sandbox-token-{:016x}",
                id.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ),
            kind: asked.kind,
            user,
            channel,
            owners,
            metadata,
            source: asked.source,
            modal: None,
            typed: typed.unwrap_or(0),
            choices: None,
            began: now,
            answered: false,
            original: None,
            follow_ups: 0,
        };
        let data = self.interaction_json(&interaction, &asked.data);
        let alive = |_: &String, old: &mut Interaction| now.0 < old.began.0 + 2 * TOKEN_LIFE;
        self.interactions.retain(alive);
        let token = interaction.token.clone();
        self.interactions.insert(token.clone(), interaction);
        self.outbox.push(OutboxEvent::Dispatch {
            event: "INTERACTION_CREATE",
            data,
        });
        Ok(token)
    }

    /// The bot's first answer: `POST /interactions/{id}/{token}/callback`. Returns what Discord says of it to those who
    /// want to know.
    ///
    /// # Errors
    /// When the interaction is unknown, too old or answered already, or the body breaks Discord's limits.
    pub fn create_response(
        &mut self,
        now: Timestamp,
        id: u64,
        token: &str,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        let known = self.interactions.get(token).filter(|known| known.id == id);
        let interaction = known
            .ok_or_else(|| ApiError::unknown(10_062, "interaction"))?
            .clone();
        if interaction.answered {
            let why = "Interaction has already been acknowledged.";
            return Err(ApiError::new(400, 40_060, why));
        }
        if now.0 > interaction.began.0 + ANSWER_WITHIN {
            return Err(ApiError::unknown(10_062, "interaction"));
        }
        let (answer, data) = (body.json["type"].as_u64().unwrap_or(0), body.part("data"));
        self.check_response_type(&interaction, answer)?;
        let original = self
            .apply_response(now, &interaction, answer, &data)
            .map_err(|error| error.within("data"))?;
        self.record_response(&interaction, answer, original, data.json);
        Ok(self.response_json(&interaction, answer, original))
    }

    /// Does what an answer says; returns the message that `@original` means then.
    fn apply_response(
        &mut self,
        now: Timestamp,
        interaction: &Interaction,
        answer: u64,
        data: &RequestBody,
    ) -> Result<Option<u64>, ApiError> {
        match answer {
            4 => {
                limits::check_message(&data.json, MessageWrite::New(data.files.len()))?;
                let flags = settable(&data.json)?;
                self.post_response(now, interaction, flags, data).map(Some)
            }
            5 => {
                let flags = (settable(&data.json)? & EPHEMERAL) | LOADING;
                let nothing = json!({}).into();
                self.post_response(now, interaction, flags, &nothing)
                    .map(Some)
            }
            6 => Ok(interaction.source),
            7 => {
                limits::check_message(&data.json, MessageWrite::Edit)?;
                self.apply_edit(now, interaction.source.unwrap_or(0), data)?;
                Ok(interaction.source)
            }
            8 => {
                limits::check_choices(&data.json["choices"], interaction.typed)?;
                Ok(None)
            }
            _ => {
                limits::check_modal(&data.json)?;
                Ok(None)
            }
        }
    }

    /// An error unless an interaction can be answered in this way.
    fn check_response_type(&self, interaction: &Interaction, answer: u64) -> Result<(), ApiError> {
        let fits = match (answer, interaction.kind) {
            (4 | 5, COMMAND | COMPONENT | MODAL) | (8, AUTOCOMPLETE) | (9, COMMAND | COMPONENT) => {
                true
            }
            (6 | 7, COMPONENT | MODAL) => interaction.source.is_some(),
            _ => false,
        };
        if !fits {
            let problem = format!(
                "An interaction of type {} cannot be answered by type {answer}.",
                interaction.kind
            );
            return Err(ApiError::form("type", "BASE_TYPE_CHOICES", problem));
        }
        let gone = interaction
            .source
            .is_some_and(|id| !self.messages.contains_key(&id));
        if answer == 7 && gone {
            return Err(ApiError::unknown(10_008, "Message"));
        }
        Ok(())
    }

    /// Remembers the answer, and tells the page of whoever asked.
    fn record_response(
        &mut self,
        asked: &Interaction,
        answer: u64,
        original: Option<u64>,
        data: Value,
    ) {
        let (token, channel) = (&asked.token, asked.channel.to_string());
        let Some(interaction) = self.interactions.get_mut(token) else {
            return;
        };
        (interaction.answered, interaction.original) = (true, original);
        let mut event = json!({"type": "answered", "token": token, "channel_id": channel});
        if answer == 8 {
            event["choices"] = data["choices"].clone();
            interaction.choices = data["choices"].as_array().cloned();
        } else if answer == 9 {
            event["modal"] = data.clone();
            interaction.modal = Some(data);
        }
        self.push_page_event(Some(asked.user), event);
    }

    /// The dialog that the bot opened in answer to an interaction.
    pub fn modal(&self, token: &str) -> Option<&Value> {
        self.interactions.get(token)?.modal.as_ref()
    }

    /// What the bot offered in answer to somebody's typing.
    pub fn choices(&self, token: &str) -> Option<&[Value]> {
        self.interactions.get(token)?.choices.as_deref()
    }

    /// The message that `@original` means, or a follow-up: `GET …/messages/{id}`.
    ///
    /// # Errors
    /// When there is none.
    pub fn get_response(
        &self,
        now: Timestamp,
        token: &str,
        message: Option<u64>,
    ) -> Result<Value, ApiError> {
        let id = self.response_id(now, token, message)?;
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `PATCH …/messages/@original`, or of a follow-up if `message` names one.
    ///
    /// # Errors
    /// When there is no such message, the token has expired, or the body breaks Discord's limits.
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

    /// `DELETE …/messages/@original`, or of a follow-up.
    ///
    /// # Errors
    /// When there is no such message or the token has expired.
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

    /// `POST /webhooks/{application}/{token}`: a further message. As with Discord, the first one after a deferred answer
    /// takes that answer's place.
    ///
    /// # Errors
    /// When nothing was answered yet, the token has expired, there were too many, or the body breaks Discord's limits.
    pub fn create_followup(
        &mut self,
        now: Timestamp,
        token: &str,
        body: &RequestBody,
    ) -> Result<Value, ApiError> {
        let interaction = self.valid_interaction(now, token)?.clone();
        limits::check_message(&body.json, MessageWrite::New(body.files.len()))?;
        if !interaction.answered {
            return Err(ApiError::unknown(10_015, "Webhook"));
        }
        let at_home = self.channels[&interaction.channel].kind.has_bot();
        if !at_home && interaction.follow_ups >= FOLLOW_UPS {
            let why = "This interaction has reached its maximum number of follow up messages";
            return Err(ApiError::new(400, 40_094, why));
        }
        let thinking = interaction
            .original
            .and_then(|id| self.messages.get(&id))
            .filter(|message| message.is_thinking())
            .map(|message| message.id);
        let id = if let Some(id) = thinking {
            self.apply_edit(now, id, body)?;
            id
        } else {
            self.post_response(now, &interaction, settable(&body.json)?, body)?
        };
        if let Some(interaction) = self.interactions.get_mut(token) {
            interaction.follow_ups += 1;
        }
        Ok(self.message_json(&self.messages[&id]))
    }

    /// Tells whoever waits that the bot did not answer in time. Does nothing if it did.
    pub fn report_unanswered(&mut self, token: &str) {
        let waiting = self.interactions.get(token).filter(|known| !known.answered);
        if let Some(interaction) = waiting {
            let (user, channel) = (interaction.user, interaction.channel.to_string());
            let event = json!({"type": "unanswered", "token": token, "channel_id": channel, "kind": interaction.kind});
            self.push_page_event(Some(user), event);
        }
    }

    fn valid_interaction(&self, now: Timestamp, token: &str) -> Result<&Interaction, ApiError> {
        let interaction = self
            .interactions
            .get(token)
            .ok_or_else(|| ApiError::unknown(10_015, "Webhook"))?;
        if now.0 > interaction.began.0 + TOKEN_LIFE {
            return Err(ApiError::new(401, 50_027, "Invalid Webhook Token"));
        }
        Ok(interaction)
    }

    fn response_id(
        &self,
        now: Timestamp,
        token: &str,
        message: Option<u64>,
    ) -> Result<u64, ApiError> {
        let interaction = self.valid_interaction(now, token)?;
        let id = message.or(interaction.original.filter(|_| interaction.answered));
        let own = |message: &&ChannelMessage| {
            message.by_bot
                && message.channel == interaction.channel
                && (message.author == interaction.user || Some(message.id) == interaction.source)
        };
        id.and_then(|id| self.messages.get(&id))
            .filter(own)
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
        if let Some(original) = interaction.original {
            message.metadata["original_response_message_id"] = json!(original.to_string());
        }
        let exists = |id: &u64| self.messages.contains_key(id);
        message.reply_to = interaction
            .original
            .filter(exists)
            .or(interaction.source.filter(exists));
        let message = self.apply_body(message, body)?;
        Ok(self.upsert_message(message))
    }

    /// Changes a message of the bot's.
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
        // The answer that was promised is no edit.
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
}

/// The flags that a bot sets on a message.
fn settable(body: &Value) -> Result<u64, ApiError> {
    let flags = body["flags"].as_u64().unwrap_or(0);
    if flags & COMPONENTS_V2 == 0 {
        Ok(flags & SETTABLE)
    } else {
        let problem = "messages that consist of components only (1 << 15) are not known here";
        Err(ApiError::form("flags", "BASE_TYPE_CHOICES", problem))
    }
}
