//! A model with a causal partner, a second graph with causal attention. Most tests use the tiny model of tests/data.

use std::path::Path;

use generation::{Attention, Query, TokenId, Want, strategy};
use model::{Card, MaskedModel, OnnxModel, Precision, Runtime};
use mouthpiece::config::{library, telemetry_disabled};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{complaint, json, printed};
use crate::harness::{ADA, Bot, footer};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

fn load(precision: Precision) -> OnnxModel {
    let card = Card::read(Path::new(FOLDER)).unwrap();
    OnnxModel::load(
        &Runtime::load(&library(None), telemetry_disabled().unwrap()).unwrap(),
        &card,
        precision,
        1,
    )
    .unwrap()
}

/// Some tokens behind the start mark.
fn tokens(length: u32, seed: u32) -> Vec<TokenId> {
    let token = |n: u32| TokenId(100 + (n * 7919 + seed * 104_729) % 1800);
    std::iter::once(TokenId(2))
        .chain((1..length).map(token))
        .collect()
}

/// Questions for both graphs, of many lengths, in turns.
fn questions() -> Vec<Query> {
    let question = |n: u32| {
        let tokens = tokens(3 + n * 5 % 37, n);
        Query {
            attention: if n.is_multiple_of(3) {
                Attention::Bidirectional
            } else {
                Attention::Causal
            },
            asked: vec![tokens.len() - 1],
            tokens,
            want: Want::All,
        }
    };
    (0..30).map(question).collect()
}

#[test]
fn a_causal_model_answers_with_the_same_bits_alone_and_in_any_batch() {
    for precision in [Precision::Int8, Precision::Fp32] {
        let mut model = load(precision);
        let questions = questions();
        let together = model.score(&questions).unwrap();
        let reversed: Vec<Query> = questions.iter().rev().cloned().collect();
        let mut backwards = model.score(&reversed).unwrap();
        backwards.reverse();
        assert!(together == backwards, "the order changed something");
        for (question, expected) in questions.iter().zip(&together) {
            let alone = model.score(std::slice::from_ref(question)).unwrap();
            assert!(alone[0] == *expected, "the neighbours changed something");
        }
    }
}

#[test]
fn a_causal_model_sees_no_later_token_and_the_masked_model_does() {
    for precision in [Precision::Int8, Precision::Fp32] {
        let mut model = load(precision);
        let mut ask = |attention, last: u32| {
            let mut tokens = tokens(20, 1);
            *tokens.last_mut().unwrap() = TokenId(last);
            let query = Query {
                attention,
                tokens,
                asked: vec![0, 7, 18],
                want: Want::All,
            };
            model.score(&[query]).unwrap()
        };
        assert!(ask(Attention::Causal, 500) == ask(Attention::Causal, 501));
        assert!(ask(Attention::Bidirectional, 500) != ask(Attention::Bidirectional, 501));
    }
}

