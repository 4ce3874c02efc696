//! How texts look in Discord. Pure.

use serenity::builder::{CreateEmbed, CreateEmbedFooter};

use super::component::stop_row;
use super::markdown::{bold, escaped};
use super::message::Message;
use crate::generation::{Length, Params};
use crate::session::{Candidate, Ending, Filling, Order, Span, SpanKind, View};

/// Discord's limits.
const DESCRIPTION: usize = 4096;
const EMBED: usize = 6000;
const FIELDS: usize = 25;

/// Where the pen is.
const PEN: &str = " ▌";
const GAP: &str = "▁▁▁";

/// One colour for each state of a text.
mod colour {
    pub(super) const WRITING: u32 = 0x58_65_f2;
    pub(super) const DONE: u32 = 0x3b_a5_5d;
    pub(super) const STOPPED: u32 = 0x74_7f_8d;
    pub(super) const FAILED: u32 = 0xd8_3c_3e;
}

/// What is said about a text under it; settled when it begins.
#[derive(Debug, Clone)]
pub(super) struct Caption {
    id: String,
    strategy: &'static str,
    params: Params,
    length: Option<Length>,
}

impl Caption {
    pub(super) fn new(id: &str, order: &Order) -> Self {
        Self {
            id: id.to_owned(),
            strategy: order.strategy.name(),
            params: order.params.clone(),
            length: order.length,
        }
    }

    fn settings(&self) -> String {
        let length = self
            .length
            .map(|length| format!(" · length {length}"))
            .unwrap_or_default();
        format!(
            "{} · temperature {} · seed {}{length}",
            self.strategy, self.params.sampling.temperature, self.params.seed
        )
    }
}

/// A text as it stands: written words in bold, the prompt as it was typed.
pub(super) fn text(view: &View, caption: &Caption) -> Message {
    let (colour, state) = match &view.ending {
        None => (
            colour::WRITING,
            format!("writing {} of {}", view.progress.done, view.progress.of),
        ),
        Some(Ending::Done) => (colour::DONE, String::new()),
        Some(Ending::Stopped) => (colour::STOPPED, "stopped".to_owned()),
        Some(Ending::Failed(reason)) => (colour::FAILED, format!("failed: {reason}")),
    };
    let ended = view.ending.is_some();
    let facts = format!(
        "{} · {:.1} s",
        plural(view.tokens, "token"),
        view.elapsed.as_secs_f64()
    );
    let footer = [caption.settings(), facts, state]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    let description = description(&view.spans, ended);
    let too_long = units(&description) > DESCRIPTION;
    let shown = if too_long {
        shortened(&description)
    } else {
        description
    };
    let embed = CreateEmbed::new()
        .description(shown)
        .colour(colour)
        .footer(CreateEmbedFooter::new(footer));
    let message = Message::embed(embed);
    match (ended, too_long) {
        (false, _) => message.with_row(stop_row(&caption.id)),
        (true, true) => message.with_file("text.txt", view.text().into_bytes()),
        (true, false) => message,
    }
}

fn description(spans: &[Span], ended: bool) -> String {
    let last = spans
        .iter()
        .rposition(|span| !matches!(span.kind, SpanKind::Open(_)));
    let closed = &spans[..last.map_or(0, |last| last + 1)];
    let mut shown = String::new();
    for stretch in closed.chunk_by(|a, b| {
        matches!(
            (a.kind, b.kind),
            (SpanKind::Written(_), SpanKind::Written(_))
        )
    }) {
        let text: String = stretch.iter().map(|span| span.text.as_str()).collect();
        match stretch[0].kind {
            SpanKind::Given => shown.push_str(&escaped(&text)),
            SpanKind::Written(_) => shown.push_str(&bold(&text)),
            SpanKind::Open(_) => shown.push_str(GAP),
        }
    }
    if !ended && closed.len() < spans.len() {
        shown.push_str(PEN);
    }
    shown
}

/// The end of a text that is too long to show; the whole of it comes as a file.
fn shortened(description: &str) -> String {
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
    // Cut at a space, so that no escape or bold is torn apart in the middle of a word.
    let start = kept.find(' ').map_or(0, |space| space + 1);
    format!("{NOTE}{}", kept[start..].replace("**", ""))
}

