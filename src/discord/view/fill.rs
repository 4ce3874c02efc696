//! A sentence with filled blanks, with a bar chart of the likeliest words for each blank. Pure.

use serenity::builder::{CreateEmbed, CreateEmbedFooter};

use crate::discord::view::candidate::percent;
use crate::discord::view::fill_controls::rows;
use crate::discord::view::limits::{DESCRIPTION, EMBED, FIELD, FIELDS};
use crate::discord::view::markdown::{bold, escaped};
use crate::discord::view::message::Message;
use crate::discord::view::text::{colour, end_of, plural, units};
use crate::service::{Blank, BlankCandidate, FillState, RankedCandidate, Span, SpanKind};
use generation::FillOrder;

/// Length that is reserved in the embed for the note about blanks without room, in UTF-16 code units.
const RESERVE: usize = 200;
/// Maximum length of a shown candidate of the person's own, in characters.
const OWN: usize = 60;
/// Length of a bar, in characters.
const WIDTH: usize = 8;

/// The message of a fill session: the sentence, the candidates of each blank, and the controls.
pub(in crate::discord) fn sheet(sheet: &FillState) -> Message {
    let sentence = sentence(&sheet.spans);
    let footer = footer(sheet);
    let mut left = EMBED - units(&sentence) - units(&footer) - RESERVE;
    let mut embed = CreateEmbed::new()
        .description(sentence)
        .colour(colour::DONE);
    let count = sheet.blanks.len();
    let mut room = FIELDS - 1;
    if !sheet.ranking.is_empty() {
        let (name, value) = (own_name(sheet.fill_order), own_bars(&sheet.ranking));
        (left, room) = (left.saturating_sub(units(&name) + units(&value)), room - 1);
        embed = embed.field(name, value, false);
    }
    // Starts at the current blank, which must be shown, and wraps around.
    let from_current = (0..count).map(|step| (sheet.cursor.blank + step) % count);
    let mut shown: Vec<(usize, String, String)> = Vec::new();
    for number in from_current {
        let (name, value) = (name(sheet, number), value(sheet, number));
        let size = units(&name) + units(&value);
        if size > left || shown.len() == room {
            break;
        }
        left -= size;
        shown.push((number, name, value));
    }
    shown.sort_by_key(|(number, _, _)| *number);
    let missing = count - shown.len();
    // Inline fields have a third of the width, which is too narrow for words; many blanks need them anyway.
    let fields = shown
        .into_iter()
        .map(|(_, name, value)| (name, value, count > 3));
    embed = embed.fields(fields);
    if missing > 0 {
        let more = plural(missing, "further blank");
        let note = format!("{more} are filled, but there is no room for their words.");
        embed = embed.field("And more", note, false);
    }
    let message = Message::embed(embed.footer(CreateEmbedFooter::new(footer)));
    rows(sheet).into_iter().fold(message, Message::with_row)
}

/// The sentence, with the words in its blanks in bold.
fn sentence(spans: &[Span]) -> String {
    let show = |span: &Span| match span.kind {
        SpanKind::Given => escaped(&span.text),
        SpanKind::Written(_) => bold(&span.text),
        SpanKind::Open(_) => "___".to_owned(),
    };
    let sentence: String = spans.iter().map(show).collect();
    if units(&sentence) > DESCRIPTION {
        end_of(&sentence)
    } else {
        sentence
    }
}

fn footer(sheet: &FillState) -> String {
    let chosen = sheet.blanks.iter().filter(|blank| blank.chosen).count();
    let blanks = plural(sheet.blanks.len(), "blank");
    let mut parts = vec![
        blanks,
        plural(usize::try_from(sheet.passes).unwrap_or(usize::MAX), "pass"),
    ];
    if chosen > 0 {
        parts.push(format!("{chosen} chosen"));
    }
    // At temperature 0 nothing is sampled, so the seed has no effect.
    if sheet.temperature.get() > 0.0 {
        parts.push(format!(
            "temperature {} · seed {}",
            sheet.temperature, sheet.seed
        ));
    }
    parts.join(" · ").replace("passs", "passes")
}

/// The heading of a blank: its number, its word, and a mark on the current blank.
fn name(sheet: &FillState, number: usize) -> String {
    let (blank, many) = (&sheet.blanks[number], sheet.blanks.len() > 1);
    let mark = if many && number == sheet.cursor.blank {
        "▸ "
    } else {
        ""
    };
    let chosen = if blank.chosen { " ✓" } else { "" };
    format!(
        "{mark}Blank {}: {}{chosen}",
        number + 1,
        escaped(&blank.word)
    )
}