/// A configuration, written into `folder`, that names a model.
fn configured(folder: &TempDir, model: &str) -> String {
    let path = folder.path().join("tiny.toml");
    std::fs::write(&path, format!("[model]\nfolder = {model:?}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A copy of the tiny model's folder, with its card.
fn copied() -> (TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let card = std::fs::read_to_string(folder.path().join("card.json")).unwrap();
    (folder, serde_json::from_str(&card).unwrap())
}

/// The tiny model without its causal model.
fn alone() -> TempDir {
    let (folder, mut card) = copied();
    card.as_object_mut().unwrap().remove("student").unwrap();
    std::fs::write(folder.path().join("card.json"), card.to_string()).unwrap();
    folder
}

#[test]
fn a_causal_model_writes_in_one_pass_per_token_and_drafts_for_best_of() {
    let folder = tempfile::tempdir().unwrap();
    let config = configured(&folder, FOLDER);
    let speak = |more: &[&str]| {
        let arguments = [
            "--config",
            &config,
            "speak",
            "The old man opened the door and",
        ];
        let fixed = ["--seed", "3", "--length", "12", "--json"];
        let mut spoken = json(&[&arguments, more, &fixed[..]].concat());
        spoken["milliseconds"].take();
        spoken
    };
    let alone = ["--set", "ending=none", "--set", "tries=1"];
    let causal = [&["--strategy", "causal"], &alone[..]].concat();
    let [one, two] = [speak(&causal), speak(&causal)];
    assert_eq!(one, two, "the same seed gives the same text");
    assert_eq!(one["strategy"], "causal");
    let former = [&["--strategy", "student"], &alone[..]].concat();
    assert_eq!(one, speak(&former), "the former name still works");
    assert_eq!((&one["passes"], &one["tokens"]), (&json!(12), &json!(12)));
    let text = one["text"].as_str().unwrap();
    assert!(
        text.starts_with("The old man opened the door and"),
        "{text}"
    );
    assert!(!text.contains("[MASK]"), "{text}");
    let tagged = speak(&[&causal[..], &["--tags", "sea", "--set", "strength=1"]].concat());
    assert_eq!(tagged["passes"], json!(24), "guidance asks twice");

    let best = ["--strategy", "best-of", "--set", "drafts=3"];
    let drafted = speak(&[&best[..], &["--set", "drafter=causal"]].concat());
    let former = speak(&[&best[..], &["--set", "drafter=student"]].concat());
    assert_eq!(drafted["text"], former["text"]);
    assert!(drafted["passes"].as_u64().unwrap() <= 2 * 3 * 12);
    assert_ne!(drafted["text"], speak(&best)["text"]);
}

#[test]
fn causal_is_the_default_where_there_is_a_causal_model_and_blanks_are_filled_by_the_masked_one() {
    let folder = tempfile::tempdir().unwrap();
    let without = alone();
    let speak = |config: &str, prompt: &str, more: &[&str]| {
        let arguments = ["--config", config, "speak", prompt];
        let fixed = ["--seed", "3", "--length", "6", "--json"];
        json(&[&arguments, more, &fixed[..]].concat())
    };
    let with = configured(&folder, FOLDER);
    assert_eq!(speak(&with, "Once", &[])["strategy"], "causal");
    let config = configured(&without, without.path().to_str().unwrap());
    assert_eq!(speak(&config, "Once", &[])["strategy"], "lookahead");

    let prompt = "The old man opened the ___ and";
    let options = ["--temperature", "0", "--set", "repetition=1"];
    let [causal, template] = ["causal", "template"].map(|strategy| {
        let options = [&["--strategy", strategy], &options[..]].concat();
        speak(&with, prompt, &options)["text"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let filled = template.strip_suffix('.').unwrap_or(&template);
    assert!(causal.starts_with(filled), "{causal:?} {template:?}");
}

#[test]
fn without_a_causal_model_the_strategy_is_refused_in_a_sentence() {
    let model = alone();
    let config = configured(&model, model.path().to_str().unwrap());
    let speak = ["--config", &config, "speak", "Once", "--strategy"];
    for strategy in [
        &["causal"][..],
        &["student"],
        &["best-of", "--set", "drafter=causal"],
        &["best-of", "--set", "drafter=student"],
    ] {
        let said = complaint(&[&speak[..], strategy].concat(), &[]);
        assert!(
            said.contains(" with these options needs a causal model, and this model has none; take another strategy"),
            "{said}"
        );
    }
    assert!(printed(&["strategies"]).contains("only with a causal model"));

    let card = Card::read(model.path()).unwrap();
    let runtime = Runtime::load(&library(None), telemetry_disabled().unwrap()).unwrap();
    let mut model = OnnxModel::load(&runtime, &card, Precision::Int8, 1).unwrap();
    let refused = model.score(&questions()).unwrap_err().to_string();
    assert!(refused.contains("it has no causal model"), "{refused}");
}

#[test]
fn a_graph_in_the_place_of_the_other_is_refused() {
    let (folder, mut card) = copied();
    let path = folder.path().join("card.json");
    let refused = |card: &Value| {
        std::fs::write(&path, card.to_string()).unwrap();
        let card = Card::read(folder.path()).unwrap();
        let loaded = OnnxModel::load(
            &Runtime::load(&library(None), telemetry_disabled().unwrap()).unwrap(),
            &card,
            Precision::Int8,
            1,
        );
        loaded.err().unwrap().to_string()
    };
    let swapped = card["student"]["graphs"]["int8"].clone();
    let model = std::mem::replace(&mut card["graphs"]["int8"], swapped);
    assert!(refused(&card).contains("is a causal graph where the masked one should be"));
    card["student"]["graphs"]["int8"] = model.clone();
    card["graphs"]["int8"] = model;
    assert!(refused(&card).contains("or the other way round"));
    card["student"]["graphs"] = json!({});
    assert!(refused(&card).contains("has no int8 graph of its causal model"));
}

/// The strategies that `/speak` and `/help` offer, and what `/about` says of the model.
async fn offered(bot: &Bot) -> (Vec<String>, Vec<String>, String) {
    let choices = |command: &str, option: &str| -> Vec<String> {
        bot.sandbox.world(|world| {
            let named = |list: &Value, name: &str| {
                let mut entries = list.as_array().unwrap().iter();
                entries.find(|entry| entry["name"] == name).unwrap().clone()
            };
            let command = named(&json!(world.commands()), command);
            let choices = named(&command["options"], option)["choices"].clone();
            let value = |choice: &Value| choice["value"].as_str().unwrap().to_owned();
            choices.as_array().unwrap().iter().map(value).collect()
        })
    };
    let token = bot.slash(ADA, "about", json!({}));
    let about = bot.answer(&token).await;
    let model = about.embeds[0]["fields"][0]["value"].as_str().unwrap();
    (
        choices("speak", "strategy"),
        choices("help", "topic"),
        model.to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn menus_help_and_about_know_whether_there_is_a_causal_model() {
    let causal = "causal".to_owned();
    let model = alone();
    let bot = Bot::start_with(|config| config.model.folder = model.path().into()).await;
    let (menu, help, about) = offered(&bot).await;
    assert!(
        !menu.contains(&causal) && !help.contains(&causal),
        "{menu:?}"
    );
    assert!(!about.contains("causal model"), "{about}");

    let bot = Bot::start().await;
    let (menu, help, about) = offered(&bot).await;
    assert!(menu.contains(&causal) && help.contains(&causal), "{menu:?}");
    assert_eq!(menu.len(), strategy::ALL.len());
    for said in [
        "a hidden word: right ",
        "with a causal model of 6 layers",
        "the next word: right ",
    ] {
        assert!(about.contains(said), "{about}");
    }
    let options = json!({"prompt": "The old man", "strategy": "causal", "length": 6, "seed": 1});
    let token = bot.slash(ADA, "speak", options);
    let done = bot.answer(&token).await;
    assert!(footer(&done).starts_with("causal"), "{}", footer(&done));
}
