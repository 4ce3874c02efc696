//! How a text grows, one question at a time: drafts, questions to the model, the sampler, and the strategies.
//!
//! Pure: no clock, no I/O, no thread, no Tokio. The same model, draft, parameters and seed give the same text, whoever
//! else is being served. A [`strategy::Strategy`] begins a [`Generation`]; whoever drives it asks for its [`Turn`], has
//! the model score the questions, and hands back the answers until the turn is [`Turn::Done`].

mod bans;
mod chain;
mod draft;
pub mod forced_score;
mod guidance;
mod logits;
mod option;
mod params;
mod query;
mod repetition;
mod rerank;
mod rng;
mod sampler;
mod sampling;
mod schedule;
pub mod score;
mod segment_search;
mod settings;
pub mod simd;
pub mod strategy;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token_table;
mod truncation;

pub use bans::{Bans, TokenSpellings};
pub use draft::{Draft, Position, PositionState, Segment};
pub use logits::reduce_logits;
pub use option::{OptionError, OptionKind, OptionSpec, OptionValues, Value};
pub use params::{Length, OutOfRange, Params, Seed, Temperature, TopK, TopP};
pub use query::{Attention, Guess, LogitRow, Query, Scores, Want};
pub use repetition::Repetition;
pub use rng::SeededRng;
pub use sampler::{SampledToken, Sampler};
pub use sampling::{Candidate, Sampling};
pub use settings::{Settings, SettingsError, Steering};
pub use token_table::{SpecialTokens, TokenId, TokenKind, TokenTable};

/// What a generation wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// Questions that may be scored in any batches, together or apart. Never empty.
    Ask(Vec<Query>),
    /// The draft is finished.
    Done,
}

/// A text in the making. It is asked for its turn, answered, and asked again until it is done.
pub trait Generation: Send {
    /// The questions of the next turn, or [`Turn::Done`]. Asking twice without answering gives the same turn.
    fn ask(&mut self) -> Turn;

    /// One answer per question of the last turn, in the same order.
    fn answer(&mut self, scores: Vec<Scores>);

    /// What a reader may be shown now: tokens, which positions are still open, how sure the model was of each.
    fn draft(&self) -> &Draft;

    /// How far it is.
    fn progress(&self) -> Progress;
}

/// How many turns are done, of how many that are expected in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Turns answered.
    pub done: usize,
    /// Turns in all; never less than `done`.
    pub of: usize,
}
