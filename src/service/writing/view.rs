//! The visible state of a text: while the model writes it, and after it was stored.

use std::time::Duration;

use crate::domain::{Text, TextOutcome};
use generation::strategy::Task;
use generation::{Progress, Seed, Settings};
use model::{Prompt, Span, SpanKind};

/// The outcome of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GenerationOutcome {
    /// The text is complete.
    Done,
    /// A person stopped the generation; the text is as far as the model had written it.
    Stopped,
    /// The generation failed for this reason.
    Failed(String),
}

/// The visible state of a text.
#[derive(Debug, Clone)]
pub struct GenerationView {
    /// The text, split by origin.
    pub spans: Vec<Span>,
    /// The number of texts ahead in the queue, until the model scores this one for the first time.
    pub ahead: Option<usize>,
    /// The progress of the generation.
    pub progress: Progress,
    /// The number of written tokens.
    pub tokens: usize,
    /// The number of sequences scored.
    pub passes: u64,
    /// The time since the request, up to the end of the generation.
    pub elapsed: Duration,
    /// The outcome; `None` while the generation runs.
    pub outcome: Option<GenerationOutcome>,
}

impl GenerationView {
    /// The plain text. Inner blanks appear as `___`; trailing blanks are omitted.
    pub fn text(&self) -> String {
        plain_text(&self.spans)
    }

    /// The final state of a stored text.
    pub fn of(text: &Text) -> Self {
        Self {
            spans: spans(text),
            ahead: None,
            progress: Progress::default(),
            tokens: text.tokens,
            passes: text.passes,
            elapsed: Duration::from_millis(text.milliseconds),
            outcome: Some(match text.ended {
                TextOutcome::Done => GenerationOutcome::Done,
                TextOutcome::Stopped => GenerationOutcome::Stopped,
                // The reason is not stored; it was shown when the generation failed, and is in the log.
                TextOutcome::Failed => {
                    GenerationOutcome::Failed("it was never finished".to_owned())
                }
            }),
        }
    }
}

/// The plain text of `spans`, as in [`GenerationView::text`].
pub(in crate::service) fn plain_text(spans: &[Span]) -> String {
    let end = spans
        .iter()
        .rposition(|span| !matches!(span.kind, SpanKind::Open(_)))
        .map_or(0, |last| last + 1);
    let show = |span: &Span| {
        if let SpanKind::Open(_) = span.kind {
            "___".to_owned()
        } else {
            span.text.clone()
        }
    };
    spans[..end].iter().map(show).collect()
}

/// A stored text, split into the parts of the prompt and the parts that the model wrote around them.
fn spans(text: &Text) -> Vec<Span> {
    let prompt = Prompt::parse(&text.prompt);
    let all_written = vec![span(&text.text, SpanKind::Written(1.0))];
    if is_rewrite(&text.settings(), &prompt) {
        return all_written;
    }
    let (mut spans, mut rest) = (Vec::new(), text.text.as_str());
    for given in prompt.given() {
        let Some((written, after)) = rest.split_once(given) else {
            return all_written;
        };
        spans.push(span(written, SpanKind::Written(1.0)));
        spans.push(span(given, SpanKind::Given));
        rest = after;
    }
    spans.push(span(rest, SpanKind::Written(1.0)));
    spans.retain(|span| !span.text.is_empty());
    spans
}

fn is_rewrite(settings: &Settings, prompt: &Prompt) -> bool {
    settings.strategy().is_ok_and(|strategy| {
        let params = settings.params(strategy, Seed::from(0));
        params.is_ok_and(|params| strategy.task(prompt.blanks(), &params.options) == Task::Rewrite)
    })
}

fn span(text: &str, kind: SpanKind) -> Span {
    Span {
        text: text.to_owned(),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::example_text;
    use generation::Settings;

    fn shown(strategy: &str, prompt: &str, whole: &str) -> String {
        let text = Text {
            prompt: prompt.into(),
            text: whole.into(),
            strategy: strategy.into(),
            options: String::new(),
            other: Settings::default(),
            ended: TextOutcome::Done,
            ..example_text("abc")
        };
        let view = GenerationView::of(&text);
        assert_eq!(view.text(), whole, "all characters are shown");
        let mark = |span: &Span| match span.kind {
            SpanKind::Given => span.text.clone(),
            _ => format!("<{}>", span.text),
        };
        view.spans.iter().map(mark).collect()
    }

    #[test]
    fn given_and_written_parts_are_distinguished() {
        assert_eq!(
            shown("lookahead", "Once upon", "Once upon a time."),
            "Once upon< a time.>"
        );
        assert_eq!(
            shown("template", "The ___ saw the ___.", "The cat saw the dog."),
            "The <cat> saw the <dog>."
        );
        assert_eq!(shown("template", "___ sat.", "He sat."), "<He> sat.");
        assert_eq!(shown("keywords", "", "The sea."), "<The sea.>");
    }

    #[test]
    fn a_rewritten_text_is_written_as_a_whole() {
        assert_eq!(shown("denoise", "a cat", "a cat"), "<a cat>");
        assert_eq!(shown("lookahead", "other", "a cat"), "<a cat>");
    }
}
