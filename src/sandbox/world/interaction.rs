//! Interactions: somebody runs a command or presses a button, the bot answers in time or not.

use serde_json::{Value, json};

use super::message::{EPHEMERAL, LOADING};
use super::{ApiError, Message, Moment, Outgoing, World, limits};

/// The bot has to answer within this time.
const ANSWER_WITHIN: u64 = 3_000;
/// An interaction's token can be used for this long.
const TOKEN_LIFE: u64 = 15 * 60_000;
/// Messages that are kept; older ones are forgotten.
const REMEMBERED: usize = 5_000;

/// What somebody does.
#[derive(Debug, Clone, PartialEq)]
pub enum Invocation {
    /// Runs a slash command, with options as in Discord's payload (`[{"name", "type", "value"}]`).
    Command {
        /// The command's name.
        name: String,
        /// The options that were given.
        options: Vec<Value>,
    },
    /// Presses a button, or chooses from a menu (then with `values`).
    Component {
        /// The message it is under.
        message: u64,
        /// Which one.
        custom_id: String,
        /// What was chosen.
        values: Vec<String>,
    },
}

/// An interaction as the server remembers it.
#[derive(Debug, Clone)]
pub(super) struct Interaction {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) user: u64,
    pub(super) channel: u64,
    command: Option<String>,
    /// The message whose component was used.
    source: Option<u64>,
    began: Moment,
    answered: bool,
    /// The message that `@original` means.
    original: Option<u64>,
}

impl World {
    /// Somebody does something; the bot is told. Returns the interaction's token.
    ///
    /// # Errors
    /// When there is no such person, channel, command, message or component.
    pub fn invoke(
        &mut self,
        now: Moment,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        self.user(user)?;
        self.channel(channel, user)?;
        let (kind, data, command, source) = match invocation {
            Invocation::Command { name, options } => (
                2,
                self.command_data(name, options)?,
                Some(name.clone()),
                None,
            ),
            Invocation::Component {
                message,
                custom_id,
                values,
            } => (
                3,
                self.component_data(user, *message, custom_id, values)?,
                None,
                Some(*message),
            ),
        };
        let id = self.snowflake(now);
        let token = format!(
            "sandbox-token-{:016x}",
            id.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        );
        let interaction = Interaction {
            id,
            token: token.clone(),
            user,
            channel,
            command,
            source,
            began: now,
            answered: false,
            original: source,
        };
        let mut data = self.interaction_json(&interaction, kind, &data);
        if let Some(message) = source.and_then(|id| self.messages.get(&id)) {
            data["message"] = self.message_json(message);
        }
        let alive = |_: &String, old: &mut Interaction| now.0 < old.began.0 + 2 * TOKEN_LIFE;
        self.interactions.retain(alive);
        self.interactions.insert(token.clone(), interaction);
        self.outbox.push(Outgoing::Dispatch {
            event: "INTERACTION_CREATE",
            data,
        });
        Ok(token)
    }

    fn command_data(&self, name: &str, options: &[Value]) -> Result<Value, ApiError> {
        let command = self
            .commands
            .iter()
            .find(|command| command["name"] == name)
            .ok_or_else(|| ApiError::unknown(10_063, "application command"))?;
        Ok(json!({"id": command["id"], "name": name, "type": 1, "options": options}))
    }

