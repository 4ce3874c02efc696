//! *Type a word*: a word of one's own for a blank.

use serenity::all::InputTextStyle;
use serenity::async_trait;
use serenity::builder::{CreateActionRow, CreateInputText, CreateModal};

use super::super::component::named;
use super::super::sheet::sheet;
use super::{Fault, Modal, Submission};
use crate::service::{Act, Pick};

/// The field's name.
const WORD: &str = "word";
/// The longest word.
const LONGEST: u16 = 100;

pub(super) struct Fill;

/// The form for blank number `blank`, from 0. `argument` is that of the button that opens it.
pub(in super::super) fn word_form(argument: &str, blank: usize) -> CreateModal {
    let field = CreateInputText::new(InputTextStyle::Short, "The word, or a few", WORD)
        .min_length(1)
        .max_length(LONGEST);
    CreateModal::new(format!("fill:{argument}"), format!("Blank {}", blank + 1))
        .components(vec![CreateActionRow::InputText(field)])
}

#[async_trait]
impl Modal for Fill {
    fn name(&self) -> &'static str {
        "fill"
    }

    async fn submit(&self, submission: &mut Submission) -> Result<(), Fault> {
        let (id, blank) = named(&submission.argument)?;
        let Some(word) = submission.field(WORD) else {
            return Err(Fault::Refused("type a word".to_owned()));
        };
        let act = Act::Choose(blank, Pick::Typed(word.to_owned()));
        submission.reply.notice().await?;
        let sessions = &submission.bot.sessions;
        let shown = sessions
            .go_on_with_cloze(&submission.caller, &id, act)
            .await?;
        Ok(submission.reply.answer(&sheet(&shown)).await?)
    }
}
