//! Drafts: texts that are being written, made of given words, blanks, and a region of new tokens.

mod queries;

use std::sync::Arc;

use super::{TokenId, TokenKind, TokenTable};

/// A segment of a new draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Words that must not change.
    Given(Vec<TokenId>),
    /// Words that a strategy may replace.
    Rewritable(Vec<TokenId>),
    /// A blank of this many tokens inside the text, all of which are written.
    Blank(usize),
    /// This many new tokens at the end of the text, which may be truncated.
    Region(usize),
}

/// The state of a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PositionState {
    /// Part of the prompt.
    Given,
    /// A mask.
    Open,
    /// Written by a strategy; holds the confidence, i.e. the probability of the token when it was sampled, 0 to 1.
    Written(f32),
    /// Written by a strategy because the token must appear; never replaced.
    Fixed,
}

/// One position of a draft.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The token; the mask token where the position is open.
    pub token: TokenId,
    /// The state.
    pub state: PositionState,
    /// Index of the [`Segment`] of the position.
    pub segment: usize,
}

/// A text that is being written. Positions count tokens from 0, without the special tokens at both ends.
///
/// ```
/// use generation::testing::{ids, token_table, words};
/// use generation::{Draft, Segment, Want};
///
/// let segments = [Segment::Given(ids("the cat")), Segment::Blank(1), Segment::Given(ids("."))];
/// let mut draft = Draft::new(token_table(), &segments);
/// assert_eq!(draft.open(), [2]);
///
/// let query = draft.query(&[2], Want::Top(5));
/// assert_eq!(words(&query.tokens), "[CLS] the cat [MASK] . [SEP]");
/// assert_eq!(query.asked, [3], "an index into the query's tokens");
///
/// draft.write(2, ids("and")[0], 0.4);
/// assert!(draft.open().is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Draft {
    token_table: Arc<TokenTable>,
    positions: Vec<Position>,
    region: Option<usize>,
    /// The steering suffix: follows the text in every query and is no part of it.
    suffix: Vec<TokenId>,
    /// Segments that follow the text on their left without a space.
    joined: Vec<usize>,
}

impl Draft {
    /// Maximum number of tokens of a query besides the draft's own: `[CLS]`, `[SEP]` and a full stop behind the text.
    pub const MAX_QUERY_OVERHEAD: usize = 3;

    /// A draft of `segments` in reading order. At most one is a region, and it comes last.
    pub fn new(token_table: Arc<TokenTable>, segments: &[Segment]) -> Self {
        let mask = token_table.special().mask;
        let mut positions = Vec::new();
        for (segment, content) in segments.iter().enumerate() {
            let slot = |token, state| Position {
                token,
                state,
                segment,
            };
            match content {
                Segment::Given(tokens) => {
                    positions.extend(
                        tokens
                            .iter()
                            .map(|&token| slot(token, PositionState::Given)),
                    );
                }
                Segment::Rewritable(tokens) => {
                    positions.extend(
                        tokens
                            .iter()
                            .map(|&token| slot(token, PositionState::Written(1.0))),
                    );
                }
                Segment::Blank(width) | Segment::Region(width) => {
                    positions.extend(std::iter::repeat_n(slot(mask, PositionState::Open), *width));
                }
            }
        }
        let region = segments
            .iter()
            .position(|segment| matches!(segment, Segment::Region(_)));
        Self {
            token_table,
            positions,
            region,
            suffix: Vec::new(),
            joined: Vec::new(),
        }
    }

    /// The same draft with a steering suffix: tags or a context that follow the text in every query and are no part of
    /// it.
    #[must_use]
    pub fn with_suffix(self, suffix: Vec<TokenId>) -> Self {
        Self { suffix, ..self }
    }

    /// The same draft with the `joined` segments, in ascending order, which follow the text on their left without a
    /// space. Only for a vocabulary whose tokens contain spaces.
    #[must_use]
    pub fn with_joined(self, joined: Vec<usize>) -> Self {
        Self { joined, ..self }
    }

    /// The same draft with `positions` of another draft of the same prompt.
    #[must_use]
    pub fn with_positions(&self, positions: Vec<Position>) -> Self {
        Self {
            positions,
            ..self.clone()
        }
    }

    /// The vocabulary.
    pub fn token_table(&self) -> &TokenTable {
        &self.token_table
    }

    /// All positions in reading order.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// The steering suffix.
    pub fn suffix(&self) -> &[TokenId] {
        &self.suffix
    }

    /// The number of positions.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether the draft has no positions.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The token at `position`, or `None` where it is open or outside the text.
    pub fn token(&self, position: usize) -> Option<TokenId> {
        let slot = self.positions.get(position)?;
        (slot.state != PositionState::Open).then_some(slot.token)
    }

    /// The kind of the token at `position`, or `None` where it is open or outside the text.
    pub fn kind(&self, position: usize) -> Option<TokenKind> {
        self.token(position)
            .map(|token| self.token_table.kind(token))
    }

    /// Whether a token that is not special stands at `position`.
    pub(super) fn has_word(&self, position: usize) -> bool {
        self.kind(position)
            .is_some_and(|kind| kind != TokenKind::Special)
    }

    /// Whether `position` is a mask.
    pub fn is_open(&self, position: usize) -> bool {
        self.positions[position].state == PositionState::Open
    }

    /// Whether a strategy may write at `position`.
    pub fn is_writable(&self, position: usize) -> bool {
        !matches!(
            self.positions[position].state,
            PositionState::Given | PositionState::Fixed
        )
    }

