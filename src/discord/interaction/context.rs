//! What the handler of an interaction is given: the caller, the input, and the reply.

use std::sync::Arc;

use serenity::model::application::{
    ActionRow, ActionRowComponent, CommandDataOption, CommandDataOptionValue, CommandInteraction,
    ComponentInteraction, ComponentInteractionDataKind, ModalInteraction, ResolvedTarget,
};
use serenity::model::channel::Message;
use serenity::model::id::ApplicationId;

use super::super::bot::Bot;
use super::super::http::InteractionToken;
use super::caller::{caller_of_command, caller_of_component, caller_of_modal};
use super::reply::Reply;
use crate::service::{Caller, UserId};

/// The context of a slash command or a context menu command.
pub(in crate::discord) struct CommandContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// The user and the place.
    pub(in crate::discord) caller: Caller,
    /// The response.
    pub(in crate::discord) reply: Reply,
    /// The message whose context menu was used.
    pub(in crate::discord) target: Option<Box<Message>>,
    /// The bot's application.
    pub(in crate::discord) application: ApplicationId,
    /// Maximum size of an attachment in bytes.
    pub(in crate::discord) attachment_limit: usize,
    options: Vec<CommandDataOption>,
    subcommand: Option<String>,
}

/// The context of an autocomplete request.
pub(in crate::discord) struct AutocompleteContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// The user and the place.
    pub(in crate::discord) caller: Caller,
    /// The response.
    pub(in crate::discord) reply: Reply,
    /// The partial value of the focused option.
    pub(in crate::discord) typed: String,
}

/// The context of a button press or a selection in a menu.
pub(in crate::discord) struct ComponentContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// The user and the place.
    pub(in crate::discord) caller: Caller,
    /// The response.
    pub(in crate::discord) reply: Reply,
    /// Maximum size of an attachment in bytes.
    pub(in crate::discord) attachment_limit: usize,
    /// The selected values of a menu; roles and channels by their ids.
    pub(in crate::discord) values: Vec<String>,
    /// The content of the message that has the component.
    pub(in crate::discord) shown: String,
}

/// The context of a submitted modal.
pub(in crate::discord) struct ModalContext {
    /// The bot.
    pub(in crate::discord) bot: Arc<Bot>,
    /// The user and the place.
    pub(in crate::discord) caller: Caller,
    /// The response.
    pub(in crate::discord) reply: Reply,
    fields: Vec<(String, String)>,
}

impl CommandContext {
    /// The context of `interaction`.
    pub(in crate::discord) fn new(bot: Arc<Bot>, interaction: CommandInteraction) -> Self {
        let token = command_token(&interaction);
        let target = match interaction.data.target() {
            Some(ResolvedTarget::Message(message)) => Some(Box::new(message.clone())),
            _ => None,
        };
        let caller = caller_of_command(&interaction);
        let (subcommand, options) = unwrap_subcommand(interaction.data.options);
        Self {
            reply: Reply::new(&bot, token),
            bot,
            caller,
            target,
            application: interaction.application_id,
            attachment_limit: size_limit(interaction.attachment_size_limit),
            options,
            subcommand,
        }
    }

    /// The name of the subcommand, if there is one.
    pub(in crate::discord) fn subcommand(&self) -> Option<&str> {
        self.subcommand.as_deref()
    }

    /// The text of a string option.
    pub(in crate::discord) fn text(&self, name: &str) -> Option<&str> {
        match self.option(name)? {
            CommandDataOptionValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a text or number option, as the user typed it.
    pub(in crate::discord) fn typed(&self, name: &str) -> Option<String> {
        match self.option(name)? {
            CommandDataOptionValue::String(text) => Some(text.clone()),
            CommandDataOptionValue::Number(number) => Some(number.to_string()),
            CommandDataOptionValue::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The value of an integer option.
    pub(in crate::discord) fn whole(&self, name: &str) -> Option<i64> {
        match self.option(name)? {
            CommandDataOptionValue::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The user of a user option.
    pub(in crate::discord) fn user(&self, name: &str) -> Option<UserId> {
        match self.option(name)? {
            CommandDataOptionValue::User(user) => Some(UserId(user.get())),
            _ => None,
        }
    }

    /// The value of an option of any kind.
    pub(in crate::discord) fn option(&self, name: &str) -> Option<&CommandDataOptionValue> {
        self.options
            .iter()
            .find(|option| option.name == name)
            .map(|option| &option.value)
    }
}

impl AutocompleteContext {
    /// The context of an autocomplete request; `None` if no option is focused.
    pub(in crate::discord) fn new(bot: Arc<Bot>, interaction: &CommandInteraction) -> Option<Self> {
        let focused = interaction.data.autocomplete()?;
        let token = command_token(interaction);
        Some(Self {
            reply: Reply::new(&bot, token),
            bot,
            caller: caller_of_command(interaction),
            typed: focused.value.to_owned(),
        })
    }
}

impl ComponentContext {
    /// The context of `interaction`.
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
            caller: caller_of_component(&interaction),
            attachment_limit: size_limit(interaction.attachment_size_limit),
            values: selected_values(interaction.data.kind),
            shown: interaction.message.content,
        }
    }
}

impl ModalContext {
    /// The context of `interaction`.
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
            caller: caller_of_modal(&interaction),
            fields: modal_fields(interaction.data.components),
        }
    }

    /// The trimmed text of a field; `None` if it is empty.
    pub(in crate::discord) fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty())
    }
}

fn command_token(interaction: &CommandInteraction) -> InteractionToken {
    InteractionToken::new(
        interaction.application_id,
        interaction.id,
        &interaction.token,
        interaction.channel_id,
    )
}

/// The selected values of a menu; roles and channels by their ids.
pub(in crate::discord) fn selected_values(kind: ComponentInteractionDataKind) -> Vec<String> {
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

/// The fields of a modal: each custom id with its text.
pub(in crate::discord) fn modal_fields(rows: Vec<ActionRow>) -> Vec<(String, String)> {
    let components = rows.into_iter().flat_map(|row| row.components);
    let written = components.filter_map(|component| match component {
        ActionRowComponent::InputText(input) => {
            Some((input.custom_id, input.value.unwrap_or_default()))
        }
        _ => None,
    });
    written.collect()
}

fn size_limit(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Splits options into the name of the subcommand, if there is one, and the options under it.
pub(in crate::discord) fn unwrap_subcommand(
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
