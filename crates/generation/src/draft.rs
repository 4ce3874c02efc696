//! A text in the making: given words, blanks, and a region to be written behind them.

use std::sync::Arc;

use super::{Attention, Query, TokenId, TokenKind, TokenTable, Want};

/// A stretch of a new draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Words that must not change.
    Given(Vec<TokenId>),
    /// Words that a strategy may replace.
    Rewritable(Vec<TokenId>),
    /// A hole inside the text, as many tokens wide; all of it will be written.
    Blank(usize),
    /// Room for this many new tokens; a strategy may end the text earlier.
    Region(usize),
}

/// Whether a position is settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PositionState {
    /// Part of the prompt.
    Given,
    /// Still a mask.
    Open,
    /// Written by a strategy, with the probability that the model gave the token then, 0 to 1.
    Written(f32),
    /// Put there by a strategy because it must appear, and not to be changed.
    Fixed,
}

/// One position of a draft.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The token; the mask where the slot is open.
    pub token: TokenId,
    /// Whether it is settled.
    pub state: PositionState,
    /// Index of the [`Segment`] it came from.
    pub segment: usize,
}

/// A text in the making. Positions count tokens from 0, without the special tokens at both ends.
#[derive(Debug, Clone)]
pub struct Draft {
    token_table: Arc<TokenTable>,
    positions: Vec<Position>,
    region: Option<usize>,
    /// Stands behind the text in every question, and is no part of it.
    suffix: Vec<TokenId>,
}

