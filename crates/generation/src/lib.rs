//! How a text grows, one question at a time: drafts, questions to the model, the sampler, and the strategies.
//!
//! Pure: no clock, no I/O, no thread, no Tokio. The same model, draft, parameters and seed give the same text, whoever
//! else is being served. A [`strategy::Strategy`] begins a [`Generation`]; whoever drives it asks for its [`Turn`], has
//! the model score the questions, and hands back the answers until the turn is [`Turn::Done`].

mod bans;
mod contest;
mod dice;
mod draft;
mod ending;
mod guidance;
mod knob;
mod lexicon;
mod params;
mod query;
pub mod recital;
mod repetition;
mod row;
mod sampling;
mod schedule;
pub mod score;
mod sequel;
mod settings;
pub mod simd;
pub mod strategy;
#[cfg(any(test, feature = "testing"))]
pub mod toy;
mod tries;
mod writer;

pub use bans::{Bans, Spelling};
pub use dice::Dice;
pub use draft::{Draft, Part, Slot, SlotState};
pub use knob::{Knob, KnobError, KnobKind, Knobs, Value};
pub use lexicon::{Kind, Lexicon, Special, TokenId};
pub use params::{Length, OutOfRange, Params, Seed, Temperature, TopK, TopP};
pub use query::{Guess, Query, Row, Scores, Sight, Want};
pub use repetition::Repetition;
pub use row::row_of;
pub use sampling::{Candidate, Sampling};
pub use settings::{Settings, SettingsError, Steering};
pub use writer::{Choice, Writer};

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
