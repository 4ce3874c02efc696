//! Images as bytes: the animation of a generation, the surprisal of words, ratings with intervals.
//!
//! Pure. Each image has small input types of its own, so the caller converts its data. All images are drawn on a
//! `Canvas` of palette indices with an embedded font. A palette of at most 256 colours is what GIF requires; for PNG it
//! makes encoding fast and files small. Only `font.rs` knows `ab_glyph`, only `gif.rs` knows `gif`, only `png.rs` knows
//! `png`.
//!
//! A new image is a file here that draws on a canvas, and a `pub use`.

mod error;

mod gif;
mod pass;
mod ratings;
mod scorecard;

mod frame;
mod frame_layout;

mod png;

mod canvas;
mod colour_scale;
mod font;
mod palette;
mod text_layout;
mod theme;

pub use self::gif::Animation;
pub use error::ImageError;
pub use pass::{AnimationPass, AnimationWord, WordState};
pub use ratings::{RatingsChart, RatingsRow};
pub use scorecard::{ScoreUnit, Scorecard, ScorecardWord};
