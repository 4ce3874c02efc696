//! A text while it is generated and when it is finished. Pure.

use serenity::builder::{CreateActionRow, CreateEmbed, CreateEmbedFooter};

use crate::discord::custom_id::CustomId;
use crate::discord::view::controls::button;
use crate::discord::view::diff::fresh;
use crate::discord::view::limits::DESCRIPTION;
use crate::discord::view::markdown::{bold, escaped, underlined};
use crate::discord::view::message::Message;
use crate::service::{
    Caller, GenerationOutcome, GenerationRequest, GenerationView, Span, SpanKind, Text, TextId,
};
use generation::{Length, Sampling, Seed};

/// Said above a text that is too long for an embed.
const TOO_LONG: &str = "This is the end of it; the whole text is in the file.";

/// Maximum length of a quoted text, in UTF-16 code units.
const QUOTED: usize = 300;
/// The cursor at the end of an unfinished text.
const CURSOR: &str = " ▌";
const GAP: &str = "▁▁▁";

/// The colours of an embed, one for each state of a text.
pub(in crate::discord) mod colour {
    pub(in crate::discord) const QUEUED: u32 = 0xfa_a6_1a;
    pub(in crate::discord) const WRITING: u32 = 0x58_65_f2;
    pub(in crate::discord) const DONE: u32 = 0x3b_a5_5d;
    pub(in crate::discord) const STOPPED: u32 = 0x74_7f_8d;
    pub(in crate::discord) const FAILED: u32 = 0xd8_3c_3e;
}

/// The parts of a text's message that do not change while it is generated.
#[derive(Debug, Clone)]
pub(in crate::discord) struct Caption {
    id: TextId,
    strategy: String,
    sampling: Sampling,
    seed: Seed,
    length: Option<Length>,
    note: String,
    kept: bool,
}

impl Caption {
    /// The caption of a running generation.
    pub(in crate::discord) fn new(id: &TextId, order: &GenerationRequest) -> Self {
        Self {
            id: id.clone(),
            strategy: order.strategy.name().to_owned(),
            sampling: order.params.sampling,
            seed: order.params.seed,
            length: order.length,
            note: String::new(),
            kept: false,
        }
    }

    /// The caption of a stored text.
    pub(in crate::discord) fn of(text: &Text) -> Self {
        Self {
            id: text.id.clone(),
            strategy: text.strategy.to_string(),
            sampling: text.sampling,
            seed: text.seed,
            length: text.length,
            note: String::new(),
            kept: true,
        }
    }

    /// Sets the sentence above the text, as Markdown.
    pub(in crate::discord) fn noting(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }

    /// Marks the text as stored, so that its id and its buttons are shown.
    pub(in crate::discord) fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    fn settings(&self) -> String {
        let length = self
            .length
            .map(|length| format!(" · length {length}"))
            .unwrap_or_default();
        format!(
            "{} · temperature {} · seed {}{length}",
            self.strategy, self.sampling.temperature, self.seed
        )
    }
}

/// A finished text: written words in bold, the prompt as it was typed.
pub(in crate::discord) fn text(view: &GenerationView, caption: &Caption) -> Message {
    frame(view, caption, None)
}

/// A text at any state. Words that are new since the spans `before` are underlined.
pub(in crate::discord) fn frame(
    view: &GenerationView,
    caption: &Caption,
    before: Option<&[Span]>,
) -> Message {
    let ended = view.outcome.is_some();
    let news = match before {
        Some(before) if !ended => fresh(before, &view.spans),
        _ => vec![false; view.spans.len()],
    };
    let cursor = if ended { "" } else { CURSOR };
    let description = description(&view.spans, &news, cursor);
    let too_long = units(&description) > DESCRIPTION;
    let shown = if too_long {
        end_of(&description)
    } else {
        description
    };
    let embed = CreateEmbed::new()
        .description(shown)
        .colour(colour_of(view))
        .footer(CreateEmbedFooter::new(footer(view, caption)));
    let message = Message::embed(embed);
    let message = match (ended, too_long) {
        (false, _) => message.with_row(stop_row(&caption.id)),
        (true, true) => message.with_file("text.txt", view.text().into_bytes()),
        (true, false) => message,
    };
    let message = if ended && caption.kept {
        message.with_row(result_row(&caption.id))
    } else {
        message
    };
    let notes = [caption.note.as_str(), if too_long { TOO_LONG } else { "" }];
    message.saying(notes.join(" ").trim())
}

