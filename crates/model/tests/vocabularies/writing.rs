//! Every strategy writes with every kind of vocabulary: readable texts, without special tokens and without banned words.

use crate::harness::{KINDS, Kind, encoded, is_readable, shown};
use generation::strategy::{self, ALL, Strategy, Task};
use generation::{
    Bans, Draft, Generation, Params, PositionState, Query, Scores, Seed, TokenKind, Turn,
    reduce_logits,
};
use model::{EncodeOptions, MaskedModel, Prompt, ScriptedModel, Vocabulary};

/// A model with an opinion that follows from the query alone.
fn model(size: usize) -> impl MaskedModel {
    ScriptedModel::new(move |query: &Query| {
        let row = |&place: &usize| {
            let near = |hash: u64, (index, token): (usize, &generation::TokenId)| {
                let seen = if index.abs_diff(place) <= 2 {
                    u64::from(token.0)
                } else {
                    0
                };
                (hash ^ seen)
                    .wrapping_mul(0x0000_0100_0000_01b3)
                    .rotate_left(17)
            };
            let context = query.tokens.iter().enumerate().fold(7, near);
            let logit = |id: usize| {
                let mixed = (context ^ (id as u64 + 1)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                f32::from(u16::try_from(mixed >> 48).unwrap()) / 8000.0
            };
            // There may be more logits than tokens.
            reduce_logits(&(0..size + 10).map(logit).collect::<Vec<_>>(), &query.want)
        };
        Ok(Scores {
            rows: query.asked.iter().map(row).collect(),
        })
    })
}

fn params(strategy: &dyn Strategy, vocabulary: &Vocabulary, seed: u32, bans: &Bans) -> Params {
    let options = strategy::defaults(strategy);
    Params {
        sampling: strategy.sampling(&options),
        seed: Seed::from(seed),
        options,
        keywords: if strategy.uses_keywords() {
            vec![vocabulary.keyword("sea").unwrap()]
        } else {
            Vec::new()
        },
        bans: bans.clone(),
    }
}

fn draft(vocabulary: &Vocabulary, strategy: &dyn Strategy, prompt: &str) -> Draft {
    let task = strategy.task(
        Prompt::parse(prompt).blanks(),
        &strategy::defaults(strategy),
    );
    let options = EncodeOptions {
        task,
        length: "9".parse().unwrap(),
        suffix: Vec::new(),
        unprompted: true,
    };
    vocabulary.draft(&Prompt::parse(prompt), &options).unwrap()
}

/// Drives a generation to its end; calls `see` with every draft.
fn drive(generation: &mut dyn Generation, size: usize, mut see: impl FnMut(&Draft)) {
    let mut model = model(size);
    for _ in 0..20_000 {
        see(generation.draft());
        match generation.ask() {
            Turn::Done => return,
            Turn::Ask(queries) => generation.answer(model.score(&queries).unwrap()),
        }
    }
    panic!("a generation comes to an end");
}

/// The prompts that a kind can read.
fn prompts(kind: Kind) -> &'static [&'static str] {
    match kind.name {
        "chinese" => &["我喜欢", "今天的___很好。"],
        "cased" => &["The old man", "The ___ saw the (___), and"],
        _ => &[
            "The old man ",
            "The ___ saw the (___), and",
            "我喜欢___。",
            "___ sat 🙂",
        ],
    }
}

/// Writes with every strategy and checks what is written. Returns the texts.
fn write_all(kind: Kind, vocabulary: &Vocabulary, banned: &[&str]) -> Vec<String> {
    let banned: Vec<String> = banned.iter().map(ToString::to_string).collect();
    let bans = vocabulary.bans(&banned);
    let table = vocabulary.token_table();
    let mut texts = Vec::new();
    for strategy in ALL {
        for (prompt, seed) in prompts(kind).iter().zip(1..) {
            let start = draft(vocabulary, *strategy, prompt);
            let params = params(*strategy, vocabulary, seed, &bans);
            let rewrites = start.open().is_empty();
            let mut generation = strategy::begin(*strategy, start, &params);
            let parsed = Prompt::parse(prompt);
            drive(&mut *generation, table.size(), |draft| {
                let text = shown(vocabulary, &parsed, draft);
                let name = strategy.name();
                assert!(is_readable(&text), "{name} {}: {text:?}", kind.name);
                let plain = vocabulary.plain(&text.replace('_', "."));
                let found = bans.find_in(&plain);
                assert_eq!(found, None, "{name} {}: {text:?}", kind.name);
            });
            let finished = generation.draft();
            assert!(finished.open().is_empty());
            for slot in finished.positions() {
                let written = matches!(slot.state, PositionState::Written(_));
                let kind = table.kind(slot.token);
                assert!(
                    !written
                        || rewrites
                        || !matches!(kind, TokenKind::Special | TokenKind::Fragment),
                    "{} writes {:?}",
                    strategy.name(),
                    vocabulary.piece(slot.token)
                );
            }
            texts.push(shown(vocabulary, &parsed, finished));
        }
    }
    texts
}

#[test]
fn every_strategy_writes_with_every_kind_of_vocabulary() {
    for kind in KINDS {
        let texts = write_all(kind, kind.cached(), &[]);
        let typed = prompts(kind);
        let longer = texts
            .iter()
            .filter(|text| typed.iter().all(|prompt| text.len() > prompt.len()));
        assert!(longer.count() * 2 > texts.len(), "{}: {texts:?}", kind.name);
    }
}

