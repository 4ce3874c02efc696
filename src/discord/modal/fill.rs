//! *Type a word*: a word of one's own for a blank.

use serenity::all::InputTextStyle;
use serenity::async_trait;
use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};

use super::super::component::named;
use super::{CommandError, Modal, ModalContext};
use crate::discord::view::fill::sheet;
use crate::service::{Act, Pick};

/// The field's name.
const WORD: &str = "word";
/// The longest word.
const LONGEST: u16 = 100;

pub(super) struct FillForm;

/// The form for blank number `blank`, from 0. `argument` is that of the button that opens it.
pub(in crate::discord) fn word_form(argument: &str, blank: usize) -> CreateModal {
    let field = CreateInputText::new(InputTextStyle::Short, "The word, or a few", WORD)
        .min_length(1)
        .max_length(LONGEST);
    CreateModal::new(format!("fill:{argument}"), format!("Blank {}", blank + 1))
        .components(vec![CreateActionRow::InputText(field)])
}

#[async_trait]
impl Modal for FillForm {
    fn name(&self) -> &'static str {
        "fill"
    }

    async fn submit(&self, context: &mut ModalContext) -> Result<(), CommandError> {
        let (id, blank) = named(&context.argument)?;
        let Some(word) = context.field(WORD) else {
            return Err(CommandError::Refused("type a word".to_owned()));
        };
        let act = Act::Choose(blank, Pick::Typed(word.to_owned()));
        context.reply.acknowledge().await?;
        let sessions = &context.bot.sessions;
        let shown = sessions.go_on_with_cloze(&context.caller, &id, act).await?;
        Ok(context.reply.answer(&sheet(&shown)).await?)
    }
}
