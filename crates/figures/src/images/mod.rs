//! Pictures for people, as bytes: how a text was written, how surprising its words are, how strategies are rated.
//!
//! Pure, and knows nothing of ours: every picture has small input types of its own. All of them are drawn on a `Canvas`
//! of palette colours, so that encoding is fast and the files are small, with a font that is built in. Only `face.rs`
//! knows `ab_glyph`, only `film.rs` gif, only `still.rs` png.
//!
//! A new picture is a file here that draws on a canvas, and a `pub use`.

mod canvas;
mod face;
mod flow;
mod palette;
mod scale;
mod theme;

mod still;

mod film;
mod ratings;
mod scene;
mod scorecard;

use canvas::Canvas;

pub use film::{Film, Pass, State, Word};
pub use ratings::{RatedName, RatingsChart};
pub use scorecard::{Scorecard, ScoredWord, Unit};

/// Why there is no picture. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The input is empty.
    #[error("there is nothing to draw: {0}")]
    Nothing(&'static str),
    /// The input is larger than a picture should be.
    #[error("the picture would be too large: it has {found} {what}, and at most {most} are drawn")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are drawn at most.
        most: usize,
    },
    /// A figure is not a number.
    #[error("{0} is not a finite number, so that it has no place in the picture")]
    NotANumber(String),
    /// The encoder failed.
    #[error("the picture could not be encoded: {0}")]
    Encoding(String),
}

/// Checks how many of something there are.
fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), PictureError> {
    if found > most {
        return Err(PictureError::TooMany { what, found, most });
    }
    Ok(())
}