#[test]
fn no_strategy_writes_a_banned_word_with_any_vocabulary() {
    // The most frequent words, so that they are met often.
    let banned = [
        "the", "m*", "he", "was", "猫", "天气", "and the", "de*", "e",
    ];
    for kind in KINDS {
        let allowed: Vec<&str> = match kind.name {
            "chinese" => vec!["猫", "狗", "the", "e", "m*"],
            _ => banned
                .iter()
                .copied()
                .filter(|it| !["the", "m*", "and the"].contains(it))
                .collect(),
        };
        write_all(kind, kind.cached(), &allowed);
    }
}

/// Removes a piece from the model of a tokenizer; its number stays unused.
fn without(json: &mut serde_json::Value, pieces: &[&str]) {
    let vocab = json["model"]["vocab"].as_object_mut().unwrap();
    for piece in pieces {
        assert!(vocab.remove(*piece).is_some(), "{piece} was there");
    }
}

#[test]
fn every_strategy_writes_without_a_full_stop() {
    for kind in KINDS
        .into_iter()
        .filter(|kind| ["cased", "chinese", "modern"].contains(&kind.name))
    {
        let vocabulary = kind.load_with(|json| match kind.name {
            "cased" => without(json, &[".", "।", "۔"]),
            "chinese" => without(json, &[".", "。"]),
            _ => {
                // No merge may make or use a piece that is not there.
                let stops =
                    |piece: &str| piece.contains('.') || ["ãĢĤ", "à¥¤", "ÛĶ"].contains(&piece);
                let vocab = json["model"]["vocab"].as_object_mut().unwrap();
                vocab.retain(|piece, _| !stops(piece));
                let merges = json["model"]["merges"].as_array_mut().unwrap();
                merges.retain(|pair| {
                    let part = |index: usize| pair[index].as_str().unwrap();
                    let made = [part(0), part(1)].concat();
                    !stops(part(0)) && !stops(part(1)) && !stops(&made)
                });
            }
        });
        assert_eq!(
            vocabulary.token_table().special().full_stop,
            None,
            "{}",
            kind.name
        );
        let texts = write_all(kind, &vocabulary, &[]);
        let typed = prompts(kind);
        let longer = |text: &&String| typed.iter().all(|prompt| text.len() > prompt.len());
        assert!(
            texts.iter().filter(longer).count() * 2 > texts.len(),
            "{texts:?}"
        );
    }
}

#[test]
fn every_strategy_writes_without_any_mark_that_ends_a_sentence() {
    let kind = KINDS[1];
    let vocabulary = kind.load_with(|json| without(json, &[".", "。", "!", "?", "！", "？"]));
    assert!(vocabulary.token_table().stops().is_empty());
    write_all(kind, &vocabulary, &["猫"]);
}

#[test]
fn the_full_stop_is_that_of_the_script() {
    let kind = KINDS[1];
    let vocabulary = kind.load_with(|json| without(json, &["."]));
    let full_stop = vocabulary.token_table().special().full_stop.unwrap();
    assert_eq!(vocabulary.letters(full_stop), "。");
}

#[test]
fn keywords_appear_as_words_of_their_own() {
    for kind in KINDS {
        let vocabulary = kind.cached();
        let words: &[&str] = match kind.name {
            "chinese" => &["天气", "dog"],
            "cased" => &["fish", "Straße"],
            _ => &["fish", "Straße", "天气", "बिल्ली"],
        };
        for (word, seed) in words.iter().zip(1..) {
            let strategy = strategy::find("keywords").unwrap();
            let tokens = vocabulary.keyword(word).unwrap();
            let prompt = prompts(kind)[0];
            let options = EncodeOptions {
                task: Task::Continue,
                length: "24".parse().unwrap(),
                suffix: Vec::new(),
                unprompted: false,
            };
            let start = vocabulary.draft(&Prompt::parse(prompt), &options).unwrap();
            let params = Params {
                keywords: vec![tokens],
                ..params(strategy, vocabulary, seed, &Bans::default())
            };
            let mut generation = strategy::begin(strategy, start, &params);
            let size = vocabulary.token_table().size();
            drive(&mut *generation, size, |_| {});
            let text = shown(vocabulary, &Prompt::parse(prompt), generation.draft());
            let spaced = word.is_ascii() && kind.name != "chinese";
            let wanted = if spaced {
                format!(" {word}")
            } else {
                word.to_string()
            };
            assert!(text.contains(&wanted), "{}: {text:?}", kind.name);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_text() {
    for kind in KINDS {
        let once = write_all(kind, kind.cached(), &[]);
        assert_eq!(write_all(kind, &kind.load(), &[]), once);
    }
}

#[test]
fn context_behind_a_text_is_encoded_behind_a_space() {
    for kind in KINDS.iter().filter(|kind| kind.keeps_spaces) {
        let vocabulary = kind.cached();
        let steering = generation::Settings {
            tags: Some("sea".to_owned()),
            ..generation::Settings::default()
        };
        let suffix = vocabulary.suffix(&steering).unwrap();
        let whole = vocabulary.encode("the sea.").unwrap();
        assert!(whole.ends_with(&suffix), "{}", kind.name);
        assert!(!encoded(vocabulary, "the sea.", Task::Continue).is_empty());
    }
}