fn colour_of(view: &GenerationView) -> u32 {
    match &view.outcome {
        None if view.ahead.is_some() => colour::QUEUED,
        None => colour::WRITING,
        Some(GenerationOutcome::Done) => colour::DONE,
        Some(GenerationOutcome::Stopped) => colour::STOPPED,
        Some(GenerationOutcome::Failed(_)) => colour::FAILED,
    }
}

/// The footer. Its changing part has a constant width, so that the footer does not jump between frames.
fn footer(view: &GenerationView, caption: &Caption) -> String {
    let settings = caption.settings();
    let state = match &view.outcome {
        None => {
            let state = view.ahead.map_or_else(|| progress(view), place);
            return format!("{state} · {settings}");
        }
        Some(GenerationOutcome::Done) => String::new(),
        Some(GenerationOutcome::Stopped) => "stopped".to_owned(),
        Some(GenerationOutcome::Failed(reason)) => format!("failed: {reason}"),
    };
    let facts = format!(
        "{} · {:.1} s",
        plural(view.tokens, "token"),
        view.elapsed.as_secs_f64()
    );
    let id = if caption.kept {
        format!("id {}", caption.id)
    } else {
        String::new()
    };
    let parts = [settings, facts, id, state].into_iter();
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// The progress as a bar and in figures, padded with figure spaces to a constant width.
fn progress(view: &GenerationView) -> String {
    const WIDTH: usize = 10;
    let (done, of) = (view.progress.done, view.progress.of.max(1));
    let full = (done * WIDTH / of).min(WIDTH);
    let bar = "▰".repeat(full) + &"▱".repeat(WIDTH - full);
    let digits = of.to_string().len();
    format!("{bar} writing {done:\u{2007}>digits$} of {of}")
}

/// The position in the queue.
fn place(ahead: usize) -> String {
    match ahead {
        0 => "next in the queue".to_owned(),
        1 => "in the queue, behind one other".to_owned(),
        others => format!("in the queue, behind {others} others"),
    }
}

/// The text as Markdown, up to its last word. `cursor` follows a text whose end is open.
fn description(spans: &[Span], news: &[bool], cursor: &str) -> String {
    let last = spans
        .iter()
        .rposition(|span| !matches!(span.kind, SpanKind::Open(_)));
    let closed = &spans[..last.map_or(0, |last| last + 1)];
    let mut shown = String::new();
    let marked: Vec<(&Span, bool)> = closed.iter().zip(news.iter().copied()).collect();
    let together = |(a, a_new): &(&Span, bool), (b, b_new): &(&Span, bool)| {
        let written = |span: &Span| matches!(span.kind, SpanKind::Written(_));
        written(a) && written(b) && a_new == b_new
    };
    for stretch in marked.chunk_by(together) {
        let text: String = stretch.iter().map(|(span, _)| span.text.as_str()).collect();
        let (first, new) = stretch[0];
        match first.kind {
            SpanKind::Given => shown.push_str(&escaped(&text)),
            SpanKind::Written(_) if new => shown.push_str(&underlined(&text)),
            SpanKind::Written(_) => shown.push_str(&bold(&text)),
            SpanKind::Open(_) => shown.push_str(GAP),
        }
    }
    if closed.len() < spans.len() {
        shown.push_str(cursor);
    }
    shown
}

/// The end of a text that exceeds an embed, without its bold and underline markup.
pub(in crate::discord) fn end_of(description: &str) -> String {
    const NOTE: &str = "… ";
    let mut left = DESCRIPTION - 64;
    let kept: Vec<char> = description
        .chars()
        .rev()
        .take_while(|c| {
            left = left.saturating_sub(c.len_utf16());
            left > 0
        })
        .collect();
    let kept: String = kept.into_iter().rev().collect();
    // Cuts at a space, so that no escape is torn apart.
    let start = kept.find(' ').map_or(0, |space| space + 1);
    format!(
        "{NOTE}{}",
        kept[start..].replace("**", "").replace("__", "")
    )
}

/// The beginning of a text, at most `max` UTF-16 code units long.
pub(in crate::discord) fn shortened(text: &str, max: usize) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    let mut left = max - 1;
    let fits = |c: &char| {
        let room = left >= c.len_utf16();
        left = left.saturating_sub(c.len_utf16());
        room
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

/// The beginning of a text as a quotation in one line.
pub(in crate::discord) fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("> {}", escaped(&shortened(&line, QUOTED)))
}

/// Who did what with which text, for everybody to see; Discord does not show who pressed a button.
pub(in crate::discord) fn note(caller: &Caller, did: &str, id: &TextId) -> String {
    format!("<@{}> {did} `{id}`.", caller.user.0)
}

/// The row under a running generation.
pub(in crate::discord) fn stop_row(id: &TextId) -> CreateActionRow {
    CreateActionRow::Buttons(vec![button(&CustomId::Stop(id.clone()), "Stop")])
}

/// The row under a stored text.
fn result_row(id: &TextId) -> CreateActionRow {
    let id = || id.clone();
    CreateActionRow::Buttons(vec![
        button(&CustomId::Reroll(id()), "Reroll"),
        button(&CustomId::Continue(id()), "Continue"),
        button(&CustomId::Remix(id()), "Remix"),
        button(&CustomId::Trace(id()), "How?"),
        button(&CustomId::Delete(id()), "Delete"),
    ])
}

/// The length in UTF-16 code units, as Discord counts.
pub(in crate::discord) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

pub(in crate::discord) fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// [`plural`] for a `u32`.
pub(in crate::discord) fn many(count: u32, noun: &str) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::Progress;
    use generation::strategy::{ALL, default_sampling};
    use serde_json::Value;
    use std::time::Duration;

    fn span(text: &str, kind: SpanKind) -> Span {
        Span {
            text: text.into(),
            kind,
        }
    }

    fn view(spans: Vec<Span>, outcome: Option<GenerationOutcome>) -> GenerationView {
        GenerationView {
            spans,
            ahead: None,
            progress: Progress { done: 2, of: 100 },
            tokens: 2,
            passes: 2,
            elapsed: Duration::from_millis(1234),
            outcome,
        }
    }

    fn caption() -> Caption {
        Caption {
            id: "abc".into(),
            strategy: "lookahead".into(),
            sampling: default_sampling(ALL[0]),
            seed: Seed::from(7),
            length: Some("5".parse().unwrap()),
            note: String::new(),
            kept: false,
        }
    }

    fn shown(spans: Vec<Span>, outcome: Option<GenerationOutcome>) -> Value {
        text(&view(spans, outcome), &caption()).body()
    }

    #[test]
    fn a_quotation_is_one_line_of_escaped_text() {
        assert_eq!(quote("a *b*\n> c"), "> a \\*b\\* > c");
        assert!(quote(&"a".repeat(2_000)).chars().count() < 310);
    }

    #[test]
    fn a_shortened_text_counts_utf_16_units() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "ab…");
        assert_eq!(shortened("👩👩👩", 4), "👩…");
    }

    #[test]
    fn a_kept_text_has_its_id_and_buttons_that_know_it() {
        let spans = vec![span("a", SpanKind::Given)];
        for ending in [
            GenerationOutcome::Done,
            GenerationOutcome::Stopped,
            GenerationOutcome::Failed("x".into()),
        ] {
            let body = text(&view(spans.clone(), Some(ending)), &caption().kept()).body();
            let footer = body["embeds"][0]["footer"]["text"].as_str().unwrap();
            assert!(footer.contains(" · 2 tokens · 1.2 s · id abc"), "{footer}");
            let buttons = body["components"][0]["components"].as_array().unwrap();
            let known = |button: &Value| button["custom_id"].as_str().unwrap().ends_with(":abc");
            assert!(!buttons.is_empty() && buttons.iter().all(known));
        }
    }

    #[test]
    fn every_state_has_a_colour_of_its_own() {
        let endings = [
            None,
            Some(GenerationOutcome::Done),
            Some(GenerationOutcome::Stopped),
            Some(GenerationOutcome::Failed("x".into())),
        ];
        let mut views: Vec<GenerationView> = endings.map(|ending| view(Vec::new(), ending)).into();
        views.push(GenerationView {
            ahead: Some(3),
            ..view(Vec::new(), None)
        });
        let colour =
            |view: &GenerationView| text(view, &caption()).body()["embeds"][0]["color"].to_string();
        let colours: std::collections::HashSet<String> = views.iter().map(colour).collect();
        assert_eq!(colours.len(), 5);
    }

    #[test]
    fn while_it_is_written_the_line_under_it_keeps_its_width() {
        let footer = |done| {
            let view = GenerationView {
                progress: Progress { done, of: 100 },
                ..view(Vec::new(), None)
            };
            footer(&view, &caption())
        };
        assert!(
            footer(7).starts_with("▱▱▱▱▱▱▱▱▱▱ writing \u{2007}\u{2007}7 of 100 · lookahead · "),
            "{}",
            footer(7)
        );
        assert!(footer(100).starts_with("▰▰▰▰▰▰▰▰▰▰ writing 100 of 100 · "));
        assert!((0..=100).all(|done| footer(done).chars().count() == footer(0).chars().count()));
    }

    #[test]
    fn who_waits_sees_how_many_come_before() {
        let footer = |ahead| {
            let view = GenerationView {
                ahead: Some(ahead),
                ..view(Vec::new(), None)
            };
            footer(&view, &caption())
        };
        assert!(footer(0).starts_with("next in the queue · lookahead"));
        assert!(footer(1).starts_with("in the queue, behind one other · "));
        assert!(footer(5).starts_with("in the queue, behind 5 others · "));
    }

    #[test]
    fn words_that_were_not_in_the_frame_before_are_underlined_until_the_text_is_done() {
        let spans = |words: &[&str]| -> Vec<Span> {
            let written = |word: &&str| span(word, SpanKind::Written(0.5));
            words.iter().map(written).collect()
        };
        let before = spans(&["A", " cat"]);
        let now = view(spans(&["A", " cat", " sat", " down"]), None);
        let description = |view: &GenerationView| {
            let body = frame(view, &caption(), Some(&before)).body();
            body["embeds"][0]["description"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(description(&now), "**A cat** __**sat down**__");
        let done = GenerationView {
            outcome: Some(GenerationOutcome::Done),
            ..now
        };
        assert_eq!(description(&done), "**A cat sat down**");
    }

    #[test]
    fn the_prompt_is_plain_and_what_was_written_is_bold() {
        let body = shown(
            vec![
                span("a *b*", SpanKind::Given),
                span(" cat", SpanKind::Written(0.5)),
                span(" sat.", SpanKind::Written(0.5)),
            ],
            Some(GenerationOutcome::Done),
        );
        assert_eq!(body["embeds"][0]["description"], r"a \*b\* **cat sat.**");
        assert_eq!(
            body["embeds"][0]["footer"]["text"],
            "lookahead · temperature 0.75 · seed 7 · length 5 · 2 tokens · 1.2 s"
        );
        assert_eq!(body["components"], serde_json::json!([]));
    }

    #[test]
    fn while_it_is_written_there_is_a_pen_and_a_button_to_stop_it() {
        let body = shown(
            vec![
                span("a", SpanKind::Given),
                span(" cat", SpanKind::Written(0.5)),
                span("", SpanKind::Open(3)),
            ],
            None,
        );
        assert_eq!(body["embeds"][0]["description"], "a **cat** ▌");
        assert_eq!(
            body["components"][0]["components"][0]["custom_id"],
            "stop:abc"
        );
    }

    #[test]
    fn open_blanks_inside_the_text_are_gaps() {
        let body = shown(
            vec![
                span("a ", SpanKind::Given),
                span("", SpanKind::Open(1)),
                span(" b", SpanKind::Given),
            ],
            None,
        );
        assert_eq!(body["embeds"][0]["description"], "a ▁▁▁ b");
    }

    #[test]
    fn a_text_beyond_discords_limit_comes_as_a_file() {
        let body = shown(
            vec![
                span(&"*".repeat(3000), SpanKind::Given),
                span(&" word".repeat(100), SpanKind::Written(0.5)),
            ],
            Some(GenerationOutcome::Done),
        );
        assert!(units(body["embeds"][0]["description"].as_str().unwrap()) <= DESCRIPTION);
        assert_eq!(body["attachments"][0]["filename"], "text.txt");
        assert_eq!(body["content"], TOO_LONG);
    }
}
