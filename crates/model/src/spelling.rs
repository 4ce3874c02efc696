//! The spelling of single tokens for people: their letters, and whether a space precedes each.

use generation::{Begins, Draft, PositionState, TokenId, TokenKind};

use super::prompt::{Prompt, PromptError, PromptSegment};
use super::prompt_encoding::left_of;
use super::tokenizer::{Left, TokenSpan};
use super::vocabulary::Vocabulary;

/// A token as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The token.
    pub token: TokenId,
    /// Its letters as they were typed, else as in the vocabulary; empty for an open position, for white space, and for a
    /// token that is a part of the letter before it.
    pub text: String,
    /// Whether nothing stands there yet.
    pub open: bool,
    /// Whether a space precedes it.
    pub spaced: bool,
}

impl Vocabulary {
    /// The words and punctuation marks of a draft, separated by spaces, in lower case: the form in which samples are
    /// compared. Open positions are omitted.
    pub fn words(&self, draft: &Draft) -> String {
        let mut words = String::new();
        let positions = draft.positions().iter();
        let written: Vec<TokenId> = positions
            .filter(|slot| {
                let written = matches!(slot.state, PositionState::Written(_));
                let special = self.token_table().kind(slot.token) == TokenKind::Special;
                slot.state != PositionState::Open && !(written && special)
            })
            .map(|slot| slot.token)
            .collect();
        let letters = self.letters_of(written.iter().map(|&token| Some(token)));
        for (&token, letters) in written.iter().zip(&letters) {
            if letters.trim().is_empty() {
                continue;
            }
            if !self.continues(token) && !words.is_empty() {
                words.push(' ');
            }
            words.push_str(letters.trim());
        }
        if self.writing().is_cased() {
            words = words.to_lowercase();
        }
        words
    }
}

/// Spells the tokens of drafts of one prompt.
pub struct Speller<'a> {
    vocabulary: &'a Vocabulary,
    /// The tokens of each segment of the prompt.
    typed: Vec<Vec<Spelled>>,
}

impl<'a> Speller<'a> {
    /// A speller for drafts of `prompt`.
    pub fn new(vocabulary: &'a Vocabulary, prompt: &Prompt) -> Self {
        let typed = |(index, segment): (usize, &PromptSegment)| match segment {
            // A text whose draft exists was tokenized before; if it fails now, its tokens are shown as word pieces.
            PromptSegment::Text(text) => vocabulary
                .spelled_behind(left_of(index), text)
                .unwrap_or_default(),
            PromptSegment::Blank(_) => Vec::new(),
        };
        Self {
            vocabulary,
            typed: prompt.segments.iter().enumerate().map(typed).collect(),
        }
    }

    /// The spelling of each position of `draft`.
    pub fn spell(&self, draft: &Draft) -> Vec<Spelled> {
        let slots = draft.positions();
        let tokens = (0..slots.len()).map(|position| draft.token(position));
        let letters = self.vocabulary.letters_of(tokens);
        let mut first = 0;
        let mut spelled = Vec::with_capacity(slots.len());
        for (position, slot) in slots.iter().enumerate() {
            if position > 0 && slots[position - 1].segment != slot.segment {
                first = position;
            }
            let kind = draft.kind(position);
            let spaced = position > 0 && self.is_spaced(draft, position);
            let typed = self.typed.get(slot.segment);
            let typed = typed.and_then(|typed| typed.get(position - first));
            let open = slot.state == PositionState::Open
                || (slot.state != PositionState::Given && kind == Some(TokenKind::Special));
            let (text, spaced) = match typed.filter(|typed| typed.token == slot.token) {
                _ if open => (String::new(), spaced),
                Some(typed) if position > first => (typed.text.clone(), typed.spaced),
                Some(typed) => (typed.text.clone(), spaced),
                None => (letters[position].to_string(), spaced),
            };
            spelled.push(Spelled {
                token: slot.token,
                text,
                open,
                spaced,
            });
        }
        spelled
    }

    /// Whether a space precedes `position`, which is not the first.
    fn is_spaced(&self, draft: &Draft, position: usize) -> bool {
        let table = draft.token_table();
        let token = draft.token(position);
        match token.map(|token| table.begins(token)) {
            Some(Begins::Spaced) => true,
            Some(Begins::Joined) if table.keeps_spaces() => false,
            _ => {
                let writing = self.vocabulary.writing();
                let edge = |position: usize, last: bool| {
                    let letters = self.vocabulary.letters(draft.token(position)?);
                    let mut characters = letters.chars();
                    let c = if last {
                        characters.next_back()
                    } else {
                        characters.next()
                    };
                    c.filter(|&c| writing.is_spaceless(c))
                };
                apart(draft.kind(position - 1), draft.kind(position))
                    && edge(position - 1, true).is_none()
                    && edge(position, false).is_none()
            }
        }
    }
}

/// Whether a space separates tokens of these kinds.
fn apart(left: Option<TokenKind>, right: Option<TokenKind>) -> bool {
    let close = matches!(
        right,
        Some(
            TokenKind::Piece
                | TokenKind::Stop
                | TokenKind::Pause
                | TokenKind::Close
                | TokenKind::Hyphen
                | TokenKind::Apostrophe
        )
    );
    let holds = matches!(
        left,
        Some(TokenKind::Open | TokenKind::Hyphen | TokenKind::Apostrophe)
    );
    !close && !holds
}

impl Vocabulary {
    /// The tokens of `text` as they are spelled there.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub fn spelled(&self, text: &str) -> Result<Vec<Spelled>, PromptError> {
        self.spelled_behind(Left::Beginning, text)
    }

    fn spelled_behind(&self, left: Left, text: &str) -> Result<Vec<Spelled>, PromptError> {
        let mut before = 0;
        let spell = |at: TokenSpan| {
            let spaced = at.start > before;
            before = at.end;
            Spelled {
                token: at.token,
                text: text.get(at.start..at.end).unwrap_or_default().to_owned(),
                open: false,
                spaced,
            }
        };
        let spans = self.tokenizer().encode(text, left)?;
        Ok(spans.into_iter().map(spell).collect())
    }
}
