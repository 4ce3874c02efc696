//! Tokens one by one, as people read them: their letters, and whether a space stands before each.

use generation::{Draft, PositionState, TokenId, TokenKind};

use super::detokenise::{Piece, Scribe};
use super::prompt::Stretch;
use super::{Prompt, Vocabulary};

/// A token as it is shown alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The token.
    pub token: TokenId,
    /// Its letters as they were typed, or as the vocabulary has them; nothing where the text is open.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
}

/// A token and where it stands in a text, in bytes.
pub(super) struct Located {
    pub(super) token: TokenId,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Vocabulary {
    /// A draft as its words and marks, separated by spaces, in the vocabulary's lower case: the form in which samples are
    /// compared. Open places are left out.
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

    /// Tokens as they are written in the middle of a sentence. One that goes on a word keeps its `##` if it is alone.
    pub fn phrase(&self, tokens: impl Iterator<Item = TokenId>) -> String {
        let pieces: Vec<Piece<'_>> = tokens
            .map(|token| Piece::Written(self.piece(token), 1.0))
            .collect();
        if let [Piece::Written(alone, _)] = pieces[..] {
            return alone.to_owned();
        }
        let mut scribe = Scribe::default();
        // Nothing begins a sentence behind it.
        scribe.given("a ");
        scribe.blank(&pieces);
        let written = scribe.finish().into_iter().skip(1);
        written.map(|span| span.text).collect()
    }
}

/// Spells drafts of one prompt.
pub struct Speller<'a> {
    vocabulary: &'a Vocabulary,
    /// The tokens of each stretch of the prompt.
    typed: Vec<Vec<Spelled>>,
}

impl<'a> Speller<'a> {
    /// For drafts of `prompt`.
    pub fn new(vocabulary: &'a Vocabulary, prompt: &Prompt) -> Self {
        let typed = |stretch: &Stretch| match stretch {
            Stretch::Text(text) => vocabulary.spelled(text),
            Stretch::Blank(_) => Vec::new(),
        };
        Self {
            vocabulary,
            typed: prompt.stretches.iter().map(typed).collect(),
        }
    }

    /// One for each position of `draft`.
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

/// Whether a space stands between tokens of these kinds.
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
    /// The tokens of `text`, spelled as they are there.
    pub fn spelled(&self, text: &str) -> Vec<Spelled> {
        let mut before = 0;
        let spell = |at: Located| {
            let spaced = at.start > before;
            before = at.end;
            Spelled {
                token: at.token,
                text: text.get(at.start..at.end).unwrap_or_default().to_owned(),
                spaced,
            }
        };
        self.located(text).into_iter().map(spell).collect()
    }

    /// Whether `token` goes on with the word before it.
    pub fn continues(&self, token: TokenId) -> bool {
        self.token_table().kind(token) == TokenKind::Piece
    }
}
