//! Fixtures for tests: a vocabulary of 22 tokens, parameters, scripted rows of logits, and a driver.
//!
//! Behind the feature `testing`, so that other crates test against the same fixtures. Functions panic where a test
//! made a mistake, for example when a word is not in the vocabulary.

use std::sync::Arc;

use super::strategy::{self, Strategy};
use super::{
    Bans, Begins, Guess, LogitRow, OptionValues, Params, Query, Sampling, Scores, Seed, Setting,
    SettingKind, Settings, SpecialTokens, TokenId, TokenKind, TokenTable, Turn,
};
use crate::Generation;

const WORDS: &[(&str, TokenKind)] = &[
    ("[PAD]", TokenKind::Special),
    ("[UNK]", TokenKind::Special),
    ("[CLS]", TokenKind::Special),
    ("[SEP]", TokenKind::Special),
    ("[MASK]", TokenKind::Special),
    (".", TokenKind::Stop),
    (",", TokenKind::Pause),
    ("\"", TokenKind::Quote),
    ("(", TokenKind::Open),
    (")", TokenKind::Close),
    ("the", TokenKind::Bound),
    ("and", TokenKind::Bound),
    ("cat", TokenKind::Word),
    ("dog", TokenKind::Word),
    ("fish", TokenKind::Word),
    ("bird", TokenKind::Word),
    ("##s", TokenKind::Piece),
    ("of", TokenKind::Bound),
    ("'", TokenKind::Apostrophe),
    ("s", TokenKind::Clitic),
    ("mr", TokenKind::Title),
    ("3", TokenKind::Number),
];

/// The classes of the fixture vocabulary, with a maximum sequence length of 128 tokens.
pub fn token_table() -> Arc<TokenTable> {
    let id = |n| TokenId(n);
    let special = SpecialTokens {
        pad: id(0),
        unknown: Some(id(1)),
        start: id(2),
        end: id(3),
        mask: id(4),
        full_stop: Some(id(5)),
    };
    Arc::new(TokenTable::new(
        special,
        WORDS.iter().map(|(_, kind)| *kind).collect(),
        128,
    ))
}

/// A vocabulary whose tokens contain spaces, here shown as `_`, without a full stop and without an unknown token. The
/// maximum sequence length is 128 tokens.
pub fn spaced_table() -> Arc<TokenTable> {
    let id = |n| TokenId(n);
    let special = SpecialTokens {
        pad: id(0),
        unknown: None,
        start: id(1),
        end: id(2),
        mask: id(3),
        full_stop: None,
    };
    let begins = SPACED_WORDS.iter().map(|(word, kind)| match kind {
        TokenKind::Special => Begins::Start,
        _ if word.starts_with('_') => Begins::Spaced,
        _ => Begins::Joined,
    });
    let kinds = SPACED_WORDS.iter().map(|(_, kind)| *kind);
    Arc::new(TokenTable::with_begins(
        special,
        kinds.collect(),
        begins.collect(),
        128,
    ))
}

/// The token of [`spaced_table`] that is shown as `word`.
///
/// # Panics
/// If there is none.
pub fn spaced_id(word: &str) -> TokenId {
    let found = (0..)
        .zip(SPACED_WORDS)
        .find(|(_, (known, _))| *known == word);
    found.map_or_else(|| panic!("no token {word:?}"), |(id, _)| TokenId(id))
}

/// The letters of the tokens of [`spaced_table`], with a space where one begins or ends with a mark.
pub fn spaced_letters() -> impl Iterator<Item = String> {
    let letters = |(word, _): &(&str, TokenKind)| word.trim_start_matches('_').replace('\'', " ");
    SPACED_WORDS.iter().map(letters)
}

const SPACED_WORDS: &[(&str, TokenKind)] = &[
    ("<pad>", TokenKind::Special),
    ("<s>", TokenKind::Special),
    ("</s>", TokenKind::Special),
    ("<mask>", TokenKind::Special),
    ("_cat", TokenKind::Word),
    ("cat", TokenKind::Piece),
    ("s", TokenKind::Piece),
    ("'s", TokenKind::Contraction),
    ("_\"", TokenKind::Quote),
    ("_don", TokenKind::Word),
    ("'t", TokenKind::Contraction),
    ("_", TokenKind::Fragment),
    ("_it", TokenKind::FunctionWord),
    ("_a's", TokenKind::Word),
];

