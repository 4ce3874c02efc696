//! A kept text as it looked when it was finished.

use std::time::Duration;

use crate::domain::{Text, TextOutcome};
use generation::strategy::Task;
use generation::{Progress, Seed, Settings};
use model::{Prompt, Span, SpanKind};

use crate::service::{Ending, View};

impl View {
    /// The text as it ended.
    pub fn of(text: &Text) -> Self {
        Self {
            spans: spans(text),
            ahead: None,
            progress: Progress::default(),
            tokens: text.tokens,
            passes: text.passes,
            elapsed: Duration::from_millis(text.milliseconds),
            ending: Some(match text.ended {
                TextOutcome::Done => Ending::Done,
                TextOutcome::Stopped => Ending::Stopped,
                // The reason was told at once, and is in the log.
                TextOutcome::Failed => Ending::Failed("it was never finished".to_owned()),
            }),
        }
    }
}

/// The text in stretches of one origin: what of it was typed, and what was written around that.
fn spans(text: &Text) -> Vec<Span> {
    let prompt = Prompt::parse(&text.prompt);
    let all_written = vec![span(&text.text, SpanKind::Written(1.0))];
    if rewrote(&text.settings(), &prompt) {
        return all_written;
    }
    let (mut spans, mut rest) = (Vec::new(), text.text.as_str());
    for typed in prompt.given() {
        let Some((written, behind)) = rest.split_once(typed) else {
            return all_written;
        };
        spans.push(span(written, SpanKind::Written(1.0)));
        spans.push(span(typed, SpanKind::Given));
        rest = behind;
    }
    spans.push(span(rest, SpanKind::Written(1.0)));
    spans.retain(|span| !span.text.is_empty());
    spans
}

fn rewrote(settings: &Settings, prompt: &Prompt) -> bool {
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
    use crate::domain::UserId;
    use generation::Steering;
    use generation::strategy;

    fn shown(strategy: &str, prompt: &str, whole: &str) -> String {
        let text = Text {
            id: "abc".into(),
            user: UserId(1),
            server: None,
            channel: None,
            parent: None,
            prompt: prompt.into(),
            text: whole.into(),
            strategy: strategy.into(),
            sampling: strategy::default_sampling(strategy::ALL[0]),
            length: None,
            seed: Seed::from(1),
            options: String::new(),
            steering: Steering::default(),
            model: "f".into(),
            tokens: 1,
            passes: 1,
            milliseconds: 1500,
            ended: TextOutcome::Done,
            kept_at: 0,
        };
        let view = View::of(&text);
        assert_eq!(view.text(), whole, "nothing is lost");
        let mark = |span: &Span| match span.kind {
            SpanKind::Given => span.text.clone(),
            _ => format!("<{}>", span.text),
        };
        view.spans.iter().map(mark).collect()
    }

    #[test]
    fn what_was_typed_and_what_was_written_are_told_apart() {
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
    fn of_a_text_that_was_rewritten_every_word_is_the_models() {
        assert_eq!(shown("denoise", "a cat", "a cat"), "<a cat>");
        assert_eq!(shown("lookahead", "other", "a cat"), "<a cat>");
    }
}