    fn component_data(
        &self,
        user: u64,
        message: u64,
        custom_id: &str,
        values: &[String],
    ) -> Result<Value, ApiError> {
        let message = self
            .messages
            .get(&message)
            .filter(|message| message.visible_to(user))
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))?;
        let mut components = message
            .components
            .iter()
            .flat_map(|row| row["components"].as_array().into_iter().flatten());
        let component = components
            .find(|component| component["custom_id"] == custom_id && component["disabled"] != true);
        let component = component
            .ok_or_else(|| ApiError::form("custom_id", "no such component on the message"))?;
        Ok(
            json!({"id": 1, "custom_id": custom_id, "component_type": component["type"], "values": values}),
        )
    }

    /// The bot's first answer: `POST /interactions/{id}/{token}/callback`.
    ///
    /// # Errors
    /// When the interaction is unknown, too old or answered already, or the body breaks Discord's limits.
    pub fn callback(
        &mut self,
        now: Moment,
        id: u64,
        token: &str,
        body: &Value,
    ) -> Result<(), ApiError> {
        let interaction = self
            .interactions
            .get(token)
            .filter(|interaction| interaction.id == id)
            .cloned();
        let interaction = interaction.ok_or_else(|| ApiError::unknown(10_062, "interaction"))?;
        if now.0 > interaction.began.0 + ANSWER_WITHIN && !interaction.answered {
            return Err(ApiError::unknown(10_062, "interaction"));
        }
        if interaction.answered {
            return Err(ApiError::new(
                400,
                40_060,
                "Interaction has already been acknowledged.",
            ));
        }
        let data = body.get("data").cloned().unwrap_or_else(|| json!({}));
        let ephemeral = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL;
        let original = match (body["type"].as_u64(), interaction.source) {
            (Some(4), _) => {
                limits::check_message(&data, true)?;
                Some(self.post(now, &interaction, ephemeral, &data))
            }
            (Some(5), _) => Some(self.post(now, &interaction, ephemeral | LOADING, &json!({}))),
            (Some(6), Some(source)) => Some(source),
            (Some(7), Some(source)) => {
                limits::check_message(&data, false)?;
                self.edit(now, source, &data);
                Some(source)
            }
            _ => {
                return Err(ApiError::form(
                    "type",
                    "must be one of 4, 5, 6, 7 and fit the interaction",
                ));
            }
        };
        if let Some(interaction) = self.interactions.get_mut(token) {
            (interaction.answered, interaction.original) = (true, original);
        }
        Ok(())
    }

    /// The message that `@original` means: `GET …/messages/@original`.
    ///
    /// # Errors
    /// When there is none.
    pub fn original(&self, now: Moment, token: &str) -> Result<Value, ApiError> {
        let (_, id) = self.original_of(now, token)?;
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `PATCH …/messages/@original`, or of a follow-up if `message` names one.
    ///
    /// # Errors
    /// When there is no such message, the token has expired, or the body breaks Discord's limits.
    pub fn edit_reply(
        &mut self,
        now: Moment,
        token: &str,
        message: Option<u64>,
        body: &Value,
    ) -> Result<Value, ApiError> {
        let id = self.reply_of(now, token, message)?;
        limits::check_message(body, false)?;
        self.edit(now, id, body);
        Ok(self.message_json(&self.messages[&id]))
    }

    /// `DELETE …/messages/@original`, or of a follow-up.
    ///
    /// # Errors
    /// When there is no such message or the token has expired.
    pub fn delete_reply(
        &mut self,
        now: Moment,
        token: &str,
        message: Option<u64>,
    ) -> Result<(), ApiError> {
        let id = self.reply_of(now, token, message)?;
        self.remove_message(id);
        Ok(())
    }

    /// `POST /webhooks/{application}/{token}`: a further message. As with Discord, the first one after a deferred answer
    /// takes that answer's place.
    ///
    /// # Errors
    /// When nothing was answered yet, the token has expired, or the body breaks Discord's limits.
    pub fn follow_up(&mut self, now: Moment, token: &str, body: &Value) -> Result<Value, ApiError> {
        let interaction = self.live(now, token)?.clone();
        limits::check_message(body, true)?;
        if !interaction.answered {
            return Err(ApiError::unknown(10_015, "Webhook"));
        }
        let thinking = interaction
            .original
            .and_then(|id| self.messages.get(&id))
            .filter(|message| message.is_thinking())
            .map(|message| message.id);
        let id = if let Some(id) = thinking {
            self.edit(now, id, body);
            id
        } else {
            self.post(
                now,
                &interaction,
                body["flags"].as_u64().unwrap_or(0) & EPHEMERAL,
                body,
            )
        };
        Ok(self.message_json(&self.messages[&id]))
    }

    /// Tells whoever waits that the bot did not answer in time. Does nothing if it did.
    pub fn check_answered(&mut self, token: &str) {
        if let Some(interaction) = self
            .interactions
            .get(token)
            .filter(|interaction| !interaction.answered)
        {
            let (user, channel) = (interaction.user, interaction.channel);
            self.tell_page(
                Some(user),
                json!({"type": "unanswered", "channel_id": channel.to_string()}),
            );
        }
    }

    fn live(&self, now: Moment, token: &str) -> Result<&Interaction, ApiError> {
        let interaction = self
            .interactions
            .get(token)
            .ok_or_else(|| ApiError::unknown(10_015, "Webhook"))?;
        if now.0 > interaction.began.0 + TOKEN_LIFE {
            return Err(ApiError::new(401, 50_027, "Invalid Webhook Token"));
        }
        Ok(interaction)
    }

    fn original_of(&self, now: Moment, token: &str) -> Result<(&Interaction, u64), ApiError> {
        let interaction = self.live(now, token)?;
        let id = interaction
            .original
            .filter(|id| self.messages.contains_key(id) && interaction.answered);
        Ok((
            interaction,
            id.ok_or_else(|| ApiError::unknown(10_008, "Message"))?,
        ))
    }

    fn reply_of(&self, now: Moment, token: &str, message: Option<u64>) -> Result<u64, ApiError> {
        let Some(id) = message else {
            return Ok(self.original_of(now, token)?.1);
        };
        let interaction = self.live(now, token)?;
        let own = |message: &&Message| {
            message.author == interaction.user && message.channel == interaction.channel
        };
        self.messages
            .get(&id)
            .filter(own)
            .map(|message| message.id)
            .ok_or_else(|| ApiError::unknown(10_008, "Message"))
    }

    fn post(&mut self, now: Moment, interaction: &Interaction, flags: u64, body: &Value) -> u64 {
        let id = self.snowflake(now);
        let mut message = Message {
            id,
            channel: interaction.channel,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags,
            author: interaction.user,
            interaction: interaction.token.clone(),
            command: interaction.command.clone(),
            sent: now,
            edited: None,
        };
        message.apply(body);
        self.messages.insert(id, message);
        if self.messages.len() > REMEMBERED {
            self.messages.pop_first();
        }
        self.show(id);
        id
    }

    fn edit(&mut self, now: Moment, id: u64, body: &Value) {
        if let Some(message) = self.messages.get_mut(&id) {
            message.apply(body);
            // The answer that was promised is no edit.
            message.edited = if message.is_thinking() {
                None
            } else {
                Some(now)
            };
            message.flags &= !LOADING;
        }
        self.show(id);
    }
}
