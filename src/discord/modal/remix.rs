//! The form under *Remix*: a text's settings, to be written with again.
//!
//! Only classic text inputs, since serenity 0.12.5 loses the values of all others.

use std::str::FromStr;

use serenity::async_trait;
use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};
use serenity::model::application::InputTextStyle;

use super::super::component;
use super::super::interaction::stream;
use super::{CommandError, Modal, ModalContext};
use crate::service::{Refusal, Text};
use generation::{OutOfRange, Settings, StrategyName};

const NAME: &str = "remix";
/// Discord takes so many characters in a text input.
const MOST: usize = 4000;

pub(super) struct RemixForm;

/// The form for a text, filled in.
///
/// # Errors
/// When its prompt or its options are too long for a form.
pub(in crate::discord) fn form(text: &Text) -> Result<CreateModal, CommandError> {
    for (name, value) in [("prompt", &text.prompt), ("options", &text.options)] {
        if value.encode_utf16().count() > MOST {
            return Err(CommandError::Refused(format!(
                "what this text has as {name} is too long for a form; use /speak with another {name}"
            )));
        }
    }
    let temperature = text.sampling.temperature.to_string();
    let length = text.length.map(|length| length.to_string());
    let rows = [
        input("prompt", "Prompt", &text.prompt).style(InputTextStyle::Paragraph),
        input("strategy", "Strategy (/help lists them)", &text.strategy).max_length(100),
        input("temperature", "Temperature, 0 to 5", &temperature).max_length(20),
        input("length", "New tokens", &length.unwrap_or_default()).max_length(20),
        input("options", "Options, as name=value", &text.options),
    ];
    let rows = rows.map(CreateActionRow::InputText).to_vec();
    let title = format!("Remix {}", text.id);
    Ok(CreateModal::new(format!("{NAME}:{}", text.id), title).components(rows))
}

fn input(name: &str, label: &str, value: &str) -> CreateInputText {
    CreateInputText::new(InputTextStyle::Short, label, name)
        .required(false)
        .value(value)
}

#[async_trait]
impl Modal for RemixForm {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn submit(&self, context: &mut ModalContext) -> Result<(), CommandError> {
        context.reply.defer().await?;
        let sessions = &context.bot.sessions;
        let text = sessions.text(&context.argument).await?;
        let form = filled_in(context, &text)?;
        let utterance = sessions.remix(&context.caller, &text, form).await?;
        let note = component::note(&context.caller, "remixed", &text.id);
        stream::run(&context.bot, utterance, &note, &mut context.reply).await
    }
}

/// The text's settings as they stand in the form now. What was emptied is left open.
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
