//! Banned words never appear, whatever vocabulary they are written with and however.

use std::fmt::Write;
use std::path::Path;

use generation::strategy::{ALL, Strategy};
use generation::{Draft, Query, Scores, Seed, Settings, Turn, reduce_logits};
use model::{Card, SpanKind, Vocabulary};
use mouthpiece::config::Config;
use mouthpiece::service::{GenerationRequest, Refusal};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{ADA, Bot, description};

const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const MARKS: [&str; 7] = [".", ",", "-", "'", "\"", "(", ")"];

/// A vocabulary of these pieces, with what every vocabulary has.
fn vocabulary(pieces: &[String]) -> Vocabulary {
    let folder = tempfile::tempdir().unwrap();
    let mut known: Vec<&str> = SPECIAL.iter().chain(&MARKS).copied().collect();
    for piece in pieces {
        if !known.contains(&piece.as_str()) {
            known.push(piece);
        }
    }
    let vocab: Map<String, Value> = (0..)
        .zip(&known)
        .map(|(id, piece): (u32, _)| ((*piece).to_owned(), id.into()))
        .collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab},
    })
    .to_string();
    let sum = Sha256::digest(&tokenizer)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
    let card = json!({
        "name": "m", "summary": "s", "origin": "o", "licence": "l", "vocabulary": known.len(), "max_tokens": 128,
        "tokenizer": {"file": "t.json", "sha256": sum}, "graphs": {},
        "student": {"layers": 1, "graphs": {}},
    });
    std::fs::write(folder.path().join("t.json"), tokenizer).unwrap();
    std::fs::write(folder.path().join("card.json"), card.to_string()).unwrap();
    Vocabulary::load(&Card::read(folder.path()).unwrap()).unwrap()
}

