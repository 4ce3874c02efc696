//! Drafts to text: the words of the prompt exactly as typed, written words assembled from their pieces.

use std::borrow::Cow;

use super::detokenise::{Detokenizer, Span, Written};
use super::prompt::{Prompt, PromptSegment};
use super::prompt_encoding::left_of;
use super::vocabulary::Vocabulary;
use generation::{Draft, Position, PositionState, TokenId, TokenKind};

impl Vocabulary {
    /// Renders a draft as text. `draft` must come from [`Vocabulary::draft`] for the same `prompt`, in any state of
    /// completion.
    pub fn render(&self, prompt: &Prompt, draft: &Draft) -> Vec<Span> {
        let mut detokenizer = Detokenizer::knowing(prompt.text(), self.writing());
        let positions = draft.positions();
        let region = prompt.segments.len();
        let mut rest = positions;
        for part in 0..=region {
            let end = rest
                .iter()
                .position(|slot| slot.segment != part)
                .unwrap_or(rest.len());
            let (slots, behind) = rest.split_at(end);
            rest = behind;
            let given = slots.iter().all(|slot| slot.state == PositionState::Given);
            let written = self.written(slots);
            match prompt.segments.get(part) {
                Some(PromptSegment::Text(text)) if given => detokenizer.given(text),
                Some(PromptSegment::Text(text)) => {
                    // A text whose draft exists was tokenized before; if it fails now, it is shown as the model spells it.
                    let typed = self
                        .rewritable_spans(text, left_of(part))
                        .unwrap_or_default();
                    detokenizer.region(&with_typed_spelling(&typed, slots, written));
                }
                Some(PromptSegment::Blank(_)) => detokenizer.blank(&written),
                None => detokenizer.region(&written),
            }
        }
        // Brackets and quotation marks opened by the prompt are closed where the generated text ends.
        let written = positions.last().map(|slot| slot.state);
        if matches!(written, Some(PositionState::Written(_))) && draft.open().is_empty() {
            detokenizer.close();
        }
        detokenizer.finish()
    }

    /// The positions of a segment as they are shown. A special token that was written is an open position.
    fn written(&self, slots: &[Position]) -> Vec<Written<'_>> {
        let is_open = |slot: &Position| {
            slot.state == PositionState::Open
                || (matches!(slot.state, PositionState::Written(_))
                    && self.token_table().kind(slot.token) == TokenKind::Special)
        };
        let tokens = slots
            .iter()
            .map(|slot| (!is_open(slot)).then_some(slot.token));
        let shown = |(slot, letters): (&Position, Cow<'_, str>)| match slot.state {
            _ if is_open(slot) => Written::Open,
            state => Written::Letters {
                letters: Cow::Owned(letters.into_owned()),
                begins: self.token_table().begins(slot.token),
                confidence: match state {
                    PositionState::Written(confidence) => confidence,
                    _ => 1.0,
                },
            },
        };
        let letters = self.letters_of(tokens);
        slots.iter().zip(letters).map(shown).collect()
    }

    /// Tokens as they are rendered inside a sentence. A single token that continues a word has a hyphen before it.
    pub fn phrase(&self, tokens: impl Iterator<Item = TokenId>) -> String {
        let tokens: Vec<TokenId> = tokens.collect();
        if let [alone] = tokens[..] {
            return self.shown(alone);
        }
        let letters = self.letters_of(tokens.iter().map(|&token| Some(token)));
        let piece = |(&token, letters)| Written::Letters {
            letters,
            begins: self.token_table().begins(token),
            confidence: 1.0,
        };
        let pieces: Vec<Written<'_>> = tokens.iter().zip(letters).map(piece).collect();
        let mut detokenizer = Detokenizer::knowing("", self.writing());
        // The prefix keeps the first word from being capitalised as the beginning of a sentence.
        detokenizer.given("a ");
        detokenizer.blank(&pieces);
        let written = detokenizer.finish().into_iter().skip(1);
        written.map(|span| span.text).collect()
    }

    /// A token on its own, for people: its letters, with a hyphen before a token that continues a word.
    pub fn shown(&self, token: TokenId) -> String {
        let letters = self.letters(token);
        if self.continues(token) {
            format!("-{letters}")
        } else {
            letters.to_owned()
        }
    }
}

/// `written` with the words that are still those that were typed in their typed spelling.
fn with_typed_spelling<'a>(
    typed: &[(TokenId, &'a str)],
    slots: &[Position],
    written: Vec<Written<'a>>,
) -> Vec<Written<'a>> {
    let keep = |(index, piece): (usize, Written<'a>)| match (piece, typed.get(index)) {
        (
            Written::Letters {
                begins, confidence, ..
            },
            Some(&(token, typed)),
        ) if slots[index].token == token => Written::Letters {
            letters: Cow::Borrowed(typed),
            begins,
            confidence,
        },
        (piece, _) => piece,
    };
    written.into_iter().enumerate().map(keep).collect()
}
