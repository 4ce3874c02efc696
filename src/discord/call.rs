//! One slash command being run, as the command's own file sees it.

use std::sync::Arc;

use serenity::model::Permissions;
use serenity::model::application::{CommandDataOption, CommandDataOptionValue, CommandInteraction};

use super::Bot;
use super::reply::Reply;
use super::sender::{SendError, Ticket};
use crate::session::{Refusal, SessionError, UserId};

/// A command that somebody ran.
pub(super) struct Call {
    /// The bot.
    pub(super) bot: Arc<Bot>,
    /// Who.
    pub(super) user: UserId,
    /// The answer.
    pub(super) reply: Reply,
    options: Vec<CommandDataOption>,
    subcommand: Option<String>,
}

/// Why a call was not served: the person's side, or ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The person is told this.
    #[error("{0}")]
    Refused(String),
    /// Something broke; the log has the rest.
    #[error("{0}")]
    Broken(String),
    /// Discord could not be told.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Refused(refusal) => refusal.into(),
            SessionError::Store(error) => Self::Broken(error.to_string()),
        }
    }
}

impl Call {
    pub(super) fn new(bot: Arc<Bot>, interaction: CommandInteraction) -> Self {
        let ticket = Ticket {
            application: interaction.application_id,
            interaction: interaction.id,
            token: interaction.token,
        };
        let (subcommand, options) = unfolded(interaction.data.options);
        let user = UserId(interaction.user.id.get());
        Self {
            reply: Reply::new(Arc::clone(&bot.sender), ticket),
            bot,
            user,
            options,
            subcommand,
        }
    }

    /// The subcommand's name, if the command has subcommands.
    pub(super) fn subcommand(&self) -> Option<&str> {
        self.subcommand.as_deref()
    }

    /// The text given for an option.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.option(name)? {
            CommandDataOptionValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number given for an option, as one of its range.
    ///
    /// # Errors
    /// When it is outside the range.
    pub(super) fn number<T: TryFrom<f64>>(&self, name: &str) -> Result<Option<T>, Fault>
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
    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        match self.option(name)? {
            CommandDataOptionValue::Integer(number) => Some(*number),
            _ => None,
        }
    }

    fn option(&self, name: &str) -> Option<&CommandDataOptionValue> {
        self.options
            .iter()
            .find(|option| option.name == name)
            .map(|option| &option.value)
    }
}

/// The options, and the subcommand they are under.
fn unfolded(mut options: Vec<CommandDataOption>) -> (Option<String>, Vec<CommandDataOption>) {
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

/// Whether somebody may look after other people's texts in the channel.
pub(super) fn is_moderator(permissions: Option<Permissions>) -> bool {
    permissions
        .is_some_and(|permissions| permissions.administrator() || permissions.manage_messages())
}
