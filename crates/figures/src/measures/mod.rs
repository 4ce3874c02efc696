//! Measures of generated text: overlap with reference texts, diversity, repetition, and cost.
//!
//! The measures are those of Wang & Cho 2019 (arXiv:1902.04094), as their notebook computes them, and two common
//! measures of diversity and repetition. All of them only count n-grams of words; none looks at meaning. BLEU against
//! thousands of references says how common the n-grams are, not how well they follow each other, so it must not be
//! reported alone.
//!
//! Pure: reading files and running models is up to the caller.
//!
//! `bradley_terry.rs` estimates ratings from people's votes instead.
//!
//! A new measure is a file here, a field of [`TextReport`], a line in `reference_corpora.rs` that fills it, and a line
//! in `report_table.rs`.

mod reference_corpora;
mod report;
mod report_table;

mod bleu;
mod distinct;
mod rep4;
mod unique_ngrams;

mod corpus;
mod error;
mod ngrams;

pub mod bradley_terry;
mod cholesky;

pub use error::CorpusError;
pub use reference_corpora::ReferenceCorpora;
pub use report::TextReport;
pub use report_table::{markdown_table, plain_table};
