//! The vocabulary as strategies see it: the kind of each token, without its text.

use serde::{Deserialize, Serialize};

/// The index of a token in the model's vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenId(pub u32);

impl TokenId {
    /// The index into a row of logits.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The kind of a token, as far as the rules of writing distinguish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A special token such as `[CLS]` or `[unused7]`, which never stands in a text.
    Special,
    /// Begins a word.
    Word,
    /// Begins a function word, which any text repeats: "he", "was", "there".
    FunctionWord,
    /// A function word that cannot end a sentence: "the", "of", "and".
    Bound,
    /// Continues the word on the left.
    Piece,
    /// Ends a sentence.
    Stop,
    /// Separates parts of a sentence: `,` `;` `:`.
    Pause,
    /// A hyphen or dash: `-`.
    Hyphen,
    /// A straight quotation mark, which opens and closes.
    Quote,
    /// Opens a bracket or a quotation.
    Open,
    /// Closes a bracket or a quotation.
    Close,
    /// An apostrophe: `'`.
    Apostrophe,
    /// Follows an apostrophe inside a word: the "s" of "it's".
    Clitic,
    /// A single letter, as in an initial.
    Letter,
    /// A title whose full stop ends no sentence: "mr", "dr".
    Title,
    /// A number in digits.
    Number,
    /// Any other sign, such as `%`.
    Sign,
}

impl TokenKind {
    /// Whether a token of this kind is part of a word or a number.
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

/// The special tokens of a BERT vocabulary.
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
    /// `kinds` are in token order; `max_tokens` is the maximum length of a sequence, special tokens included.
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

    /// The kind of `token`. Tokens outside the vocabulary are special.
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

    /// All tokens, in ascending order.
    pub fn tokens(&self) -> impl Iterator<Item = TokenId> {
        (0..).map(TokenId).take(self.kinds.len())
    }

    /// The number of tokens.
    pub fn size(&self) -> usize {
        self.kinds.len()
    }

    /// The maximum length of a sequence, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }
}
