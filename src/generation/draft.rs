//! A text in the making: given words, blanks, and a region to be written behind them.

use std::sync::Arc;

use super::{Kind, Lexicon, Query, TokenId, Want};

/// A stretch of a new draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words that must not change.
    Given(Vec<TokenId>),
    /// A hole inside the text, as many tokens wide; all of it will be written.
    Blank(usize),
    /// Room for this many new tokens; a strategy may end the text earlier.
    Region(usize),
}

/// Whether a position is settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SlotState {
    /// Part of the prompt.
    Given,
    /// Still a mask.
    Open,
    /// Written by a strategy, with the probability that the model gave the token then, 0 to 1.
    Written(f32),
}

/// One position of a draft.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slot {
    /// The token; the mask where the slot is open.
    pub token: TokenId,
    /// Whether it is settled.
    pub state: SlotState,
    /// Index of the [`Part`] it came from.
    pub part: usize,
}

/// A text in the making. Positions count tokens from 0, without the special tokens at both ends.
#[derive(Debug, Clone)]
pub struct Draft {
    lexicon: Arc<Lexicon>,
    slots: Vec<Slot>,
    region: Option<usize>,
}

impl Draft {
    /// Tokens that a question may hold besides the draft's own: `[CLS]`, `[SEP]` and a full stop held behind the text.
    pub const ROOM: usize = 3;

    /// A draft of `parts` in reading order. At most one is a region, and it comes last.
    pub fn new(lexicon: Arc<Lexicon>, parts: &[Part]) -> Self {
        let mask = lexicon.special().mask;
        let mut slots = Vec::new();
        for (part, content) in parts.iter().enumerate() {
            match content {
                Part::Given(tokens) => slots.extend(tokens.iter().map(|&token| Slot {
                    token,
                    state: SlotState::Given,
                    part,
                })),
                Part::Blank(width) | Part::Region(width) => {
                    slots.extend(std::iter::repeat_n(
                        Slot {
                            token: mask,
                            state: SlotState::Open,
                            part,
                        },
                        *width,
                    ));
                }
            }
        }
        let region = parts
            .iter()
            .position(|part| matches!(part, Part::Region(_)));
        Self {
            lexicon,
            slots,
            region,
        }
    }

    /// The vocabulary it is written in.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// All positions in reading order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// How many positions there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no position at all.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The token at `position`, or `None` where it is open or outside the text.
    pub fn token(&self, position: usize) -> Option<TokenId> {
        let slot = self.slots.get(position)?;
        (slot.state != SlotState::Open).then_some(slot.token)
    }

    /// Whether `position` is still a mask.
    pub fn is_open(&self, position: usize) -> bool {
        self.slots[position].state == SlotState::Open
    }

    /// Whether a strategy may write `position`.
    pub fn is_free(&self, position: usize) -> bool {
        self.slots[position].state != SlotState::Given
    }

    /// Whether `position` lies in the region at the end.
    pub fn in_region(&self, position: usize) -> bool {
        Some(self.slots[position].part) == self.region
    }

    /// The open positions, left to right.
    pub fn open(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&position| self.is_open(position))
            .collect()
    }

    /// The positions a strategy may write, open or not, left to right.
    pub fn free(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&position| self.is_free(position))
            .collect()
    }

    /// Puts `token` at a free position.
    pub fn write(&mut self, position: usize, token: TokenId, confidence: f32) {
        debug_assert!(self.is_free(position), "the prompt is never overwritten");
        let slot = &mut self.slots[position];
        (slot.token, slot.state) = (token, SlotState::Written(confidence));
    }

    /// Ends the text before `position`, which lies in the region.
    pub fn cut(&mut self, position: usize) {
        debug_assert!(self.in_region(position), "only the region may be shortened");
        self.slots.truncate(position);
    }

    /// Ends the text after the last sentence that ends in the region, unless more than `share` of the region would be
    /// lost by it.
    pub fn cut_after_sentence(&mut self, share: f64) {
        let region: Vec<usize> = (0..self.len())
            .filter(|&position| self.in_region(position))
            .collect();
        let stop = |&&position: &&usize| {
            self.token(position)
                .is_some_and(|token| self.lexicon.kind(token) == Kind::Stop)
        };
        let Some(&last) = region.iter().rfind(stop) else {
            return;
        };
        let given_up = self.len() - 1 - last;
        if given_up > 0 && given_up as f64 <= share * region.len() as f64 {
            self.cut(last + 1);
        }
    }

    /// The question what stands at the `asked` positions, with the whole draft visible.
    pub fn question(&self, asked: &[usize], want: Want) -> Query {
        let kept: Vec<usize> = (0..self.len()).collect();
        self.question_over(&kept, asked, &[], want)
    }

    /// The same with only the `kept` positions visible, and with `behind` put after them.
    /// `kept` ascends and holds every asked position.
    ///
    /// # Panics
    /// If an asked position is not kept.
    pub fn question_over(
        &self,
        kept: &[usize],
        asked: &[usize],
        behind: &[TokenId],
        want: Want,
    ) -> Query {
        let special = self.lexicon.special();
        let mut tokens = Vec::with_capacity(kept.len() + behind.len() + 2);
        tokens.push(special.start);
        tokens.extend(kept.iter().map(|&position| self.slots[position].token));
        tokens.extend_from_slice(behind);
        tokens.push(special.end);
        let place = |position: &usize| {
            1 + kept
                .binary_search(position)
                .expect("an asked position is among the kept ones")
        };
        Query {
            tokens,
            asked: asked.iter().map(place).collect(),
            want,
        }
    }
}