fn value(sheet: &FillState, number: usize) -> String {
    let blank: &Blank = &sheet.blanks[number];
    if blank.chosen && blank.candidates.is_empty() {
        return "chosen".to_owned();
    }
    let most = blank
        .candidates
        .first()
        .map_or(1.0, |best| best.probability);
    let line = |candidate: &BlankCandidate| {
        line(
            f64::from(candidate.probability),
            f64::from(most),
            &candidate.word,
        )
    };
    let lines: Vec<String> = blank.candidates.iter().take(sheet.top).map(line).collect();
    if lines.is_empty() {
        "nothing else".to_owned()
    } else {
        lines.join("\n")
    }
}

fn own_name(fill_order: FillOrder) -> String {
    let how = match fill_order {
        FillOrder::Confident => "all pieces of each together, the surest first",
        FillOrder::LeftToRight => "all pieces of each together, from the left",
        FillOrder::Joint => "all pieces of each together, from one pass",
    };
    format!("Your words ({how})")
}

fn own_bars(ranking: &[RankedCandidate]) -> String {
    let most = ranking.first().map_or(1.0, |best| best.probability);
    let mut shown = String::new();
    for ranked in ranking {
        let word: String = ranked.word.chars().take(OWN).collect();
        let line = line(ranked.probability, most, &word);
        if units(&shown) + units(&line) + 1 > FIELD {
            break;
        }
        shown.push_str(&line);
        shown.push('\n');
    }
    shown
}

/// A word with its probability as a bar, relative to the highest probability `most`.
fn line(probability: f64, most: f64, word: &str) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to the width"
    )]
    let full = (probability / most.max(f64::MIN_POSITIVE) * WIDTH as f64).round() as usize;
    let full = full.min(WIDTH);
    let bar = "█".repeat(full) + &"░".repeat(WIDTH - full);
    format!("`{bar} {:>9}` {}", percent(probability), escaped(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::FillCursor;
    use generation::Seed;
    use serde_json::Value;

    fn some(blanks: usize, own: usize) -> FillState {
        let candidate = BlankCandidate {
            token: "word".repeat(5),
            word: "word".repeat(5),
            probability: 0.123,
        };
        let blank = Blank {
            word: "word".repeat(5),
            chosen: false,
            candidates: vec![candidate; 25],
        };
        let ranked = |number| RankedCandidate {
            word: "own * word".repeat(30),
            number,
            probability: 1e-9,
        };
        FillState {
            id: "abcdefgh".into(),
            cursor: FillCursor {
                blank: blanks - 1,
                page: 3,
            },
            spans: vec![Span {
                text: "*".repeat(1900),
                kind: SpanKind::Given,
            }],
            blanks: vec![blank; blanks],
            top: 10,
            ranking: (0..own).map(ranked).collect(),
            fill_order: FillOrder::Confident,
            undoable: true,
            temperature: "0.5".parse().unwrap(),
            seed: Seed::from(1),
            passes: 3,
        }
    }

    #[test]
    fn however_many_blanks_there_are_the_message_keeps_within_discords_limits() {
        for (blanks, own) in [(1, 0), (24, 0), (25, 3), (26, 0), (200, 20)] {
            let body = super::sheet(&some(blanks, own)).body();
            let embed = &body["embeds"][0];
            let fields = embed["fields"].as_array().unwrap();
            let text = |value: &Value| units(value.as_str().unwrap());
            let size: usize = fields
                .iter()
                .map(|field| text(&field["name"]) + text(&field["value"]))
                .sum();
            assert!(fields.len() <= FIELDS, "{blanks}");
            assert!(fields.iter().all(|field| text(&field["value"]) <= FIELD));
            let all = size + text(&embed["description"]) + text(&embed["footer"]["text"]);
            assert!(all <= EMBED, "{blanks}: {all}");
            assert!(
                blanks <= 2 || fields.last().unwrap()["name"] == "And more",
                "{blanks}"
            );
            let current = format!("Blank {blanks}:");
            let seen = |field: &Value| field["name"].as_str().unwrap().contains(&current);
            assert!(fields.iter().any(seen), "the current blank is seen");
        }
    }
}
