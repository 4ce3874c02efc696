//! The spelling of single tokens for people: their letters, and whether a space precedes each.

use generation::{Draft, PositionState, TokenId, TokenKind};

use super::detokenise::{Detokenizer, Piece};
use super::prompt::{Prompt, PromptError, PromptSegment};
use super::vocabulary::{TokenSpan, Vocabulary};

/// A token as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The token.
    pub token: TokenId,
    /// Its letters as they were typed, else as in the vocabulary; empty for an open position.
    pub text: String,
    /// Whether a space precedes it.
    pub spaced: bool,
}

impl Vocabulary {
    /// The words and punctuation marks of a draft, separated by spaces, in lower case: the form in which samples are
    /// compared. Open positions are omitted.
    pub fn words(&self, draft: &Draft) -> String {
        let mut words = String::new();
        for slot in draft.positions() {
            if slot.state == PositionState::Open {
                continue;
            }
            let piece = self.piece(slot.token);
            if let Some(rest) = piece.strip_prefix("##") {
                words.push_str(rest);
            } else {
                words.push_str(if words.is_empty() { "" } else { " " });
                words.push_str(piece);
            }
        }
        words
    }

    /// Tokens as they are rendered inside a sentence. A single token that continues a word keeps its `##`.
    pub fn phrase(&self, tokens: impl Iterator<Item = TokenId>) -> String {
        let pieces: Vec<Piece<'_>> = tokens
            .map(|token| Piece::Written(self.piece(token), 1.0))
            .collect();
        if let [Piece::Written(alone, _)] = pieces[..] {
            return alone.to_owned();
        }
        let mut detokenizer = Detokenizer::default();
        // The prefix keeps the first word from being capitalised as the beginning of a sentence.
        detokenizer.given("a ");
        detokenizer.blank(&pieces);
        let written = detokenizer.finish().into_iter().skip(1);
        written.map(|span| span.text).collect()
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
        let typed = |segment: &PromptSegment| match segment {
            // A text whose draft exists was tokenized before; if it fails now, its tokens are shown as word pieces.
            PromptSegment::Text(text) => vocabulary.spelled(text).unwrap_or_default(),
            PromptSegment::Blank(_) => Vec::new(),
        };
        Self {
            vocabulary,
            typed: prompt.segments.iter().map(typed).collect(),
        }
    }

    /// The spelling of each position of `draft`.
    pub fn spell(&self, draft: &Draft) -> Vec<Spelled> {
        let slots = draft.positions();
        let mut first = 0;
        let mut spelled = Vec::with_capacity(slots.len());
        for (position, slot) in slots.iter().enumerate() {
            if position > 0 && slots[position - 1].segment != slot.segment {
                first = position;
            }
            let kind = draft.kind(position);
            let spaced = position > 0 && apart(draft.kind(position - 1), kind);
            let typed = self.typed.get(slot.segment);
            let typed = typed.and_then(|typed| typed.get(position - first));
            let open = slot.state == PositionState::Open
                || (slot.state != PositionState::Given && kind == Some(TokenKind::Special));
            let (text, spaced) = match typed.filter(|typed| typed.token == slot.token) {
                _ if open => (String::new(), spaced),
                Some(typed) if position > first => (typed.text.clone(), typed.spaced),
                Some(typed) => (typed.text.clone(), spaced),
                None => {
                    let piece = self.vocabulary.piece(slot.token);
                    let text = piece.strip_prefix("##").unwrap_or(piece);
                    (text.to_owned(), spaced)
                }
            };
            spelled.push(Spelled {
                token: slot.token,
                text,
                spaced,
            });
        }
        spelled
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
        let mut before = 0;
        let spell = |at: TokenSpan| {
            let spaced = at.start > before;
            before = at.end;
            Spelled {
                token: at.token,
                text: text.get(at.start..at.end).unwrap_or_default().to_owned(),
                spaced,
            }
        };
        Ok(self.token_spans(text)?.into_iter().map(spell).collect())
    }

    /// Whether `token` continues the word before it.
    pub fn continues(&self, token: TokenId) -> bool {
        self.token_table().kind(token) == TokenKind::Piece
    }
}
