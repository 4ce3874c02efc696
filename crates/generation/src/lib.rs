//! How masked language models write text: drafts, queries, sampling and strategies.
//!
//! Pure: no clock, no I/O, no threads, no Tokio. The same model, draft, parameters and seed give the same text, however
//! the queries are batched. [`strategy::begin`] starts a [`Generation`]; its driver takes each [`Turn`], has the model
//! score the queries, and hands back the [`Scores`] until the turn is [`Turn::Done`].

mod bans;
mod chain;
mod draft;
mod fill_order;
pub mod forced_score;
mod generation;
mod guidance;
mod logits;
mod neighbours;
mod numbers;
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
mod seed;
mod segment_search;
mod setting_spec;
mod settings;
pub mod simd;
pub mod strategy;
mod strategy_name;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token_spellings;
mod token_table;
mod truncation;

pub use bans::Bans;
pub use draft::{Draft, Position, PositionState, Segment};
pub use fill_order::FillOrder;
pub use generation::{Generation, Progress, Turn};
pub use logits::reduce_logits;
pub use numbers::{Length, OutOfRange, Temperature, TopK, TopP};
pub use option::{
    OptionChoice, OptionError, OptionKind, OptionSpec, OptionType, OptionValue, OptionValues,
    StrategyOption,
};
pub use params::Params;
pub use query::{Attention, Guess, LogitRow, Query, Scores, Want};
pub use repetition::Repetition;
pub use rng::SeededRng;
pub use sampler::{SampledToken, Sampler};
pub use sampling::{Candidate, Sampling};
pub use seed::Seed;
pub use setting_spec::{SettingFlag, SettingKind, SettingSpec, TextLimit};
pub use settings::{Setting, Settings, SettingsError};
pub use strategy_name::StrategyName;
pub use token_spellings::TokenSpellings;
pub use token_table::{Begins, SpecialTokens, TokenId, TokenKind, TokenTable};
