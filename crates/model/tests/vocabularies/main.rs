//! Text with every kind of vocabulary: what is typed is read and shown as it was typed, and what is written can be read.
//!
//! The tokenizers are made by `tests/tokenizers/make.py`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;
mod reading;
mod writing;
