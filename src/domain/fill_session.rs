//! Interactive filling of a sentence's blanks.

use serde::{Deserialize, Serialize};

use super::UserId;

/// A word that was put into a blank. The JSON form is stored, so its keys never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledBlank {
    /// Index of the blank, from 0.
    pub blank: usize,
    /// The word as space-separated pieces of the vocabulary.
    pub word: String,
}

/// The blanks that one action filled; undone as a unit.
pub type FillStep = Vec<FilledBlank>;

/// A sentence with blanks, its candidates' parameters, and the steps taken so far.
#[derive(Debug, Clone, PartialEq)]
pub struct FillSession {
    /// Unique identifier, short enough for a custom id.
    pub id: String,
    /// The user who fills the blanks.
    pub user: UserId,
    /// The sentence as typed.
    pub text: String,
    /// Options of the strategy that proposes words, as given.
    pub options: String,
    /// Sampling temperature of proposals. `None` selects the strategy's default.
    pub temperature: Option<f64>,
    /// Seed of the random number generator.
    pub seed: u64,
    /// Number of candidates shown for each blank.
    pub top: u32,
    /// The user's own candidates, as typed.
    pub words: Option<String>,
    /// Steps taken, oldest first.
    pub steps: Vec<FillStep>,
}
