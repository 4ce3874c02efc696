//! What a strategy may know of the vocabulary: which tokens are special, which begin a word, which end a sentence.

use serde::{Deserialize, Serialize};

/// The number of a token in the model's vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenId(pub u32);

impl TokenId {
    /// As an index into a row of logits.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a token is to a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A mark of the model's own, such as `[CLS]` or `[unused7]`; it never stands in a text.
    Special,
    /// Begins a word.
    Word,
    /// Begins a word that any text repeats: "he", "was", "there".
    FunctionWord,
    /// A function word that no sentence ends with: "the", "of", "and".
    Bound,
    /// Continues the word on its left.
    Piece,
    /// Ends a sentence.
    Stop,
    /// Separates parts of a sentence: `,` `;` `:`.
    Pause,
    /// `-`, which joins words or pushes them apart.
    Hyphen,
    /// A quotation mark that looks the same on both sides.
    Quote,
    /// Opens a bracket or a quotation.
    Open,
    /// Closes what was opened.
    Close,
    /// `'`
    Apostrophe,
    /// What follows an apostrophe inside a word: the "s" of "it's".
    Clitic,
    /// A letter on its own, as before the full stop of an initial.
    Letter,
    /// A title whose full stop ends no sentence: "mr", "dr".
    Title,
    /// A number in digits.
    Number,
    /// Any other sign, such as `%`.
    Sign,
}

impl TokenKind {
    /// Whether the token is part of a word or a number.
    pub fn is_word(self) -> bool {
        matches!(
            self,
            Self::Word
                | Self::FunctionWord
                | Self::Bound
                | Self::Piece
                | Self::Letter
                | Self::Title
                | Self::Number
        )
    }
}

/// The special tokens of a BERT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialTokens {
    /// `[PAD]`
    pub pad: TokenId,
    /// `[UNK]`
    pub unknown: TokenId,
    /// `[CLS]`, before every text.
    pub start: TokenId,
    /// `[SEP]`, after every text.
    pub end: TokenId,
    /// `[MASK]`
    pub mask: TokenId,
    /// The full stop.
    pub full_stop: TokenId,
}

/// The vocabulary as a strategy sees it.
#[derive(Debug)]
pub struct TokenTable {
    special: SpecialTokens,
    kinds: Vec<TokenKind>,
    stops: Vec<TokenId>,
    max_tokens: usize,
}

impl TokenTable {
    /// `kinds` in token order; `max_tokens` is the longest sequence the model takes, special tokens included.
    pub fn new(special: SpecialTokens, kinds: Vec<TokenKind>, max_tokens: usize) -> Self {
        let stops = (0..)
            .map(TokenId)
            .zip(&kinds)
            .filter(|(_, kind)| **kind == TokenKind::Stop)
            .map(|(token, _)| token)
            .collect();
        Self {
            special,
            kinds,
            stops,
            max_tokens,
        }
    }

    /// The special tokens.
    pub fn special(&self) -> SpecialTokens {
        self.special
    }

    /// What `token` is. Tokens outside the vocabulary are special.
    pub fn kind(&self, token: TokenId) -> TokenKind {
        self.kinds
            .get(token.index())
            .copied()
            .unwrap_or(TokenKind::Special)
    }

    /// The tokens that end a sentence.
    pub fn stops(&self) -> &[TokenId] {
        &self.stops
    }

    /// All tokens in their order.
    pub fn tokens(&self) -> impl Iterator<Item = TokenId> {
        (0..).map(TokenId).take(self.kinds.len())
    }

    /// How many tokens there are.
    pub fn size(&self) -> usize {
        self.kinds.len()
    }

    /// The longest sequence the model takes, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }
}