/// Discord counts UTF-16 units.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A sentence with its blanks filled, and what else might stand in them.
pub(super) fn filling(filling: &Filling) -> Message {
    let sentence = description(&filling.spans, true);
    let sentence = if units(&sentence) > DESCRIPTION {
        shortened(&sentence)
    } else {
        sentence
    };
    let blanks = filling.candidates.len();
    let footer = format!(
        "{} · {} passes{}",
        plural(blanks, "blank"),
        filling.passes,
        drawn(filling)
    );
    let mut left = EMBED - units(&sentence) - units(&footer) - 200;
    let mut embed = CreateEmbed::new()
        .description(sentence)
        .colour(colour::DONE);
    let mut shown = 0;
    for (number, candidates) in filling.candidates.iter().enumerate() {
        let (name, value) = (format!("Blank {}", number + 1), bars(candidates));
        let size = units(&name) + units(&value);
        if size > left || (shown == FIELDS - 1 && blanks > FIELDS) {
            break;
        }
        (left, shown) = (left - size, shown + 1);
        // Side by side only when there are many, since words do not fit a third of the width.
        embed = embed.field(name, value, blanks > 3);
    }
    if shown < blanks {
        embed = embed.field(
            "And more",
            format!(
                "{} are filled, but there is no room for their words.",
                plural(blanks - shown, "further blank")
            ),
            false,
        );
    }
    Message::embed(embed.footer(CreateEmbedFooter::new(footer)))
}

/// With what the words were drawn, if they were.
fn drawn(filling: &Filling) -> String {
    if filling.temperature.get() > 0.0 {
        format!(
            " · temperature {} · seed {}",
            filling.temperature, filling.seed
        )
    } else {
        String::new()
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// Candidates as bars, the longest for the likeliest.
fn bars(candidates: &[Candidate]) -> String {
    const WIDTH: f32 = 8.0;
    let most = candidates.first().map_or(1.0, |candidate| {
        candidate.probability.max(f32::MIN_POSITIVE)
    });
    let line = |candidate: &Candidate| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 8"
        )]
        let full = (candidate.probability / most * WIDTH).round() as usize;
        let bar = "█".repeat(full) + &"░".repeat(8 - full.min(8));
        let word = candidate
            .token
            .strip_prefix("##")
            .map_or_else(|| candidate.token.clone(), |rest| format!("-{rest}"));
        format!(
            "`{bar} {:>4.1}%` {}",
            candidate.probability * 100.0,
            escaped(&word)
        )
    };
    let lines: Vec<String> = candidates.iter().map(line).collect();
    if lines.is_empty() {
        "nothing".to_owned()
    } else {
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::strategy::{ALL, default_sampling};
    use crate::generation::{Bans, Knobs, Progress, Seed};
    use serde_json::Value;
    use std::time::Duration;

    fn span(text: &str, kind: SpanKind) -> Span {
        Span {
            text: text.into(),
            kind,
        }
    }

    fn shown(spans: Vec<Span>, ending: Option<Ending>) -> Value {
        let view = View {
            spans,
            progress: Progress { done: 2, of: 5 },
            tokens: 2,
            passes: 2,
            elapsed: Duration::from_millis(1234),
            ending,
        };
        let params = Params {
            sampling: default_sampling(ALL[0]),
            seed: Seed::from(7),
            knobs: Knobs::default(),
            keywords: Vec::new(),
            bans: Bans::default(),
        };
        let caption = Caption {
            id: "abc".into(),
            strategy: "lookahead",
            params,
            length: Some("5".parse().unwrap()),
        };
        text(&view, &caption).body()
    }

    #[test]
    fn the_prompt_is_plain_and_what_was_written_is_bold() {
        let body = shown(
            vec![
                span("a *b*", SpanKind::Given),
                span(" cat", SpanKind::Written(0.5)),
                span(" sat.", SpanKind::Written(0.5)),
            ],
            Some(Ending::Done),
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
            Some(Ending::Done),
        );
        assert!(units(body["embeds"][0]["description"].as_str().unwrap()) <= DESCRIPTION);
        assert_eq!(body["attachments"][0]["filename"], "text.txt");
    }

    #[test]
    fn however_many_blanks_there_are_the_embed_keeps_within_its_limits() {
        for blanks in [1, 24, 25, 26, 200] {
            let candidates = vec![
                vec![
                    Candidate {
                        token: "word".repeat(5),
                        probability: 0.123
                    };
                    10
                ];
                blanks
            ];
            let filling = Filling {
                spans: vec![span(&"*".repeat(1900), SpanKind::Given)],
                candidates,
                temperature: "0.5".parse().unwrap(),
                seed: Seed::from(1),
                passes: 3,
            };
            let embed = &super::filling(&filling).body()["embeds"][0];
            let fields = embed["fields"].as_array().unwrap();
            let text = |value: &Value| units(value.as_str().unwrap());
            let size: usize = fields
                .iter()
                .map(|field| text(&field["name"]) + text(&field["value"]))
                .sum();
            assert!(
                fields.len() <= FIELDS
                    && size + text(&embed["description"]) + text(&embed["footer"]["text"]) <= EMBED,
                "{blanks}"
            );
            assert!(
                blanks <= 2 || fields.last().unwrap()["name"] == "And more",
                "{blanks}"
            );
        }
    }
}
