//! Interactions: a user invokes the bot, and the bot has a deadline for its response.

use serde_json::{Value, json};

use super::command_options::focused;
use super::invocation::{InteractionData, Invocation};
use super::{ApiError, OutboxEvent, Timestamp, World};

/// Lifetime of an interaction's token, in milliseconds.
const TOKEN_LIFETIME: u64 = 15 * 60_000;

/// The state of an interaction.
#[derive(Debug, Clone)]
pub(super) struct Interaction {
    pub(super) id: u64,
    pub(super) token: String,
    /// Discord's interaction type.
    pub(super) kind: u64,
    pub(super) user: u64,
    pub(super) channel: u64,
    /// `authorizing_integration_owners`: who installed the app that is used here.
    pub(super) integration_owners: Value,
    /// `interaction_metadata` for the messages of this interaction.
    pub(super) metadata: Value,
    /// The message whose component was used.
    pub(super) source: Option<u64>,
    /// The modal that the bot responded with.
    pub(super) modal: Option<Value>,
    /// Type of the option that the user is typing into; 0 if there is none.
    pub(super) focused_option_type: u64,
    /// The autocomplete choices that the bot responded with.
    pub(super) choices: Option<Vec<Value>>,
    pub(super) created: Timestamp,
    pub(super) has_response: bool,
    /// The message that `@original` refers to.
    pub(super) original_response: Option<u64>,
    /// Number of follow-up messages so far.
    pub(super) follow_ups: usize,
}

impl Interaction {
    fn new(
        id: u64,
        created: Timestamp,
        (user, channel): (u64, u64),
        integration_owners: Value,
        data: &InteractionData,
    ) -> Self {
        Self {
            id,
            // Not predictable from the id at first sight, but the same in every run.
            token: format!(
                "sandbox-token-{:016x}",
                id.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ),
            kind: data.kind,
            user,
            channel,
            integration_owners,
            metadata: data.metadata.clone(),
            source: data.source,
            modal: None,
            focused_option_type: 0,
            choices: None,
            created,
            has_response: false,
            original_response: None,
            follow_ups: 0,
        }
    }
}

impl World {
    /// Performs an action of a user. Dispatches the interaction to the bot and returns its token.
    ///
    /// # Errors
    /// If Discord would not let the user do this.
    pub fn invoke(
        &mut self,
        now: Timestamp,
        user: u64,
        channel: u64,
        invocation: &Invocation,
    ) -> Result<String, ApiError> {
        let (person, place) = (self.user(user)?, self.channel(channel, user)?);
        let data = self.check_invocation(person, place, invocation)?;
        let source = data.source.and_then(|id| self.messages.get(&id));
        // A component runs under the installation that its message was created with.
        let owners = source
            .map(|message| message.metadata["authorizing_integration_owners"].clone())
            .filter(|owners| !owners.is_null())
            .unwrap_or_else(|| place.kind.integration_owners(user));
        let person = person.json();
        let focused_option_type = self.focused_option_type(&data.payload).unwrap_or(0);
        let id = self.snowflake(now);
        let mut interaction = Interaction::new(id, now, (user, channel), owners, &data);
        interaction.focused_option_type = focused_option_type;
        let metadata = &mut interaction.metadata;
        metadata["id"] = json!(id.to_string());
        metadata["type"] = json!(data.kind);
        metadata["user"] = person;
        metadata["authorizing_integration_owners"] = interaction.integration_owners.clone();
        let payload = self.interaction_json(&interaction, &data.payload);
        self.evict_interactions(now);
        let token = interaction.token.clone();
        self.interactions.insert(token.clone(), interaction);
        self.outbox.push(OutboxEvent::Dispatch {
            event: "INTERACTION_CREATE",
            data: payload,
        });
        Ok(token)
    }

    /// The registered type of the option that the user is typing into.
    fn focused_option_type(&self, payload: &Value) -> Option<u64> {
        let mut commands = self.commands.iter();
        let command = commands.find(|command| command["id"] == payload["id"])?;
        let (option, _) = focused(command, payload["options"].as_array()?)?;
        option["type"].as_u64()
    }

    /// Removes interactions whose token expired a lifetime ago. Until then, requests get the error for expired tokens.
    fn evict_interactions(&mut self, now: Timestamp) {
        self.interactions
            .retain(|_, old| now.0 < old.created.0 + 2 * TOKEN_LIFETIME);
    }

    /// The modal that the bot responded with.
    pub fn modal(&self, token: &str) -> Option<&Value> {
        self.interactions.get(token)?.modal.as_ref()
    }

    /// The autocomplete choices that the bot responded with.
    pub fn choices(&self, token: &str) -> Option<&[Value]> {
        self.interactions.get(token)?.choices.as_deref()
    }

    /// Tells the page of the user that the bot missed the deadline. Does nothing if the bot has responded.
    pub fn report_unanswered(&mut self, token: &str) {
        let interaction = self.interactions.get(token);
        let waiting = interaction.filter(|interaction| !interaction.has_response);
        if let Some(interaction) = waiting {
            let (user, channel) = (interaction.user, interaction.channel.to_string());
            let event = json!({"type": "unanswered", "token": token, "channel_id": channel, "kind": interaction.kind});
            self.push_page_event(Some(user), event);
        }
    }

    /// The interaction with this token, if the token has not expired.
    pub(super) fn valid_interaction(
        &self,
        now: Timestamp,
        token: &str,
    ) -> Result<&Interaction, ApiError> {
        let interaction = self
            .interactions
            .get(token)
            .ok_or_else(|| ApiError::unknown(10_015, "Webhook"))?;
        if now.0 > interaction.created.0 + TOKEN_LIFETIME {
            return Err(ApiError::new(401, 50_027, "Invalid Webhook Token"));
        }
        Ok(interaction)
    }
}