/// The token ids of `text`, whose tokens are separated by single spaces.
///
/// # Panics
/// If a token is not in the vocabulary.
pub fn ids(text: &str) -> Vec<TokenId> {
    let id = |word: &str| {
        (0..)
            .zip(WORDS)
            .find(|(_, (known, _))| *known == word)
            .map_or_else(|| panic!("no token {word:?}"), |(id, _)| TokenId(id))
    };
    text.split(' ').map(id).collect()
}

/// The text of `tokens`, separated by single spaces.
pub fn words(tokens: &[TokenId]) -> String {
    tokens
        .iter()
        .map(|token| WORDS[token.index()].0)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Parameters with `temperature`, without top-k, top-p, options, keywords and bans, and with seed 1.
///
/// # Panics
/// If `temperature` is outside its range.
pub fn params(temperature: f64) -> Params {
    let sampling = Sampling {
        temperature: temperature.try_into().expect("a temperature from 0 to 5"),
        top_k: 0.0.try_into().expect("0 switches top-k off"),
        top_p: 1.0.try_into().expect("1 switches top-p off"),
    };
    Params {
        sampling,
        seed: Seed::from(1),
        options: OptionValues::default(),
        keywords: Vec::new(),
        bans: Bans::default(),
    }
}

/// Parameters of `strategy`: its own sampling, `options` as a person types them, and `seed`.
///
/// # Panics
/// If `options` is not valid for `strategy`.
pub fn params_for(strategy: &dyn Strategy, options: &str, seed: u32) -> Params {
    let options = OptionValues::parse(strategy.name(), &strategy::options(strategy), options)
        .expect("valid options");
    Params {
        sampling: strategy.sampling(&options),
        seed: Seed::from(seed),
        options,
        keywords: Vec::new(),
        bans: Bans::default(),
    }
}

/// Pearson's chi-square statistic of `counts` against the `expected` shares, which sum to 1.
pub fn chi_square(counts: &[u32], expected: &[f64]) -> f64 {
    let total: f64 = counts.iter().copied().map(f64::from).sum();
    let term = |(&count, share): (&u32, &f64)| {
        (f64::from(count) - share * total).powi(2) / (share * total)
    };
    counts.iter().zip(expected).map(term).sum()
}

/// The text of the draft of `generation`, with masks where positions are open.
pub fn text_of(generation: &dyn Generation) -> String {
    let positions = generation.draft().positions().iter();
    words(&positions.map(|slot| slot.token).collect::<Vec<_>>())
}

/// A row of the tokens in `best_first`, with logits that fall by 1 from token to token. Tokens outside the row have
/// probability 0.
///
/// # Panics
/// If a token is not in the vocabulary.
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

/// The answers of `model`, a function from a query and an index into its tokens to a row, to `queries`.
pub fn answers(queries: &[Query], model: &impl Fn(&Query, usize) -> LogitRow) -> Vec<Scores> {
    let row = |query: &Query| {
        query
            .asked
            .iter()
            .map(|&place| model(query, place))
            .collect()
    };
    let answer = |query: &Query| Scores { rows: row(query) };
    queries.iter().map(answer).collect()
}

/// Drives `generation` to its end with `model`, a function from a query and an index into its tokens to a row, and
/// returns the queries that were asked.
///
/// # Panics
/// If the generation asks an empty turn or more than 10 000 queries.
pub fn drive(
    generation: &mut dyn Generation,
    model: impl Fn(&Query, usize) -> LogitRow,
) -> Vec<Query> {
    let mut asked = Vec::new();
    while let Turn::Ask(queries) = generation.ask() {
        assert!(
            !queries.is_empty() && asked.len() < 10_000,
            "a generation must come to an end"
        );
        let answers = answers(&queries, &model);
        asked.extend(queries);
        generation.answer(answers);
    }
    asked
}

/// Settings with a value for every row of the table.
///
/// # Panics
/// When the range of a row is not that of its type.
pub fn full_settings() -> Settings {
    let typed = |setting: &Setting| match setting.spec().kind {
        SettingKind::Text(_) => format!("{}=“ünïcödé” 👩‍🚀", setting.name()),
        SettingKind::Strategy => "gibbs".to_owned(),
        SettingKind::Number { max, .. } => (max * 0.7).to_string(),
        SettingKind::Whole { max, .. } => max.to_string(),
    };
    let set = |settings, setting: &Setting| {
        let set = setting.set(&settings, &typed(setting));
        set.expect("the range of the table is that of the type")
    };
    Setting::ALL.iter().fold(Settings::default(), set)
}
