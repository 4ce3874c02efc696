//! The controls under a sentence with blanks, and the form for a typed word. Pure.
//!
//! Each `custom_id` has the session, the current blank and the page of words; the choices are in the database.

use serenity::all::{ButtonStyle, InputTextStyle};
use serenity::builder::{
    CreateActionRow, CreateButton, CreateInputText, CreateModal, CreateSelectMenuOption,
};

use super::candidate::percent;
use super::controls::{button, menu};
use super::limits::{OPTION_TEXT, OPTIONS};
use crate::discord::custom_id::{CustomId, FillAction, FillId};
use crate::service::{FillCursor, FillState, WordChoice};

/// Prefix of a menu value that is a piece of the vocabulary.
const PIECE: &str = "word:";
/// Prefix of a menu value that is the number of one of the person's own candidates.
const OWN: &str = "own:";
/// The field of the form.
pub(in crate::discord) const WORD: &str = "word";
/// Maximum length of a typed word, in characters.
const MAX_WORD: u16 = 100;

/// The rows under a sentence with blanks.
pub(in crate::discord) fn rows(state: &FillState) -> Vec<CreateActionRow> {
    let mut rows = Vec::new();
    let options = options(state);
    if !options.is_empty() {
        let id = id(state, FillAction::Choose, state.cursor);
        let placeholder = format!("Choose the word for blank {}", state.cursor.blank + 1);
        rows.push(menu(&id, placeholder, options));
    }
    rows.extend([navigation(state), actions(state)].map(CreateActionRow::Buttons));
    rows
}

fn id(state: &FillState, action: FillAction, cursor: FillCursor) -> CustomId {
    CustomId::Fill(FillId {
        session: state.id.clone(),
        action,
        cursor,
    })
}

fn navigation(state: &FillState) -> Vec<CreateButton> {
    let (count, cursor) = (state.blanks.len(), state.cursor);
    let to = |action, label: &str, cursor| button(&id(state, action, cursor), label);
    let first_page = |blank: usize| FillCursor { blank, page: 0 };
    let mut buttons = Vec::new();
    if count > 1 {
        let previous = first_page((cursor.blank + count - 1) % count);
        let next = first_page((cursor.blank + 1) % count);
        buttons.push(to(FillAction::Previous, "Previous blank", previous));
        buttons.push(to(FillAction::Next, "Next blank", next));
    }
    buttons.push(to(FillAction::More, "Other words", cursor.next_page()));
    buttons
}

fn actions(state: &FillState) -> Vec<CreateButton> {
    let act = |action, label: &str| button(&id(state, action, state.cursor), label);
    let filled = state.blanks.iter().all(|blank| blank.chosen);
    vec![
        act(FillAction::Type, "Type a word"),
        act(FillAction::Undo, "Undo").disabled(!state.undoable),
        act(FillAction::Finish, "Finish for me")
            .style(ButtonStyle::Primary)
            .disabled(filled),
    ]
}

/// The person's own candidates, then the model's.
fn options(state: &FillState) -> Vec<CreateSelectMenuOption> {
    let own = state.ranking.iter().map(|ranked| {
        let word: String = ranked.word.chars().take(OPTION_TEXT / 2).collect();
        let label = format!("{word} · yours · {}", percent(ranked.probability));
        CreateSelectMenuOption::new(label, format!("{OWN}{}", ranked.number))
    });
    let candidates = state.blanks[state.cursor.blank].candidates.iter();
    let words = candidates.map(|candidate| {
        let percent = percent(f64::from(candidate.probability));
        let label = format!("{} · {percent}", candidate.word);
        CreateSelectMenuOption::new(label, format!("{PIECE}{}", candidate.token))
    });
    own.chain(words).take(OPTIONS).collect()
}

/// The choice that a value of the menu stands for. `None` for a value that no menu has.
pub(in crate::discord) fn picked(value: &str) -> Option<WordChoice> {
    if let Some(piece) = value.strip_prefix(PIECE) {
        return Some(WordChoice::Piece(piece.to_owned()));
    }
    let number = value.strip_prefix(OWN)?.parse().ok()?;
    Some(WordChoice::Own(number))
}

/// The form for a typed word. `id` is that of the button that opens it.
pub(in crate::discord) fn word_form(id: &FillId) -> CreateModal {
    let field = CreateInputText::new(InputTextStyle::Short, "The word, or a few", WORD)
        .min_length(1)
        .max_length(MAX_WORD);
    let title = format!("Blank {}", id.cursor.blank + 1);
    CreateModal::new(CustomId::Fill(id.clone()).encode(), title)
        .components(vec![CreateActionRow::InputText(field)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_menu_has_are_not_picked() {
        assert_eq!(picked("word:sea"), Some(WordChoice::Piece("sea".into())));
        assert_eq!(picked("own:2"), Some(WordChoice::Own(2)));
        for forged in ["", "sea", "own:x", "own:-1"] {
            assert_eq!(picked(forged), None, "{forged}");
        }
    }
}
