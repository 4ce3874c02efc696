//! The protocol between a generation and its driver: turns of queries, answered by scores.

use super::{Draft, Query, Scores};

/// What a generation needs next.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// Queries to score, in any batches and any order. Never empty.
    Ask(Vec<Query>),
    /// The draft is finished.
    Done,
}

/// A text that is being written. The driver alternates [`Generation::ask`] and [`Generation::answer`] until the turn is
/// [`Turn::Done`].
///
/// ```
/// use generation::testing::{params_for, row, text_of, token_table};
/// use generation::{Draft, Scores, Segment, Turn, strategy};
///
/// let naive = strategy::find("naive").expect("naive is a strategy");
/// let draft = Draft::new(token_table(), &[Segment::Region(2)]);
/// let mut generation = strategy::begin(naive, draft, &params_for(naive, "", 1));
/// while let Turn::Ask(queries) = generation.ask() {
///     // A model that always expects "bird", and "cat" a little less.
///     let answer = |query: &generation::Query| Scores {
///         rows: query.asked.iter().map(|_| row("bird cat")).collect(),
///     };
///     generation.answer(queries.iter().map(answer).collect());
/// }
/// assert_eq!(text_of(&*generation), "bird bird");
/// ```
pub trait Generation: Send {
    /// The queries of the next turn, or [`Turn::Done`]. Idempotent until the turn is answered.
    fn ask(&mut self) -> Turn;

    /// Takes the answers to the queries of the last turn, in the same order.
    fn answer(&mut self, scores: Vec<Scores>);

    /// The draft as it is now: tokens, open positions, and the confidence of each written token.
    fn draft(&self) -> &Draft;

    /// The turns answered and expected so far.
    fn progress(&self) -> Progress;
}

/// The number of turns of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Turns that were answered.
    pub done: usize,
    /// Turns expected in all; never less than `done`.
    pub of: usize,
}
