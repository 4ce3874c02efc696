//! The spelling of every token, as banned words are compared with it.

use super::{TokenId, TokenKind, TokenTable};

/// Separates two words; any number of punctuation marks counts as one separator.
pub(super) const SEPARATOR: char = ' ';

/// The normalised spelling of every token of a vocabulary, for the comparison with banned words.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenSpellings {
    /// Lower case, words separated by [`SEPARATOR`]. A punctuation mark is a separator; a token that ends a phrase is
    /// empty.
    texts: Vec<Box<str>>,
}

impl TokenSpellings {
    /// `pieces` are the letters of the tokens in token order, plain in the sense of [`Bans::new`](super::Bans::new), except that a piece
    /// that begins or ends with a mark begins or ends with a space.
    pub fn new(token_table: &TokenTable, pieces: impl IntoIterator<Item = String>) -> Self {
        let spelled = |(id, piece): (u32, String)| match token_table.kind(TokenId(id)) {
            TokenKind::Special | TokenKind::Stop => "".into(),
            _ if piece.is_empty() => " ".into(),
            _ => piece.into_boxed_str(),
        };
        Self {
            texts: (0..).zip(pieces).map(spelled).collect(),
        }
    }

    /// The spelling of `token`.
    pub(super) fn of(&self, token: TokenId) -> &str {
        self.texts.get(token.index()).map_or("", AsRef::as_ref)
    }

    /// All spellings in token order.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }
}
