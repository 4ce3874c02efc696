//! What somebody asks of the bot, as the files of commands, buttons and forms see it: who and where, what was given, and
//! how to answer.

use std::sync::Arc;

use serenity::model::application::{
    ActionRow, ActionRowComponent, CommandDataOption, CommandDataOptionValue, CommandInteraction,
    ComponentInteraction, ComponentInteractionDataKind, ModalInteraction, ResolvedTarget,
};
use serenity::model::channel::Message;
use serenity::model::id::ApplicationId;

use super::super::Bot;
use super::super::http::error::RequestError;
use super::super::http::interaction_token::InteractionToken;
use super::caller::{commanding, pressing, submitting};
use super::reply::Reply;
use crate::service::{Caller, Refusal, ServiceError, UserId};

const OUTDATED: &str = "this is from another version of the bot; run the command again";

/// A command that somebody ran, or chose from a message's menu.
pub(in crate::discord) struct CommandContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// Who, and where.
    pub(in crate::discord) caller: Caller,
    /// The answer.
    pub(in crate::discord) reply: Reply,
    /// The message whose menu it was chosen from.
    pub(in crate::discord) target: Option<Box<Message>>,
    /// The bot's own number.
    pub(in crate::discord) application: ApplicationId,
    /// How many bytes a file may have there.
    pub(in crate::discord) attachment_limit: usize,
    options: Vec<CommandDataOption>,
    subcommand: Option<String>,
}

/// A command that somebody is typing.
pub(in crate::discord) struct AutocompleteContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// Who, and where.
    pub(in crate::discord) caller: Caller,
    /// What of the option is typed that is being filled in.
    pub(in crate::discord) typed: String,
}

/// A button that somebody pressed, or a menu that somebody chose from.
pub(in crate::discord) struct ComponentContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// Who, and where.
    pub(in crate::discord) caller: Caller,
    /// The answer.
    pub(in crate::discord) reply: Reply,
    /// How many bytes a file may have there.
    pub(in crate::discord) attachment_limit: usize,
    /// What was chosen, if it is a menu; roles and channels by their number.
    pub(in crate::discord) values: Vec<String>,
    /// What the message says that it is under.
    pub(in crate::discord) shown: String,
}

/// A form that somebody filled in.
pub(in crate::discord) struct ModalContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// Who, and where.
    pub(in crate::discord) caller: Caller,
    /// The answer.
    pub(in crate::discord) reply: Reply,
    fields: Vec<(String, String)>,
}

/// Why a call was not served: the person's side, or ours.
#[derive(Debug, thiserror::Error)]
pub(in crate::discord) enum CommandError {
    /// The person is told this.
    #[error("{0}")]
    Refused(String),
    /// The person is told this, in which Discord's marks are meant.
    #[error("{0}")]
    Marked(String),
    /// Something broke; the log has the rest.
    #[error("{0}")]
    Broken(String),
    /// Discord could not be told.
    #[error(transparent)]
    Send(#[from] RequestError),
}

impl CommandError {
    /// The answer to a component or a form that this version of the bot does not have.
    pub(in crate::discord) fn outdated() -> Self {
        Self::Refused(OUTDATED.to_owned())
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        match crate::discord::view::refusal::marked(&refusal) {
            Some(marked) => Self::Marked(marked),
            None => Self::Refused(refusal.to_string()),
        }
    }
}

impl From<ServiceError> for CommandError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => refusal.into(),
            ServiceError::Store(error) => Self::Broken(error.to_string()),
        }
    }
}

impl CommandContext {
    pub(in crate::discord) fn new(bot: Arc<Bot>, interaction: CommandInteraction) -> Self {
        let token = InteractionToken::new(
            interaction.application_id,
            interaction.id,
            &interaction.token,
            interaction.channel_id,
        );
        let target = match interaction.data.target() {
            Some(ResolvedTarget::Message(message)) => Some(Box::new(message.clone())),
            _ => None,
        };
        let caller = commanding(&interaction);
        let (subcommand, options) = unfolded(interaction.data.options);
        Self {
            reply: Reply::new(&bot, token),
            bot,
            caller,
            target,
            application: interaction.application_id,
            attachment_limit: bytes(interaction.attachment_size_limit),
            options,
            subcommand,
        }
    }

    /// The subcommand's name, if the command has subcommands.
    pub(in crate::discord) fn subcommand(&self) -> Option<&str> {
        self.subcommand.as_deref()
    }

