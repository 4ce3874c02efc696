//! A vocabulary of a dozen words, for unit tests.

use std::sync::Arc;

use super::strategy::{self, Strategy};
use super::{
    Bans, Guess, Kind, LogitRow, OptionValues, Params, Query, Sampling, Scores, Seed, Special,
    TokenId, TokenTable, Turn,
};
use crate::Generation;

const WORDS: &[(&str, Kind)] = &[
    ("[PAD]", Kind::Special),
    ("[UNK]", Kind::Special),
    ("[CLS]", Kind::Special),
    ("[SEP]", Kind::Special),
    ("[MASK]", Kind::Special),
    (".", Kind::Stop),
    (",", Kind::Pause),
    ("\"", Kind::Quote),
    ("(", Kind::Open),
    (")", Kind::Close),
    ("the", Kind::Bound),
    ("and", Kind::Bound),
    ("cat", Kind::Word),
    ("dog", Kind::Word),
    ("fish", Kind::Word),
    ("bird", Kind::Word),
    ("##s", Kind::Piece),
    ("of", Kind::Bound),
    ("'", Kind::Apostrophe),
    ("s", Kind::Clitic),
    ("mr", Kind::Title),
    ("3", Kind::Number),
];

pub fn token_table() -> Arc<TokenTable> {
    let id = |n| TokenId(n);
    let special = Special {
        pad: id(0),
        unknown: id(1),
        start: id(2),
        end: id(3),
        mask: id(4),
        full_stop: id(5),
    };
    Arc::new(TokenTable::new(
        special,
        WORDS.iter().map(|(_, kind)| *kind).collect(),
        128,
    ))
}

pub fn ids(text: &str) -> Vec<TokenId> {
    let id = |word: &str| {
        WORDS
            .iter()
            .position(|(known, _)| *known == word)
            .unwrap_or_else(|| panic!("no word {word}"))
    };
    text.split(' ')
        .map(|word| TokenId(u32::try_from(id(word)).unwrap()))
        .collect()
}

pub fn words(tokens: &[TokenId]) -> String {
    tokens
        .iter()
        .map(|token| WORDS[token.index()].0)
        .collect::<Vec<_>>()
        .join(" ")
}

pub fn params(temperature: f64) -> Params {
    let sampling = Sampling {
        temperature: temperature.try_into().unwrap(),
        top_k: 0.0.try_into().unwrap(),
        top_p: 1.0.try_into().unwrap(),
    };
    Params {
        sampling,
        seed: Seed::from(1),
        options: OptionValues::default(),
        keywords: Vec::new(),
        bans: Bans::default(),
    }
}

pub fn params_for(strategy: &dyn Strategy, options: &str, seed: u32) -> Params {
    let options =
        OptionValues::parse(strategy.name(), &strategy::options(strategy), options).unwrap();
    Params {
        sampling: strategy.sampling(&options),
        seed: Seed::from(seed),
        options,
        keywords: Vec::new(),
        bans: Bans::default(),
    }
}

/// Pearson's chi-square of counts against the shares that are expected.
pub fn chi_square(counts: &[u32], expected: &[f64]) -> f64 {
    let total: f64 = counts.iter().copied().map(f64::from).sum();
    let term = |(&count, share): (&u32, &f64)| {
        (f64::from(count) - share * total).powi(2) / (share * total)
    };
    counts.iter().zip(expected).map(term).sum()
}

/// The whole text of a generation.
pub fn text_of(generation: &dyn Generation) -> String {
    let positions = generation.draft().positions().iter();
    words(&positions.map(|slot| slot.token).collect::<Vec<_>>())
}

/// A row in which these words are the likelier the earlier they stand; all others are out of the question.
pub fn row(best_first: &str) -> LogitRow {
    let guesses: Vec<Guess> = (0u8..)
        .zip(ids(best_first))
        .map(|(rank, token)| Guess {
            token,
            logit: 8.0 - f32::from(rank),
        })
        .collect();
    let log_normaliser = guesses
        .iter()
        .map(|guess| guess.logit.exp())
        .sum::<f32>()
        .ln();
    LogitRow {
        guesses,
        log_normaliser,
    }
}

/// What a model, given as a function from a question and a place in it to a row, answers to `questions`.
pub fn answers(questions: &[Query], model: &impl Fn(&Query, usize) -> LogitRow) -> Vec<Scores> {
    let row = |query: &Query| {
        query
            .asked
            .iter()
            .map(|&place| model(query, place))
            .collect()
    };
    let answer = |query: &Query| Scores { rows: row(query) };
    questions.iter().map(answer).collect()
}

/// Drives a generation to its end with a model given as a function from a question and a place in it to a row, and
/// returns the questions that were asked.
pub fn drive(
    generation: &mut dyn Generation,
    model: impl Fn(&Query, usize) -> LogitRow,
) -> Vec<Query> {
    let mut asked = Vec::new();
    while let Turn::Ask(questions) = generation.ask() {
        assert!(
            !questions.is_empty() && asked.len() < 10_000,
            "a generation must come to an end"
        );
        let answers = answers(&questions, &model);
        asked.extend(questions);
        generation.answer(answers);
    }
    asked
}
