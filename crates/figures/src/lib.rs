//! Figures for people: measures of generated text, charts of them, and images.
//!
//! Pure: everything is given as plain numbers and words and comes back as numbers or bytes. Nothing here knows of models,
//! of Discord or of the bot.

pub mod measures;

pub mod charts;

pub mod images;
