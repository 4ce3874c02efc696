//! The neighbours of a position, and which kinds of tokens may stand between them.

use super::{Draft, TokenKind};

/// The kinds of the tokens on both sides of a position; `None` where the position is open or outside the text.
pub(super) struct Neighbours {
    position: usize,
    left: Option<TokenKind>,
    right: Option<TokenKind>,
}

impl Neighbours {
    /// The neighbours of `position` in `draft`.
    pub(super) fn new(draft: &Draft, position: usize) -> Self {
        Self {
            position,
            left: position.checked_sub(1).and_then(|left| draft.kind(left)),
            right: draft.kind(position + 1),
        }
    }

    /// Whether a token of `kind` is no special token and leaves every piece with the beginning of its word.
    pub(super) fn keep_words_whole(&self, draft: &Draft, kind: TokenKind) -> bool {
        let opens = draft.token_table().keeps_spaces() && opens(kind);
        !matches!(kind, TokenKind::Special | TokenKind::Fragment)
            && (kind != TokenKind::Piece || self.may_continue(draft))
            && (self.right != Some(TokenKind::Piece) || kind.is_word() || opens)
    }

    /// Whether a token that continues a word may be written: behind a word that a strategy wrote, and, in a vocabulary
    /// whose tokens contain spaces, wherever no space belongs.
    fn may_continue(&self, draft: &Draft) -> bool {
        if self.continues_written_word(draft) {
            return true;
        }
        let opened = self.left.is_some_and(opens) && self.follows_written(draft);
        draft.is_joined(self.position) || (draft.token_table().keeps_spaces() && opened)
    }

    /// Whether the left neighbour is a word that a strategy wrote into the same segment.
    fn continues_written_word(&self, draft: &Draft) -> bool {
        self.left.is_some_and(TokenKind::is_word) && self.follows_written(draft)
    }

    /// Whether a strategy wrote the left neighbour into the same segment.
    fn follows_written(&self, draft: &Draft) -> bool {
        let positions = draft.positions();
        draft.is_writable(self.position - 1)
            && positions[self.position - 1].segment == positions[self.position].segment
    }

    /// Whether a token of `kind` keeps the punctuation in order.
    pub(super) fn permit_punctuation(&self, draft: &Draft, kind: TokenKind) -> bool {
        let (left, right) = (self.left, self.right);
        let is_mark =
            |kind: Option<TokenKind>| matches!(kind, Some(TokenKind::Stop | TokenKind::Pause));
        let count_before = |wanted: TokenKind| {
            let kinds = (0..self.position).filter_map(|i| draft.kind(i));
            kinds.filter(|&kind| kind == wanted).count()
        };
        let after_written_apostrophe =
            left == Some(TokenKind::Apostrophe) && draft.is_writable(self.position - 1);
        let before_apostrophe = right == Some(TokenKind::Apostrophe);
        if right == Some(TokenKind::Contraction) && !kind.is_word() {
            return false;
        }
        if (after_written_apostrophe || right == Some(TokenKind::Clitic))
            && kind != TokenKind::Clitic
        {
            return right == Some(TokenKind::Clitic) && kind == TokenKind::Apostrophe;
        }
        match kind {
            TokenKind::Stop | TokenKind::Pause => {
                let dangles = matches!(left, Some(TokenKind::Open | TokenKind::Bound) | None);
                !is_mark(left) && !is_mark(right) && !dangles && !before_apostrophe
            }
            TokenKind::Quote => {
                count_before(TokenKind::Quote) % 2 == 1 && left != Some(TokenKind::Pause)
            }
            // Small models chain words with hyphens that make no word.
            TokenKind::Open | TokenKind::Hyphen | TokenKind::Special | TokenKind::Fragment => false,
            TokenKind::Close => count_before(TokenKind::Open) > count_before(TokenKind::Close),
            TokenKind::Apostrophe => {
                let continues = self.position + 1 < draft.len();
                left.is_some_and(TokenKind::is_word)
                    && continues
                    && matches!(right, None | Some(TokenKind::Clitic))
            }
            TokenKind::Clitic => left == Some(TokenKind::Apostrophe),
            TokenKind::Contraction => left.is_some_and(TokenKind::is_word),
            TokenKind::Bound => !is_mark(right) && !before_apostrophe,
            // A single letter is nearly always a word that the model did not finish.
            TokenKind::Letter => right == Some(TokenKind::Stop),
            TokenKind::Title => right.is_none() || right == Some(TokenKind::Stop),
            // A function word and a piece hardly ever make a word.
            TokenKind::Piece => {
                !matches!(left, Some(TokenKind::FunctionWord | TokenKind::Bound))
                    || draft.is_joined(self.position)
            }
            TokenKind::Word | TokenKind::FunctionWord | TokenKind::Number => true,
            TokenKind::Sign => !is_mark(left) && left.is_some(),
        }
    }
}

/// Whether a word may follow a token of `kind` without a space.
fn opens(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Open | TokenKind::Quote | TokenKind::Hyphen | TokenKind::Apostrophe
    )
}