    /// The text given for an option.
    pub(in crate::discord) fn text(&self, name: &str) -> Option<&str> {
        match self.option(name)? {
            CommandDataOptionValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number given for an option, as one of its range.
    ///
    /// # Errors
    /// When it is outside the range.
    pub(in crate::discord) fn number<T: TryFrom<f64>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, CommandError>
    where
        Refusal: From<T::Error>,
    {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a number this large is refused either way"
        )]
        let number = match self.option(name) {
            Some(CommandDataOptionValue::Number(number)) => *number,
            Some(CommandDataOptionValue::Integer(number)) => *number as f64,
            _ => return Ok(None),
        };
        T::try_from(number)
            .map(Some)
            .map_err(|error| Refusal::from(error).into())
    }

    /// The whole number given for an option.
    pub(in crate::discord) fn whole(&self, name: &str) -> Option<i64> {
        match self.option(name)? {
            CommandDataOptionValue::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The person named by an option.
    pub(in crate::discord) fn user(&self, name: &str) -> Option<UserId> {
        match self.option(name)? {
            CommandDataOptionValue::User(user) => Some(UserId(user.get())),
            _ => None,
        }
    }

    /// What was given for an option, whatever its kind.
    pub(in crate::discord) fn option(&self, name: &str) -> Option<&CommandDataOptionValue> {
        self.options
            .iter()
            .find(|option| option.name == name)
            .map(|option| &option.value)
    }
}

impl AutocompleteContext {
    /// `None` if nothing is being filled in.
    pub(in crate::discord) fn new(bot: Arc<Bot>, interaction: &CommandInteraction) -> Option<Self> {
        let focused = interaction.data.autocomplete()?;
        Some(Self {
            bot,
            caller: commanding(interaction),
            typed: focused.value.to_owned(),
        })
    }
}

impl ComponentContext {
    pub(in crate::discord) fn new(bot: Arc<Bot>, interaction: ComponentInteraction) -> Self {
        let token = InteractionToken::new(
            interaction.application_id,
            interaction.id,
            &interaction.token,
            interaction.channel_id,
        );
        Self {
            reply: Reply::new(&bot, token),
            bot,
            caller: pressing(&interaction),
            attachment_limit: bytes(interaction.attachment_size_limit),
            values: values(interaction.data.kind),
            shown: interaction.message.content,
        }
    }
}

impl ModalContext {
    pub(in crate::discord) fn new(bot: Arc<Bot>, interaction: ModalInteraction) -> Self {
        let token = InteractionToken::new(
            interaction.application_id,
            interaction.id,
            &interaction.token,
            interaction.channel_id,
        );
        Self {
            reply: Reply::new(&bot, token),
            bot,
            caller: submitting(&interaction),
            fields: fields(interaction.data.components),
        }
    }

    /// What was written into a field; `None` if it was left empty.
    pub(in crate::discord) fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty())
    }
}

/// What was chosen in a menu; roles and channels by their number.
pub(in crate::discord) fn values(kind: ComponentInteractionDataKind) -> Vec<String> {
    match kind {
        ComponentInteractionDataKind::StringSelect { values } => values,
        ComponentInteractionDataKind::RoleSelect { values } => {
            values.iter().map(ToString::to_string).collect()
        }
        ComponentInteractionDataKind::ChannelSelect { values } => {
            values.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    }
}

/// What was written into the fields of a form, by their names.
pub(in crate::discord) fn fields(rows: Vec<ActionRow>) -> Vec<(String, String)> {
    let components = rows.into_iter().flat_map(|row| row.components);
    let written = components.filter_map(|component| match component {
        ActionRowComponent::InputText(input) => {
            Some((input.custom_id, input.value.unwrap_or_default()))
        }
        _ => None,
    });
    written.collect()
}

fn bytes(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// The options, and the subcommand they are under.
pub(in crate::discord) fn unfolded(
    mut options: Vec<CommandDataOption>,
) -> (Option<String>, Vec<CommandDataOption>) {
    match options.first().map(|option| &option.value) {
        Some(CommandDataOptionValue::SubCommand(_)) => {
            let option = options.swap_remove(0);
            let CommandDataOptionValue::SubCommand(inner) = option.value else {
                return (None, Vec::new());
            };
            (Some(option.name), inner)
        }
        _ => (None, options),
    }
}
