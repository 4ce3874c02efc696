//! How good generated text is, in numbers: overlap with texts that people wrote, variety, repetition, and cost.
//!
//! The measures are those of Wang & Cho 2019 (arXiv:1902.04094), as their notebook computes them, with two common
//! measures of repetition. All of them only count words; none knows what a text means. BLEU against thousands of
//! references says how common the n-grams are, not how well they follow each other: never report it alone.
//!
//! Pure: it is given texts and gives reports. Reading files and running models is up to the caller. Only `chart.rs` and
//! `uncovering.rs` know plotters.
//!
//! `bradley_terry.rs` rates by people's votes instead.
//!
//! A new measure is a file here, a field of [`Report`], a line in `yardstick.rs` that fills it, and a line in `table.rs`.

mod corpus;
mod ngrams;

mod bleu;
mod distinct;
mod repetition;
mod unique;

mod yardstick;

pub mod bradley_terry;

mod report;

mod table;

pub use report::Report;
pub use table::{markdown, plain};
pub use yardstick::Yardstick;

/// Why there is no evaluation. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// A file without a single word.
    #[error("{name} has no texts; a file of samples or references has one text on every line")]
    Empty {
        /// The name of the file.
        name: String,
    },
    /// Figures are told apart by the names of their references.
    #[error("there are two references called {name}; rename one of them")]
    SameName {
        /// The name.
        name: String,
    },
    /// No report has all that a point of the chart needs.
    #[error(
        "there is nothing to draw: no report has both a pseudo-perplexity and the passes per token, above zero"
    )]
    NothingToDraw,
    /// The chart could not be drawn.
    #[error("the chart could not be drawn: {0}")]
    Drawing(String),
}
