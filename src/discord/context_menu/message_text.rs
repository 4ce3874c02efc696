//! The text of the message that a context menu was opened on.

use serenity::model::application::{ActionRowComponent, ButtonKind};
use serenity::model::channel::Message;

use super::{CommandContext, CommandError};
use crate::discord::custom_id::CustomId;
use crate::discord::view::markdown;
use crate::service::{Text, TextId};

const NOTHING: &str = "that message has no text; choose one with words in it";

/// The text of a message.
pub(super) enum Words {
    /// A stored text of the bot.
    Kept(Box<Text>),
    /// The content of any other message.
    Said(String),
}

impl Words {
    /// The text alone.
    pub(super) fn text(self) -> String {
        match self {
            Self::Kept(text) => text.text,
            Self::Said(words) => words,
        }
    }
}

/// The text of the message that the menu was opened on.
///
/// # Errors
/// When the message has no text.
pub(super) async fn words(context: &CommandContext) -> Result<Words, CommandError> {
    let message = context
        .target
        .as_deref()
        .ok_or_else(|| CommandError::Refused(NOTHING.to_owned()))?;
    let own = message.author.id.get() == context.application.get();
    if let Some(id) = kept_id(message).filter(|_| own)
        && let Ok(text) = context.bot.services.writing.text(&id).await
    {
        return Ok(Words::Kept(Box::new(text)));
    }
    let embedded = message
        .embeds
        .first()
        .and_then(|embed| embed.description.as_deref());
    let said = match embedded {
        Some(shown) if own => markdown::read(shown),
        _ => message.content.clone(),
    };
    if said.trim().is_empty() {
        return Err(CommandError::Refused(NOTHING.to_owned()));
    }
    Ok(Words::Said(said))
}

/// The id of the stored text in a message of the bot, from its *Reroll* button.
fn kept_id(message: &Message) -> Option<TextId> {
    let mut components = message.components.iter().flat_map(|row| &row.components);
    let id = |component: &ActionRowComponent| match component {
        ActionRowComponent::Button(button) => match &button.data {
            ButtonKind::NonLink { custom_id, .. } => match CustomId::decode(custom_id)? {
                CustomId::Reroll(text) => Some(text),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    components.find_map(id)
}
