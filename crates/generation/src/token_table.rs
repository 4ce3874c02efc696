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
    /// A special token such as `[CLS]`, `</s>` or `[unused7]`, which never stands in a text.
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
    /// An apostrophe and what follows it in one token: "'s".
    Contraction,
    /// No letter of its own: white space, or some of the bytes of a letter. Prompts contain it; it is never written.
    Fragment,
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

/// What stands between a token and the text on its left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Begins {
    /// A space, which is part of the token: `Ġcat`, `▁cat`.
    Spaced,
    /// Nothing: `##s`, or a token without a space in a vocabulary whose tokens contain spaces.
    Joined,
    /// A space or nothing: the vocabulary has no spaces, and the rules of writing decide.
    Start,
}

/// The special tokens of a vocabulary by their role, and the full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Padding, such as `[PAD]`; the mask in a vocabulary without padding.
    pub pad: TokenId,
    /// What the vocabulary cannot spell, such as `[UNK]`. A vocabulary of bytes spells everything.
    pub unknown: Option<TokenId>,
    /// Before every text, such as `[CLS]`.
    pub start: TokenId,
    /// After every text, such as `[SEP]`.
    pub end: TokenId,
    /// The mask, such as `[MASK]`.
    pub mask: TokenId,
    /// The full stop, if the vocabulary has one.
    pub full_stop: Option<TokenId>,
}

/// The vocabulary as a strategy sees it.
#[derive(Debug)]
pub struct TokenTable {
    special: SpecialTokens,
    kinds: Vec<TokenKind>,
    begins: Vec<Begins>,
    keeps_spaces: bool,
    stops: Vec<TokenId>,
    fallback: TokenId,
    max_tokens: usize,
}

impl TokenTable {
    /// A vocabulary whose tokens contain no spaces. `kinds` are in token order; `max_tokens` is the maximum length of a
    /// sequence, special tokens included.
    pub fn new(special: SpecialTokens, kinds: Vec<TokenKind>, max_tokens: usize) -> Self {
        let begins = |kind: &TokenKind| match kind {
            TokenKind::Piece => Begins::Joined,
            _ => Begins::Start,
        };
        let begins = kinds.iter().map(begins).collect();
        Self::with_begins(special, kinds, begins, max_tokens)
    }

    /// A vocabulary that says of each token what stands on its left. `kinds` and `begins` are in token order and of the
    /// same length.
    pub fn with_begins(
        special: SpecialTokens,
        kinds: Vec<TokenKind>,
        begins: Vec<Begins>,
        max_tokens: usize,
    ) -> Self {
        let tokens = || (0..).map(TokenId).zip(&kinds);
        let stops = tokens()
            .filter(|(_, kind)| **kind == TokenKind::Stop)
            .map(|(token, _)| token)
            .collect();
        let first = |wanted: fn(TokenKind) -> bool| {
            tokens().find_map(|(token, &kind)| wanted(kind).then_some(token))
        };
        let fallback = special
            .full_stop
            .or_else(|| first(|kind| kind == TokenKind::Word))
            .or_else(|| first(|kind| !matches!(kind, TokenKind::Special | TokenKind::Fragment)))
            .unwrap_or(special.mask);
        Self {
            special,
            keeps_spaces: begins.contains(&Begins::Spaced),
            begins,
            stops,
            fallback,
            max_tokens,
            kinds,
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

    /// What stands between `token` and the text on its left.
    pub fn begins(&self, token: TokenId) -> Begins {
        self.begins
            .get(token.index())
            .copied()
            .unwrap_or(Begins::Start)
    }

    /// Whether `token` continues the word on its left: a piece, or bytes of a letter without a space before them.
    pub fn continues(&self, token: TokenId) -> bool {
        match self.kind(token) {
            TokenKind::Piece => true,
            TokenKind::Fragment => self.begins(token) == Begins::Joined,
            _ => false,
        }
    }

    /// Whether tokens contain the spaces before words.
    pub fn keeps_spaces(&self) -> bool {
        self.keeps_spaces
    }

    /// What is written where the rules forbid every candidate: the full stop, else some word.
    pub fn fallback(&self) -> TokenId {
        self.fallback
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
