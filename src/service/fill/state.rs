//! The state of a fill session as it is shown, and the requests and actions that change it.

use super::candidates::RankedCandidate;
use super::filler::BlankCandidate;
use generation::{FillOrder, Seed, Settings, Temperature};
use model::Span;

/// Candidates per page.
pub(super) const PAGE_SIZE: usize = 25;
/// Pages per blank. The first page follows the last one.
const PAGES: usize = 4;

/// The position in a fill session: the current blank, and the page of its candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FillCursor {
    /// The index of the blank, from 0.
    pub blank: usize,
    /// The index of the page of candidates, from 0.
    pub page: usize,
}

impl FillCursor {
    /// The next page of candidates for the same blank.
    #[must_use]
    pub fn next_page(self) -> Self {
        Self {
            page: (self.page + 1) % PAGES,
            ..self
        }
    }
}

/// A request for a fill session.
#[derive(Debug, Clone)]
pub struct FillRequest {
    /// The text with blanks as the prompt, and the sampling of proposed words.
    pub settings: Settings,
    /// The number of candidates to show per blank.
    pub top: u32,
    /// The user's own candidates, separated by commas.
    pub words: Option<String>,
}

/// The word that a user chooses for a blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordChoice {
    /// A token of the vocabulary.
    Piece(String),
    /// The user's own candidate with this index.
    Own(usize),
    /// A word that the user types.
    Typed(String),
}

/// A user's action in a fill session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FillOperation {
    /// Moves the cursor.
    Move(FillCursor),
    /// Fills the blank with this index.
    Choose(usize, WordChoice),
    /// Undoes the last step.
    Undo(FillCursor),
    /// Accepts all proposed words.
    Finish(FillCursor),
}

impl FillOperation {
    pub(super) fn cursor(&self) -> FillCursor {
        match self {
            Self::Move(cursor) | Self::Undo(cursor) | Self::Finish(cursor) => *cursor,
            Self::Choose(blank, _) => FillCursor {
                blank: *blank,
                page: 0,
            },
        }
    }
}

/// The state of one blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Blank {
    /// The word in the blank.
    pub word: String,
    /// Whether the user chose the word; otherwise the model proposes it.
    pub chosen: bool,
    /// The model's candidates; empty for a filled blank that is not the current one.
    pub candidates: Vec<BlankCandidate>,
}

/// The state of a fill session.
#[derive(Debug, Clone, PartialEq)]
pub struct FillState {
    /// The id of the session.
    pub id: String,
    /// The current position.
    pub cursor: FillCursor,
    /// The text with all blanks filled, split by origin.
    pub spans: Vec<Span>,
    /// The blanks.
    pub blanks: Vec<Blank>,
    /// The number of candidates to show per blank.
    pub top: usize,
    /// The user's own candidates, the most probable first.
    pub ranking: Vec<RankedCandidate>,
    /// The order in which blanks are filled, and in which the tokens of the user's own candidates are scored.
    pub fill_order: FillOrder,
    /// Whether there is a step to undo.
    pub undoable: bool,
    /// The temperature of proposed words. At 0 the seed has no effect.
    pub temperature: Temperature,
    /// The seed of proposed words.
    pub seed: Seed,
    /// The number of sequences scored for this state.
    pub passes: u64,
}