/// A model that has an opinion, but none of its own: it follows from the question and `taste`.
fn opinion(query: &Query, taste: u64, size: usize) -> Scores {
    let row = |&place: &usize| {
        let context = query
            .tokens
            .iter()
            .enumerate()
            .fold(taste, |hash, (index, token)| {
                let near = if index.abs_diff(place) <= 2 {
                    u64::from(token.0)
                } else {
                    0
                };
                (hash ^ near)
                    .wrapping_mul(0x0000_0100_0000_01b3)
                    .rotate_left(17)
            });
        let logit = |id: usize| {
            let mixed = (context ^ (id as u64 + 1)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            f32::from(u16::try_from(mixed >> 48).unwrap()) / 8000.0
        };
        reduce_logits(&(0..size).map(logit).collect::<Vec<_>>(), &query.want)
    };
    Scores {
        rows: query.asked.iter().map(row).collect(),
    }
}

/// The banned word that a reader finds in `shown`.
fn read(shown: &str, banned: &[String]) -> Option<String> {
    let found = |ban: &&String| {
        let stem = ban.ends_with('*');
        let wanted: Vec<&str> = ban.trim_end_matches('*').split(' ').collect();
        shown.to_lowercase().split(['.', '!', '?']).any(|sentence| {
            let words = sentence.split(|c: char| !c.is_alphanumeric());
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            words.windows(wanted.len()).any(|window| {
                let (last, before) = window.split_last().unwrap();
                let (end, start) = wanted.split_last().unwrap();
                before == start
                    && if stem {
                        last.starts_with(end)
                    } else {
                        last == end
                    }
            })
        })
    };
    banned.iter().find(found).cloned()
}

fn settings(strategy: &dyn Strategy, prompt: &str) -> Settings {
    Settings {
        prompt: Some(prompt.to_owned()),
        strategy: Some(strategy.name().into()),
        length: "7".parse().ok(),
        keywords: strategy.needs_keywords().then(|| "d, dd".to_owned()),
        temperature: "1.2".parse().ok(),
        ..Settings::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_frame_of_any_strategy_shows_a_banned_word(
        mut pieces in prop::collection::vec("(##)?[abd]{1,3}", 4..30),
        banned in prop::collection::vec("[ab]{1,4}\\*?|[abd]{1,2} [ab]{1,2}", 1..8),
        prompt in "([abd]{1,2}( |___| ___ |, )){1,4}[abd]?",
        number in 0..ALL.len(), seed in any::<u32>(), taste in any::<u64>(),
    ) {
        pieces.extend(["a", "b", "d", "##a", "##b", "##d", "e"].map(str::to_owned));
        let vocabulary = vocabulary(&pieces);
        let limits = Config::from_sources(None, Vec::new()).unwrap().limits;
        let settings = settings(ALL[number], &prompt);
        let bans = vocabulary.bans(&banned);
        let order = GenerationRequest::new(&vocabulary, &limits, &settings, Seed::from(seed));
        prop_assume!(order.is_ok());
        let order = match order.unwrap().banning(&bans, &vocabulary) {
            Err(Refusal::Banned(_)) => return Err(TestCaseError::reject("typed")),
            order => order.unwrap(),
        };
        let shown = |draft: &Draft| -> String {
            let spans = vocabulary.render(&order.prompt, draft);
            spans.iter().map(|span| if let SpanKind::Open(_) = span.kind { "." } else { &span.text }).collect()
        };
        let mut generation = order.begin();
        loop {
            let text = shown(generation.draft());
            let found = read(&text, &banned);
            prop_assert!(found.is_none(), "{}: {text:?} has {found:?}", ALL[number].name());
            let Turn::Ask(questions) = generation.ask() else { break };
            let size = vocabulary.token_table().size();
            generation.answer(questions.iter().map(|query| opinion(query, taste, size)).collect());
        }
        prop_assert!(generation.draft().open().is_empty(), "every text is finished all the same");
    }
}

#[test]
fn bans_mean_the_words_as_the_model_reads_them() {
    let card = Card::read(Path::new("models/mouthpiece-mini")).unwrap();
    let vocabulary = Vocabulary::load(&card).unwrap();
    let bans = vocabulary.bans(&["Café".to_owned(), "SAND*".to_owned(), "don't".to_owned()]);
    for typed in ["a CAFE", "a cafe\u{301}, then", "two sandwiches", "I don't"] {
        assert!(bans.find_in(&vocabulary.plain(typed)).is_some(), "{typed}");
    }
    assert_eq!(
        bans.find_in(&vocabulary.plain("thousand cafeterias do not")),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_banned_is_neither_written_nor_offered_nor_taken() {
    let ask = json!({"text": "The old man opened the ___.", "top": 10});
    let prompt = json!({"prompt": "The old man opened the", "seed": 1, "length": 1, "strategy": "naive", "temperature": 0});
    let free = Bot::start().await;
    let before = free.slash(ADA, "fill", ask.clone());
    let before = free.answer(&before).await.text();
    assert!(before.contains("door"), "{before}");
    let bot = Bot::start_with(|config| config.banned_words = vec!["Door*".to_owned()]).await;
    let after = bot.slash(ADA, "fill", ask);
    let after = bot.answer(&after).await.text();
    assert!(
        !after.contains("door") && after.contains("window"),
        "{after}"
    );
    let said = bot.slash(ADA, "speak", prompt);
    let said = description(&bot.answer(&said).await);
    assert!(!said.contains("door"), "{said}");
    let typed = bot.slash(ADA, "speak", json!({"prompt": "All the DOORS were"}));
    assert_eq!(
        bot.told(&typed).await,
        "\"door\" is not written here; use another word."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_word_is_neither_scored_for_all_to_see_nor_the_name_of_a_shared_preset() {
    let bot = Bot::start_with(|config| config.banned_words = vec!["crumpet*".to_owned()]).await;
    let told = "\"crumpet\" is not written here; use another word.";
    let score = bot.slash(ADA, "score", json!({"text": "Two crumpets sat there."}));
    assert_eq!(bot.told(&score).await, told);
    for settings in [
        json!({"set": {"length": 7}}),
        json!({"set": {"strategy": "naive"}}),
    ] {
        bot.answer(&bot.slash(ADA, "settings", settings)).await;
    }
    let save = json!({"save": {"name": "my crumpets"}});
    bot.answer(&bot.slash(ADA, "preset", save)).await;
    let share = json!({"share": {"name": "my crumpets"}});
    assert_eq!(bot.told(&bot.slash(ADA, "preset", share)).await, told);
}
