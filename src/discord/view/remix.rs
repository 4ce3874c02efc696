//! The form under *Remix*: the settings of a text, to write another one with. Pure.
//!
//! The form has only classic text inputs: serenity 0.12.5 loses the values of all other kinds.

use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};
use serenity::model::application::InputTextStyle;

use super::limits::TEXT_INPUT;
use crate::discord::custom_id::CustomId;
use crate::service::Text;

/// The name of a value that is too long for a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) struct TooLong(pub(in crate::discord) &'static str);

/// The form for a text, with its settings filled in.
///
/// # Errors
/// When the prompt or the options are too long for a form.
pub(in crate::discord) fn form(text: &Text) -> Result<CreateModal, TooLong> {
    for (name, value) in [("prompt", &text.prompt), ("options", &text.options)] {
        if value.encode_utf16().count() > usize::from(TEXT_INPUT) {
            return Err(TooLong(name));
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
    let id = CustomId::Remix(text.id.clone());
    Ok(CreateModal::new(id.encode(), format!("Remix {}", text.id)).components(rows))
}

fn input(name: &str, label: &str, value: &str) -> CreateInputText {
    CreateInputText::new(InputTextStyle::Short, label, name)
        .required(false)
        .value(value)
}
