//! The menu and the buttons under a sentence with blanks. Which sentence, which blank and which page of words stands in
//! each `custom_id`; what was chosen by then is in the database.

use serenity::all::ButtonStyle;
use serenity::async_trait;
use serenity::builder::{
    CreateActionRow, CreateButton, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use super::super::modal::word_form;
use super::{CommandError, Component, ComponentContext, button};
use crate::discord::view::fill::{percent, sheet, spelled};
use crate::service::{Act, FillState, Pick, Refusal, Spot};

/// Discord's limits.
const OPTIONS: usize = 25;
const LABEL: usize = 100;

/// What a value of the menu begins with: a piece of the vocabulary, or the number of one of the person's own words.
const PIECE: &str = "word:";
const OWN: &str = "own:";

pub(super) struct FillControls;

/// Which button of which sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Handle {
    id: String,
    verb: String,
    spot: Spot,
}

impl Handle {
    fn write(id: &str, verb: &str, spot: Spot) -> String {
        format!("{id}/{verb}/{}/{}", spot.blank, spot.page)
    }

    /// Nothing but what [`Handle::write`] writes.
    fn read(argument: &str) -> Option<Self> {
        let parts: Vec<&str> = argument.split('/').collect();
        let [id, verb, blank, page] = parts[..] else {
            return None;
        };
        let spot = Spot {
            blank: blank.parse().ok()?,
            page: page.parse().ok()?,
        };
        (Self::write(id, verb, spot) == argument).then(|| Self {
            id: id.to_owned(),
            verb: verb.to_owned(),
            spot,
        })
    }
}

/// The rows under a sentence with blanks.
pub(in crate::discord) fn fill_rows(sheet: &FillState) -> Vec<CreateActionRow> {
    let (count, spot) = (sheet.blanks.len(), sheet.spot);
    let press = |verb: &str, label: &str, spot: Spot| {
        button(&FillControls, &Handle::write(&sheet.id, verb, spot), label)
    };
    let at = |blank: usize| Spot { blank, page: 0 };
    let mut moves: Vec<CreateButton> = Vec::new();
    if count > 1 {
        moves.push(press(
            "back",
            "Previous blank",
            at((spot.blank + count - 1) % count),
        ));
        moves.push(press("on", "Next blank", at((spot.blank + 1) % count)));
    }
    moves.push(press("more", "Other words", spot.next_page()));
    let filled = sheet.blanks.iter().all(|blank| blank.chosen);
    let acts = vec![
        press("type", "Type a word", spot),
        press("undo", "Undo", spot).disabled(!sheet.undoable),
        press("rest", "Finish for me", spot)
            .style(ButtonStyle::Primary)
            .disabled(filled),
    ];
    let mut rows = Vec::new();
    let options = options(sheet);
    if !options.is_empty() {
        let custom_id = format!("fill:{}", Handle::write(&sheet.id, "choose", spot));
        let menu = CreateSelectMenu::new(custom_id, CreateSelectMenuKind::String { options })
            .placeholder(format!("Choose the word for blank {}", spot.blank + 1));
        rows.push(CreateActionRow::SelectMenu(menu));
    }
    rows.extend([moves, acts].map(CreateActionRow::Buttons));
    rows
}

/// The person's own words, then the model's.
fn options(sheet: &FillState) -> Vec<CreateSelectMenuOption> {
    let own = sheet.ranking.iter().map(|ranked| {
        let word: String = ranked.word.chars().take(LABEL / 2).collect();
        let label = format!("{word} · yours · {}", percent(ranked.probability));
        CreateSelectMenuOption::new(label, format!("{OWN}{}", ranked.number))
    });
    let candidates = sheet.blanks[sheet.spot.blank].candidates.iter();
    let words = candidates.map(|candidate| {
        let percent = percent(f64::from(candidate.probability));
        let label = format!("{} · {percent}", spelled(&candidate.token));
        CreateSelectMenuOption::new(label, format!("{PIECE}{}", candidate.token))
    });
    own.chain(words).take(OPTIONS).collect()
}

#[async_trait]
impl Component for FillControls {
    fn name(&self) -> &'static str {
        "fill"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let handle = Handle::read(&context.argument).ok_or(Refusal::NoBlanks)?;
        let act = match handle.verb.as_str() {
            "choose" => Act::Choose(handle.spot.blank, picked(&context.values)?),
            "back" | "on" | "more" => Act::Look(handle.spot),
            "undo" => Act::Undo(handle.spot),
            "rest" => Act::Finish(handle.spot),
            "type" => {
                // Nobody is to type in vain.
                context
                    .bot
                    .sessions
                    .check_cloze(&context.caller, &handle.id)
                    .await?;
                let form = word_form(&context.argument, handle.spot.blank);
                return Ok(context.reply.open_modal(&form).await?);
            }
            _ => return Err(Refusal::NoBlanks.into()),
        };
        context.reply.acknowledge().await?;
        let sessions = &context.bot.sessions;
        let shown = sessions
            .go_on_with_cloze(&context.caller, &handle.id, act)
            .await?;
        Ok(context.reply.answer(&sheet(&shown)).await?)
    }
}

fn picked(values: &[String]) -> Result<Pick, Refusal> {
    let value = values.first().ok_or(Refusal::NoBlanks)?;
    if let Some(piece) = value.strip_prefix(PIECE) {
        return Ok(Pick::Piece(piece.to_owned()));
    }
    let number = value
        .strip_prefix(OWN)
        .and_then(|number| number.parse().ok());
    number.map(Pick::Own).ok_or(Refusal::NoBlanks)
}

/// The sentence and the blank that the argument of a button names.
pub(in crate::discord) fn named(argument: &str) -> Result<(String, usize), Refusal> {
    let handle = Handle::read(argument).ok_or(Refusal::NoBlanks)?;
    Ok((handle.id, handle.spot.blank))
}

/// The argument of a button, written anew.
pub(in crate::discord) fn rewritten(argument: &str) -> Option<String> {
    let handle = Handle::read(argument)?;
    Some(Handle::write(&handle.id, &handle.verb, handle.spot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_as_it_was_written_and_nothing_else_is() {
        let spot = Spot { blank: 49, page: 3 };
        let written = Handle::write("abcdefgh", "choose", spot);
        assert!("fill:".len() + written.len() <= 100);
        let read = Handle::read(&written).unwrap();
        assert_eq!((read.id.as_str(), read.spot), ("abcdefgh", spot));
        for forged in [
            "",
            "a",
            "a/b/c/d",
            "a/on/-1/0",
            "a/on/1",
            "a/on/1/0/0",
            "a/on/1/99999999999999999999",
            "a/on/+1/0",
            "a/on/01/0",
        ] {
            assert_eq!(Handle::read(forged), None, "{forged}");
        }
    }

    #[test]
    fn values_that_no_menu_has_are_refused() {
        let picked = |value: &str| picked(&[value.to_owned()]);
        assert_eq!(picked("word:sea"), Ok(Pick::Piece("sea".into())));
        assert_eq!(picked("own:2"), Ok(Pick::Own(2)));
        for forged in ["", "sea", "own:x", "own:-1"] {
            assert_eq!(picked(forged), Err(Refusal::NoBlanks), "{forged}");
        }
        assert_eq!(super::picked(&[]), Err(Refusal::NoBlanks));
    }
}