impl Draft {
    /// Tokens that a question may hold besides the draft's own: `[CLS]`, `[SEP]` and a full stop held behind the text.
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
        }
    }

    /// The same draft with `suffix` behind it in every question: tags or a context that steer the text and are no part of
    /// it.
    #[must_use]
    pub fn with_suffix(self, suffix: Vec<TokenId>) -> Self {
        Self { suffix, ..self }
    }

    /// The same draft with other positions, which another draft of the same prompt had.
    #[must_use]
    pub fn with_positions(&self, positions: Vec<Position>) -> Self {
        Self {
            positions,
            ..self.clone()
        }
    }

    /// The vocabulary it is written in.
    pub fn token_table(&self) -> &TokenTable {
        &self.token_table
    }

    /// All positions in reading order.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// What stands behind the text in every question.
    pub fn suffix(&self) -> &[TokenId] {
        &self.suffix
    }

    /// How many positions there are.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there is no position at all.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The token at `position`, or `None` where it is open or outside the text.
    pub fn token(&self, position: usize) -> Option<TokenId> {
        let slot = self.positions.get(position)?;
        (slot.state != PositionState::Open).then_some(slot.token)
    }

    /// What the token at `position` is, or `None` where it is open or outside the text.
    pub fn kind(&self, position: usize) -> Option<TokenKind> {
        self.token(position)
            .map(|token| self.token_table.kind(token))
    }

    /// Whether `position` is still a mask.
    pub fn is_open(&self, position: usize) -> bool {
        self.positions[position].state == PositionState::Open
    }

    /// Whether a strategy may write `position`.
    pub fn is_writable(&self, position: usize) -> bool {
        !matches!(
            self.positions[position].state,
            PositionState::Given | PositionState::Fixed
        )
    }

    /// Whether `position` lies in the region at the end.
    pub fn in_region(&self, position: usize) -> bool {
        Some(self.positions[position].segment) == self.region
    }

    /// The open positions, left to right.
    pub fn open(&self) -> Vec<usize> {
        self.positions_where(|position| self.is_open(position))
    }

    /// The positions a strategy may write, open or not, left to right.
    pub fn writable(&self) -> Vec<usize> {
        self.positions_where(|position| self.is_writable(position))
    }

    /// The positions of the region, left to right.
    pub fn region(&self) -> Vec<usize> {
        self.positions_where(|position| self.in_region(position))
    }

    /// How many positions a strategy wrote.
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

    /// Puts `token` at a free position.
    pub fn write(&mut self, position: usize, token: TokenId, confidence: f32) {
        self.set(position, token, PositionState::Written(confidence));
    }

    /// Puts `token` at a free position for good.
    pub fn fix(&mut self, position: usize, token: TokenId) {
        self.set(position, token, PositionState::Fixed);
    }

    /// Makes a free position a mask again.
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

    /// A draft of the tokens at `positions` alone, none of them open.
    #[must_use]
    pub fn extract(&self, positions: &[usize]) -> Self {
        let tokens = positions.iter().map(|&i| self.positions[i].token).collect();
        Self::new(Arc::clone(&self.token_table), &[Segment::Given(tokens)])
    }

    /// The same draft with the blank or region `segment` as many masks wide.
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

    /// Ends the text before `position`, which lies in the region.
    pub fn truncate(&mut self, position: usize) {
        debug_assert!(self.in_region(position), "only the region may be shortened");
        self.positions.truncate(position);
    }

    /// Whether a sentence ends at `position`: not with the full stop of "Mr.", of an initial, or inside "3.5".
    pub fn ends_sentence(&self, position: usize) -> bool {
        let before = position.checked_sub(1).and_then(|left| self.kind(left));
        let number =
            before == Some(TokenKind::Number) && self.kind(position + 1) == Some(TokenKind::Number);
        self.kind(position) == Some(TokenKind::Stop)
            && !number
            && !matches!(before, Some(TokenKind::Title | TokenKind::Letter))
    }

    /// Ends the text after the last sentence that ends in the region, unless more than `share` of the region would be
    /// lost by it, or a word that must appear. A quotation mark or bracket that closes there stays.
    pub fn truncate_after_sentence(&mut self, share: f64) {
        if let Some(end) = self.sentence_end(share).filter(|&end| end < self.len()) {
            self.truncate(end);
        }
    }

    /// Where the last whole sentence of the region ends, if no more than `share` of it stands behind and nothing fixed does.
    pub(super) fn sentence_end(&self, share: f64) -> Option<usize> {
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
        let kept = lost.iter().any(|slot| slot.state == PositionState::Fixed);
        (!kept && lost.len() as f64 <= share * region.len() as f64).then_some(end)
    }

    /// The question what stands at the `asked` positions, with the whole draft visible.
    pub fn query(&self, asked: &[usize], want: Want) -> Query {
        let kept: Vec<usize> = (0..self.len()).collect();
        self.query_visible(&kept, asked, &[], want)
    }

    /// The same with the `hidden` positions as masks, whatever stands there.
    pub fn query_masking(&self, hidden: &[usize], asked: &[usize], want: Want) -> Query {
        let mut query = self.query(asked, want);
        for position in hidden {
            query.tokens[position + 1] = self.token_table.special().mask;
        }
        query
    }

    /// The question with only the `kept` positions visible, and with `behind` put after them.
    /// `kept` ascends and holds every asked position.
    ///
    /// # Panics
    /// If an asked position is not kept.
    pub fn query_visible(
        &self,
        kept: &[usize],
        asked: &[usize],
        behind: &[TokenId],
        want: Want,
    ) -> Query {
        let special = self.token_table.special();
        let mut tokens = Vec::with_capacity(kept.len() + behind.len() + self.suffix.len() + 2);
        tokens.push(special.start);
        tokens.extend(kept.iter().map(|&position| self.positions[position].token));
        tokens.extend_from_slice(behind);
        tokens.extend_from_slice(&self.suffix);
        tokens.push(special.end);
        let place = |position: &usize| {
            1 + kept
                .binary_search(position)
                .expect("an asked position is among the kept ones")
        };
        Query {
            attention: Attention::Bidirectional,
            tokens,
            asked: asked.iter().map(place).collect(),
            want,
        }
    }

    /// The question what stands at `position` when only what is left of it is known. What steers from behind stands in
    /// front there, or it would not be seen.
    pub fn causal_query(&self, position: usize, want: Want) -> Query {
        let mut tokens = vec![self.token_table.special().start];
        tokens.extend_from_slice(&self.suffix);
        tokens.extend(self.positions[..position].iter().map(|slot| slot.token));
        Query {
            attention: Attention::Causal,
            asked: vec![tokens.len() - 1],
            tokens,
            want,
        }
    }
}
