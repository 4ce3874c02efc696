//! Measures of generated text, charts of the measures, and images of how a text was generated.
//!
//! Pure: input is plain numbers and words, output is numbers or bytes. The crate does no I/O and knows nothing of
//! models, of Discord or of the bot.

pub mod measures;

pub mod charts;

pub mod images;

mod geometry;
