//! Prompts to drafts: the text around the blanks encoded in its place, and the room for new tokens checked.

use std::sync::Arc;

use super::encode_options::EncodeOptions;
use super::prompt::{Prompt, PromptError, PromptSegment};
use super::tokenizer::{Left, TokenSpan};
use super::vocabulary::Vocabulary;
use generation::strategy::Task;
use generation::{Draft, Segment, TokenId};

/// Marks the end of a word to be taken for the padding token where text is rewritten.
pub(super) const PADDING: &str = "[PAD]";

impl Vocabulary {
    /// The initial draft of a prompt.
    ///
    /// # Errors
    /// When the prompt is empty, all blanks, or too long for the model, or the tokenizer fails.
    pub fn draft(&self, prompt: &Prompt, options: &EncodeOptions) -> Result<Draft, PromptError> {
        let part = |(index, segment): (usize, &PromptSegment)| {
            let left = left_of(index);
            Ok(match (segment, options.task) {
                (PromptSegment::Text(text), Task::Rewrite) => {
                    Segment::Rewritable(self.rewritable(text, left)?)
                }
                (PromptSegment::Text(text), _) => Segment::Given(self.encode_behind(left, text)?),
                (PromptSegment::Blank(width), _) => Segment::Blank(*width),
            })
        };
        let parts: Result<Vec<Segment>, PromptError> =
            prompt.segments.iter().enumerate().map(part).collect();
        let mut parts = parts?;
        let length = |part: &Segment| match part {
            Segment::Given(tokens) | Segment::Rewritable(tokens) => tokens.len(),
            Segment::Blank(_) | Segment::Region(_) => 0,
        };
        let given: usize = parts.iter().map(length).sum();
        let shown = match options.task {
            Task::Rewrite => given,
            Task::Continue | Task::Fill { .. } => given + options.suffix.len(),
        };
        match (shown, prompt.blanks()) {
            (0, 0) if !options.unprompted || options.task != Task::Continue => {
                return Err(PromptError::Empty);
            }
            (0, 1..) => return Err(PromptError::OnlyBlanks),
            _ => {}
        }
        let new = match options.task {
            Task::Continue => options.length.get() as usize,
            Task::Fill { .. } | Task::Rewrite => 0,
        };
        let widest = match options.task {
            Task::Fill { widest } => widest,
            Task::Continue | Task::Rewrite => 1,
        };
        let old = given + widest * prompt.blanks();
        let room = self.token_table().max_tokens() - Draft::MAX_QUERY_OVERHEAD;
        let most = room.saturating_sub(options.suffix.len());
        if options.suffix.len() > room / 2 {
            return Err(PromptError::SteeringTooLong {
                given: options.suffix.len(),
                most: room / 2,
            });
        }
        if old + new > most {
            return Err(PromptError::TooLong {
                prompt: old,
                new,
                most,
            });
        }
        if new > 0 {
            parts.push(Segment::Region(new));
        }
        Ok(Draft::new(Arc::clone(self.token_table()), &parts)
            .with_suffix(options.suffix.clone())
            .with_joined(self.joined(prompt, options.task)))
    }

    /// The segments of a draft that a strategy writes and whose first token has no space on its left.
    fn joined(&self, prompt: &Prompt, task: Task) -> Vec<usize> {
        let segments = &prompt.segments;
        let is_joined = |&index: &usize| match (index.checked_sub(1), segments.get(index)) {
            (None, _) => !self.tokenizer().spaced_beginning(),
            (Some(_), Some(PromptSegment::Text(text))) => {
                task == Task::Rewrite && !text.starts_with(char::is_whitespace)
            }
            (Some(left), Some(PromptSegment::Blank(_))) => match &segments[left] {
                PromptSegment::Text(text) => !text.ends_with(char::is_whitespace),
                PromptSegment::Blank(_) => false,
            },
            // A region begins with a new word.
            (Some(_), None) => false,
        };
        if self.writing().keeps_spaces() {
            (0..=segments.len()).filter(is_joined).collect()
        } else {
            Vec::new()
        }
    }

    /// The tokens of a text that may be rewritten, in which `[PAD]` is the padding token.
    pub(super) fn rewritable(&self, text: &str, left: Left) -> Result<Vec<TokenId>, PromptError> {
        let spans = self.rewritable_spans(text, left)?;
        Ok(spans.into_iter().map(|(token, _)| token).collect())
    }

    /// The tokens of a text that may be rewritten, each as it was typed.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub(super) fn rewritable_spans<'a>(
        &self,
        text: &'a str,
        left: Left,
    ) -> Result<Vec<(TokenId, &'a str)>, PromptError> {
        let mut all = Vec::new();
        for (index, part) in text.split(PADDING).enumerate() {
            let left = if index == 0 { left } else { Left::Word };
            if index > 0 {
                all.push((self.token_table().special().pad, PADDING));
            }
            let typed = |span: TokenSpan| {
                (
                    span.token,
                    part.get(span.start..span.end).unwrap_or_default(),
                )
            };
            all.extend(self.tokenizer().encode(part, left)?.into_iter().map(typed));
        }
        Ok(all)
    }
}

/// What stands on the left of the segment `index` of a prompt: nothing, or a blank.
pub(super) fn left_of(index: usize) -> Left {
    if index == 0 {
        Left::Beginning
    } else {
        Left::Word
    }
}
