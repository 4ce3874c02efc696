//! How a sentence with blanks looks in Discord: filled, with the likeliest words for each blank as bars. Pure.

use serenity::builder::{CreateEmbed, CreateEmbedFooter};

use crate::discord::view::fill_controls::rows;
use crate::discord::view::limits::{DESCRIPTION, EMBED, FIELD, FIELDS};
use crate::discord::view::markdown::{bold, escaped};
use crate::discord::view::message::Message;
use crate::discord::view::text::{colour, end_of, plural, units};
use crate::service::{Blank, Candidate, FillState, RankedCandidate, Span, SpanKind};
use generation::FillOrder;

/// Of the embed's characters, so many are kept free for what is said at its end.
const RESERVE: usize = 200;
/// Of the person's own candidates, so many characters are shown.
const OWN: usize = 60;
/// Bars are so many characters long.
const WIDTH: usize = 8;

/// A sentence with its blanks filled, what else might stand in them, and the buttons to choose it with.
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
    // The current blank must be seen, so the others are shown from it on, and then from the first.
    let from_current = (0..count).map(|step| (sheet.spot.blank + step) % count);
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
    // Side by side only when there are many, since words do not fit a third of the width.
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

/// The sentence, with what stands in its blanks in bold.
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
    // At temperature 0 nothing was drawn.
    if sheet.temperature.get() > 0.0 {
        parts.push(format!(
            "temperature {} · seed {}",
            sheet.temperature, sheet.seed
        ));
    }
    parts.join(" · ").replace("passs", "passes")
}

/// A blank's heading: its number, what stands in it, and a mark at the one that is being chosen for.
fn name(sheet: &FillState, number: usize) -> String {
    let (blank, many) = (&sheet.blanks[number], sheet.blanks.len() > 1);
    let mark = if many && number == sheet.spot.blank {
        "▸ "
    } else {
        ""
    };
    let chosen = if blank.chosen { " ✓" } else { "" };
    format!(
        "{mark}Blank {}: {}{chosen}",
        number + 1,
        escaped(&spelled(&blank.word))
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
    let line = |candidate: &Candidate| {
        line(
            f64::from(candidate.probability),
            f64::from(most),
            &spelled(&candidate.token),
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

/// A word with its probability as a bar, the longest for the likeliest.
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

/// A probability in a few characters, however small: in percent, or as one of so many.
pub(in crate::discord) fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent >= 0.05 {
        return format!("{percent:.1}%");
    }
    if probability <= 0.0 {
        return "0%".to_owned();
    }
    let many = 1.0 / probability;
    let units = [(1e9, "bn"), (1e6, "M"), (1e3, "k")];
    match units.into_iter().find(|(unit, _)| many >= *unit) {
        _ if many >= 1e12 => format!("1:10^{:.0}", -probability.log10()),
        Some((unit, name)) => format!("1 in {:.0}{name}", many / unit),
        None => format!("1 in {many:.0}"),
    }
}

/// A piece of the vocabulary for people.
pub(in crate::discord) fn spelled(piece: &str) -> String {
    piece
        .strip_prefix("##")
        .map_or_else(|| piece.to_owned(), |rest| format!("-{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Spot;
    use generation::Seed;
    use serde_json::Value;

    fn some(blanks: usize, own: usize) -> FillState {
        let candidate = Candidate {
            token: "word".repeat(5),
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
            spot: Spot {
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

    #[test]
    fn the_smallest_probabilities_are_still_told_apart() {
        let told = [0.5, 0.0123, 0.0003, 0.000_000_12, 3e-10, 1e-60, 0.0].map(percent);
        assert_eq!(
            told,
            [
                "50.0%", "1.2%", "1 in 3k", "1 in 8M", "1 in 3bn", "1:10^60", "0%"
            ]
        );
    }
}