    /// Whether `position` follows the text on its left without a space, as the first of its segment.
    pub fn is_joined(&self, position: usize) -> bool {
        let segment = self.positions[position].segment;
        let begins = |left: usize| self.positions[left].segment != segment;
        self.joined.binary_search(&segment).is_ok() && position.checked_sub(1).is_none_or(begins)
    }

    /// Whether `position` lies in the region.
    pub fn in_region(&self, position: usize) -> bool {
        Some(self.positions[position].segment) == self.region
    }

    /// The open positions, left to right.
    pub fn open(&self) -> Vec<usize> {
        self.positions_where(|position| self.is_open(position))
    }

    /// The positions at which a strategy may write, open or not, left to right.
    pub fn writable(&self) -> Vec<usize> {
        self.positions_where(|position| self.is_writable(position))
    }

    /// The positions of the region, left to right.
    pub fn region(&self) -> Vec<usize> {
        self.positions_where(|position| self.in_region(position))
    }

    /// The segments outside the region that have open positions, in reading order.
    pub(super) fn blanks(&self) -> Vec<usize> {
        let open = self.open().into_iter();
        let mut segments: Vec<usize> = open
            .filter(|&position| !self.in_region(position))
            .map(|position| self.positions[position].segment)
            .collect();
        segments.dedup();
        segments
    }

    /// The number of positions that a strategy wrote.
    pub fn written(&self) -> usize {
        let written = |slot: &&Position| {
            matches!(slot.state, PositionState::Written(_) | PositionState::Fixed)
        };
        self.positions.iter().filter(written).count()
    }

    fn positions_where(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.len())
            .filter(|&position| wanted(position))
            .collect()
    }

    /// Writes `token` at a writable position, with the confidence in it.
    pub fn write(&mut self, position: usize, token: TokenId, confidence: f32) {
        self.set(position, token, PositionState::Written(confidence));
    }

    /// Writes `token` at a writable position, which is not writable any more.
    pub fn fix(&mut self, position: usize, token: TokenId) {
        self.set(position, token, PositionState::Fixed);
    }

    /// Restores the token that a written position had before, `old`. An `old` position that was open is left as it is.
    pub(super) fn restore(&mut self, position: usize, old: Position) {
        if let PositionState::Written(confidence) = old.state {
            self.write(position, old.token, confidence);
        }
    }

    /// Masks a writable position.
    pub fn reopen(&mut self, position: usize) {
        self.set(
            position,
            self.token_table.special().mask,
            PositionState::Open,
        );
    }

    fn set(&mut self, position: usize, token: TokenId, state: PositionState) {
        debug_assert!(
            self.is_writable(position),
            "the prompt is never overwritten"
        );
        let slot = &mut self.positions[position];
        (slot.token, slot.state) = (token, state);
    }

    /// A draft of the tokens at `positions` alone, none of which is open.
    #[must_use]
    pub fn extract(&self, positions: &[usize]) -> Self {
        let tokens = positions.iter().map(|&i| self.positions[i].token).collect();
        Self::new(Arc::clone(&self.token_table), &[Segment::Given(tokens)])
    }

    /// The same draft with `width` masks in place of the blank or region `segment`.
    #[must_use]
    pub fn resized(&self, segment: usize, width: usize) -> Self {
        let start = self
            .positions
            .partition_point(|slot| slot.segment < segment);
        let end = self
            .positions
            .partition_point(|slot| slot.segment <= segment);
        let open = Position {
            token: self.token_table.special().mask,
            state: PositionState::Open,
            segment,
        };
        let mut resized = self.clone();
        resized
            .positions
            .splice(start..end, std::iter::repeat_n(open, width));
        resized
    }

    /// Cuts the text off before `position`, which lies in the region.
    pub fn truncate(&mut self, position: usize) {
        debug_assert!(self.in_region(position), "only the region may be shortened");
        self.positions.truncate(position);
    }

    /// Whether a sentence ends at `position`. The full stops of "Mr.", of an initial, and of "3.5" end none.
    pub fn ends_sentence(&self, position: usize) -> bool {
        let before = position.checked_sub(1).and_then(|left| self.kind(left));
        let after = self.kind(position + 1);
        let number = if self.token_table.keeps_spaces() {
            after == Some(TokenKind::Piece)
        } else {
            before == Some(TokenKind::Number) && after == Some(TokenKind::Number)
        };
        self.kind(position) == Some(TokenKind::Stop)
            && !number
            && !matches!(before, Some(TokenKind::Title | TokenKind::Letter))
    }

    /// Cuts the text off after the last sentence that ends in the region, unless more than `max_share` of the region,
    /// or a fixed token, would be lost. A quotation mark or bracket that closes there stays.
    pub fn truncate_after_sentence(&mut self, max_share: f64) {
        if let Some(end) = self.sentence_end(max_share).filter(|&end| end < self.len()) {
            self.truncate(end);
        }
    }

    /// The end of the last whole sentence of the region, if at most `max_share` of the region and no fixed token
    /// follow.
    pub(super) fn sentence_end(&self, max_share: f64) -> Option<usize> {
        let region = self.region();
        let &stop = region
            .iter()
            .rfind(|&&position| self.ends_sentence(position))?;
        let closes = |position: usize| match self.kind(position) {
            Some(TokenKind::Close) => true,
            Some(TokenKind::Quote) => {
                let before = (0..position).filter(|&i| self.kind(i) == Some(TokenKind::Quote));
                before.count() % 2 == 1
            }
            _ => false,
        };
        let end = (stop + 1..self.len())
            .find(|&position| !closes(position))
            .unwrap_or(self.len());
        let lost = &self.positions[end..];
        let loses_fixed = lost.iter().any(|slot| slot.state == PositionState::Fixed);
        (!loses_fixed && lost.len() as f64 <= max_share * region.len() as f64).then_some(end)
    }
}
