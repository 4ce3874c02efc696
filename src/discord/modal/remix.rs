//! The form under *Remix*: writes a text with the changed settings of another one.

use std::str::FromStr;

use super::{CommandError, ModalContext};
use crate::discord::stream;
use crate::discord::view::text::note;
use crate::service::{Refusal, Text, TextId};
use generation::{OutOfRange, Settings, StrategyName};

pub(super) async fn submit(text: &TextId, context: &mut ModalContext) -> Result<(), CommandError> {
    context.reply.defer().await?;
    let services = &context.bot.services;
    let text = services.writing.text(text).await?;
    let form = filled_in(context, &text)?;
    let handle = services.writing.remix(&context.caller, &text, form).await?;
    let note = note(&context.caller, "remixed", &text.id);
    stream::run(&context.bot, handle, &note, &mut context.reply).await
}

/// The text's settings with the values of the form. An empty field resets its setting.
fn filled_in(context: &ModalContext, text: &Text) -> Result<Settings, CommandError> {
    let strategy = context.field("strategy").map(str::to_lowercase);
    Ok(Settings {
        prompt: Some(context.field("prompt").unwrap_or_default().to_owned()),
        strategy: strategy.map(StrategyName::from),
        temperature: number(context, "temperature")?,
        length: number(context, "length")?,
        options: context.field("options").map(str::to_owned),
        ..text.settings()
    })
}

fn number<T: FromStr<Err = OutOfRange>>(
    context: &ModalContext,
    name: &str,
) -> Result<Option<T>, CommandError> {
    let number = context.field(name).map(str::parse).transpose();
    number.map_err(|error| Refusal::from(error).into())
}
