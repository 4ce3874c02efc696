//! What is typed is read and shown as it was typed, with every kind of vocabulary.

use crate::harness::{self, KINDS, Kind, encoded, is_readable, params, plain_row, shown, written};
use generation::strategy::Task;
use generation::{Begins, Draft, PositionState, Repetition, Sampler, Segment, TokenId, TokenKind};
use model::{Prompt, PromptError, Speller, Vocabulary};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts of the languages that a vocabulary spells.
const LATIN: [&str; 6] = [
    "The old man went to the sea with his dog.",
    "Mr. Smith saw the fish on Monday (early), then they ate it; the cat slept well.",
    "In 1984, about 3.5 men came!",
    "Der alte Mann fährt über die große Straße.",
    "Wo ist die Tür? Die Bäume sind grün, und das Mädchen hört Vögel.",
    "It wasn't the king's dog, was it?",
];
const HINDI: &str = "यह एक बिल्ली है। आज मौसम अच्छा है, हम बाग में जाएँगे!";
const ARABIC: &str = "هذه قطة. الطقس جميل اليوم، هيا نذهب إلى الحديقة!";
const CHINESE: &str = "我喜欢猫。今天的天气很好，我们去公园吧！";
const JAPANESE: &str = "これは猫です。今日は天気がいいですね、公園に行きましょう！";
const QUOTED: &str = "老人は犬と海へ行きました。「どうぞ」と言いました。";
const THAI: &str = "แมวนั่งอยู่บนเสื่อ วันนี้อากาศดี";
const MIXED: &str = "He said: \"Come in, please!\" and I came 🙂.";

fn texts(kind: Kind) -> Vec<&'static str> {
    let mut texts = match kind.name {
        "chinese" => return vec![CHINESE, JAPANESE, QUOTED, LATIN[0], "我喜欢 the cat."],
        _ => LATIN.to_vec(),
    };
    texts.push(HINDI);
    match kind.name {
        "cased" => {}
        _ => texts.extend([ARABIC, CHINESE, JAPANESE, QUOTED, THAI, MIXED]),
    }
    texts
}

/// What is left of a text after the vocabulary's normalizer and rules.
fn kept(kind: Kind, text: &str) -> String {
    match kind.name {
        // Chinese word pieces part Latin words by rules alone.
        "chinese" => text.replace("欢 the", "欢the"),
        // NFKC.
        "unigram" => text
            .replace('，', ",")
            .replace('！', "!")
            .replace('？', "?"),
        _ => text.to_owned(),
    }
}

#[test]
fn what_is_encoded_reads_as_typed_when_it_is_written() {
    for kind in KINDS {
        let vocabulary = kind.load();
        for text in texts(kind) {
            assert_eq!(
                written(&vocabulary, text),
                kept(kind, text),
                "{}",
                kind.name
            );
        }
    }
}

#[test]
fn a_vocabulary_of_bytes_spells_every_letter() {
    for kind in KINDS.iter().filter(|kind| kind.bytes) {
        let vocabulary = kind.load();
        for text in ["A 🚀 and 👩‍🚀, œuvre, ѣ and 鱻!", "tab\tand  spaces", "ﷺ"] {
            let expected = text.replace('\t', " ").replace("  ", " ");
            assert_eq!(written(&vocabulary, text), expected, "{}", kind.name);
            let tokens = vocabulary.encode(text).unwrap();
            let letters = vocabulary.letters_of_all(&tokens).concat();
            let spaceless = |text: &str| text.replace([' ', '\t'], "");
            assert_eq!(spaceless(&letters), spaceless(text), "{}", kind.name);
        }
    }
}

#[test]
fn no_mark_of_a_tokenizer_is_shown_for_any_token() {
    for kind in KINDS {
        let vocabulary = kind.load();
        let table = vocabulary.token_table();
        let mut words = 0;
        for token in table.tokens() {
            if table.kind(token) == TokenKind::Special {
                continue;
            }
            assert!(
                is_readable(&vocabulary.shown(token)),
                "{} {token:?}",
                kind.name
            );
            words += usize::from(table.kind(token) == TokenKind::Word);
            let again = vocabulary.token(vocabulary.piece(token));
            assert_eq!(
                again,
                Some(token),
                "{}: stored pieces are found again",
                kind.name
            );
            assert!(
                !vocabulary.piece(token).contains(' ')
                    || vocabulary.letters(token).trim().is_empty(),
                "stored pieces are parted by spaces"
            );
        }
        assert!(words > 50, "{}: {words} words", kind.name);
    }
}

#[test]
fn special_tokens_are_found_by_role_and_stand_for_no_text() {
    for kind in KINDS {
        let vocabulary = kind.load();
        let special = vocabulary.token_table().special();
        let piece = |token| vocabulary.piece(token);
        let found = [special.pad, special.start, special.end, special.mask].map(piece);
        assert_eq!(found, kind.special, "{}", kind.name);
        assert_eq!(special.unknown.map(piece), kind.unknown, "{}", kind.name);
        let full_stop = special.full_stop.unwrap();
        assert_eq!(vocabulary.letters(full_stop), ".", "{}", kind.name);
        assert_ne!(vocabulary.token_table().begins(full_stop), Begins::Spaced);
        for name in kind
            .special
            .into_iter()
            .chain(kind.unknown)
            .chain(["[unused0]"])
        {
            assert_eq!(vocabulary.token(name), None, "{} {name}", kind.name);
            let typed = vocabulary.encode(&format!("{name}.")).unwrap();
            for role in [special.pad, special.start, special.end, special.mask] {
                assert!(!typed.contains(&role), "{}: {name} is text", kind.name);
            }
        }
    }
}

#[test]
fn a_text_that_is_rewritten_stays_as_typed_where_nothing_changes() {
    for kind in KINDS {
        let vocabulary = kind.load();
        for text in texts(kind) {
            let prompt = Prompt::parse(text);
            let draft = encoded(&vocabulary, text, Task::Rewrite);
            let expected = if kind.keeps_spaces {
                text.to_owned()
            } else {
                kept(kind, text)
            };
            assert_eq!(
                shown(&vocabulary, &prompt, &draft),
                expected,
                "{}",
                kind.name
            );
            let mut together = String::new();
            for token in Speller::new(&vocabulary, &prompt).spell(&draft) {
                together.push_str(if token.spaced { " " } else { "" });
                together.push_str(&token.text);
            }
            assert_eq!(together.trim_start(), text, "{}", kind.name);
        }
    }
}

/// Replaces each word of a sentence by a blank, fills it again, and checks that the tokens are those of the whole sentence.
fn blanks_have_the_tokens_of_the_whole(vocabulary: &Vocabulary, name: &str) {
    let sentence = LATIN[0];
    let words: Vec<&str> = sentence.trim_end_matches('.').split(' ').collect();
    let whole = vocabulary.encode(sentence).unwrap();
    for (number, word) in words.iter().enumerate() {
        let mut with_blank = words.clone();
        with_blank[number] = "___";
        let typed = with_blank.join(" ") + ".";
        let draft = encoded(vocabulary, &typed, Task::Fill { widest: 8 });
        let [open] = draft.open()[..] else {
            panic!("one blank")
        };
        let tokens = if draft.is_joined(open) {
            vocabulary.joined_word(word).unwrap()
        } else {
            vocabulary.keyword(word).unwrap()
        };
        let segment = draft.positions()[open].segment;
        let mut draft = draft.resized(segment, tokens.len());
        for (position, &token) in (open..).zip(&tokens) {
            draft.write(position, token, 1.0);
        }
        let filled: Vec<TokenId> = draft.positions().iter().map(|slot| slot.token).collect();
        assert_eq!(filled, whole, "{name}: {word}");
        assert_eq!(
            shown(vocabulary, &Prompt::parse(&typed), &draft),
            sentence,
            "{name}"
        );
    }
}

#[test]
fn a_prompt_around_a_blank_has_the_tokens_of_the_whole_text() {
    for kind in KINDS {
        blanks_have_the_tokens_of_the_whole(kind.cached(), kind.name);
    }
}

/// Other parts that tokenizers of the same kind have: who puts a space before a text, and what removes some.
#[test]
fn it_does_not_matter_which_part_of_a_tokenizer_sets_its_spaces() {
    // A table in which no letter is replaced, of 512 empty nodes.
    let precompiled = json!({"type": "Precompiled", "precompiled_charsmap": "AAgA".to_owned() + &"AAAA".repeat(683)});
    let strip = json!({"type": "Strip", "strip_left": true, "strip_right": true});
    let metaspace = |scheme: &str| json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": true});
    let older =
        json!({"type": "Metaspace", "replacement": "▁", "add_prefix_space": true, "str_rep": "▁"});
    let normalizers = |parts: &[&Value]| json!({"type": "Sequence", "normalizers": parts});
    let variants = [
        ("unigram", normalizers(&[&precompiled]), metaspace("always")),
        (
            "unigram",
            normalizers(&[&strip, &precompiled]),
            metaspace("first"),
        ),
        ("unigram", strip.clone(), older),
        (
            "unigram",
            normalizers(&[
                &json!({"type": "Prepend", "prepend": "▁"}),
                &json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}),
            ]),
            Value::Null,
        ),
        (
            "bytes",
            Value::Null,
            json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}),
        ),
        (
            "modern",
            json!({"type": "NFC"}),
            json!({"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}),
        ),
    ];
    for (name, normalizer, pre_tokenizer) in variants {
        let kind = KINDS.into_iter().find(|kind| kind.name == name).unwrap();
        let told = format!("{normalizer} {pre_tokenizer}");
        let vocabulary = kind.load_with(|json| {
            json["normalizer"] = normalizer;
            json["pre_tokenizer"] = pre_tokenizer;
        });
        for text in LATIN {
            assert_eq!(written(&vocabulary, text), text, "{told}");
        }
        blanks_have_the_tokens_of_the_whole(&vocabulary, &told);
        let spelled = vocabulary.spelled("  The old man").unwrap();
        let together: String = spelled.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(together, "Theoldman", "{told}");
    }
}

#[test]
fn blanks_take_words_that_fit_what_stands_on_their_left() {
    for kind in KINDS.iter().filter(|kind| kind.keeps_spaces) {
        let vocabulary = kind.load();
        let table = vocabulary.token_table();
        let candidates = |text: &str| -> Vec<TokenId> {
            let draft = encoded(&vocabulary, text, Task::Fill { widest: 1 });
            let open = draft.open()[0];
            let sampler =
                Sampler::new(draft, &params(0, None)).with_style_rules(Repetition::default());
            let row = plain_row(table.size());
            let top = sampler.top_tokens(open, &row, table.size());
            top.iter().map(|it| it.token).collect()
        };
        let is_word = |token: &&TokenId| table.kind(**token).is_word();
        for token in candidates("The ___ sat.").iter().filter(is_word) {
            assert!(
                table.begins(*token) == Begins::Spaced || table.kind(*token) == TokenKind::Word,
                "{}: {}",
                kind.name,
                vocabulary.piece(*token)
            );
        }
        let inside = candidates("The (___) sat.");
        assert!(inside.len() > 20, "{}", kind.name);
        for token in inside {
            assert_eq!(table.begins(token), Begins::Joined, "{}", kind.name);
        }
        for text in ["The ___ sat.", "The (___) sat.", "___ sat.", "我喜欢___。"] {
            let all = candidates(text);
            assert!(!all.is_empty(), "{}: {text}", kind.name);
            for token in all {
                let shown = vocabulary.shown(token);
                assert!(is_readable(&shown) && !shown.trim().is_empty(), "{shown:?}");
            }
        }
    }
}

#[test]
fn spaces_before_a_region_and_at_the_end_are_no_tokens() {
    for kind in KINDS {
        let vocabulary = kind.load();
        let tokens = |text: &str| -> Vec<TokenId> {
            let draft = encoded(&vocabulary, text, Task::Continue);
            let given = |slot: &&generation::Position| slot.state == PositionState::Given;
            draft
                .positions()
                .iter()
                .filter(given)
                .map(|slot| slot.token)
                .collect()
        };
        assert_eq!(
            tokens("The old man "),
            tokens("The old man"),
            "{}",
            kind.name
        );
        assert_eq!(
            tokens("  The old man"),
            tokens("The old man"),
            "{}",
            kind.name
        );
        let between = encoded(&vocabulary, "The ___ ___ sat", Task::Fill { widest: 1 });
        assert_eq!(
            between.len(),
            tokens("The").len() + 2 + vocabulary.keyword("sat").unwrap().len()
        );
    }
}

#[test]
fn banned_words_are_met_with_and_without_a_space_and_in_capitals() {
    for kind in KINDS {
        let vocabulary = kind.load();
        let table = vocabulary.token_table();
        let banned = ["CAT".to_owned(), "fish".to_owned(), "猫".to_owned()];
        let bans = vocabulary.bans(&banned);
        let draft = Draft::new(
            vocabulary.token_table().clone(),
            &[
                Segment::Given(vocabulary.encode("The old").unwrap()),
                Segment::Region(3),
            ],
        );
        let position = draft.open()[0];
        let sampler = Sampler::new(draft, &params(0, Some(bans.clone())));
        for token in table
            .tokens()
            .filter(|&token| table.kind(token) != TokenKind::Special)
        {
            let letters = vocabulary.letters(token).to_lowercase();
            if ["cat", "fish"].contains(&letters.as_str()) || letters.contains('猫') {
                assert!(!sampler.permits(position, token), "{} {letters}", kind.name);
            }
        }
        let typed = ["a Cat.", "FISH and", "(cat)", "cat"];
        for typed in typed {
            assert!(bans.find_in(&vocabulary.plain(typed)).is_some(), "{typed}");
        }
        assert_eq!(bans.find_in(&vocabulary.plain("cats and fishermen")), None);
        if !["cased"].contains(&kind.name) {
            assert!(
                bans.find_in(&vocabulary.plain("我喜欢猫。")).is_some(),
                "{}",
                kind.name
            );
        }
    }
}

#[test]
fn titles_and_function_words_are_known_in_capitals() {
    for kind in KINDS.iter().filter(|kind| kind.name != "chinese") {
        let vocabulary = kind.load();
        let table = vocabulary.token_table();
        let draft = |text: &str| {
            let tokens = vocabulary.encode(text).unwrap();
            Draft::new(table.clone(), &[Segment::Given(tokens)])
        };
        let ends = |text: &str| {
            let draft = draft(text);
            (0..draft.len())
                .filter(|&position| draft.ends_sentence(position))
                .count()
        };
        // The unigram vocabulary has no token for "Mr".
        if kind.name != "unigram" {
            assert_eq!(ends("Then Mr. Smith saw it."), 1, "{}", kind.name);
        }
        assert_eq!(ends("He came to 3.5 men. Then he sat!"), 2, "{}", kind.name);
    }
}

#[test]
fn scripts_have_their_sentence_ends() {
    for (name, text, ends) in [
        ("chinese", CHINESE, 2),
        ("unigram", CHINESE, 2),
        ("bytes", JAPANESE, 2),
        ("cased", HINDI, 2),
        ("unigram", HINDI, 2),
        ("modern", "هل تحب الكلاب؟", 1),
    ] {
        let vocabulary = KINDS.iter().find(|kind| kind.name == name).unwrap().load();
        let tokens = vocabulary.encode(text).unwrap();
        let draft = Draft::new(vocabulary.token_table().clone(), &[Segment::Given(tokens)]);
        let found = (0..draft.len()).filter(|&position| draft.ends_sentence(position));
        assert_eq!(found.count(), ends, "{name}: {text}");
    }
}

#[test]
fn logits_may_outnumber_pieces_but_not_the_other_way_round() {
    for kind in KINDS {
        let size = kind.load().token_table().size();
        let vocabulary = kind.load_for(size + 50, |_| {}).unwrap();
        assert_eq!(vocabulary.token_table().size(), size);
        let beyond = TokenId(u32::try_from(size).unwrap() + 3);
        assert_eq!(vocabulary.token_table().kind(beyond), TokenKind::Special);
        assert_eq!(vocabulary.letters(beyond), "");
        let told = kind.load_for(size - 20, |_| {}).err().unwrap().to_string();
        assert!(told.contains("they do not belong together"), "{told}");
    }
}

#[test]
fn a_tokenizer_without_a_mask_or_with_marks_at_the_end_is_refused_in_a_sentence() {
    let without_mask = |json: &mut Value| {
        let tokens = json["added_tokens"].as_array_mut().unwrap();
        tokens.retain(|token| token["content"] != "<mask>");
        let vocab = json["model"]["vocab"].as_object_mut().unwrap();
        vocab.remove("<mask>");
    };
    let bytes = KINDS.iter().find(|kind| kind.name == "bytes").unwrap();
    let told = bytes
        .load_for(1000, without_mask)
        .err()
        .unwrap()
        .to_string();
    assert!(
        told.contains("has no token for a blank, such as [MASK]"),
        "{told}"
    );
    let suffixed = |json: &mut Value| {
        json["model"]["end_of_word_suffix"] = "</w>".into();
        json["pre_tokenizer"] = Value::Null;
        json["decoder"] = Value::Null;
    };
    let told = bytes.load_for(1000, suffixed).err().unwrap().to_string();
    assert!(told.contains("marks the ends of words"), "{told}");
}

#[test]
fn a_word_that_cannot_be_spelled_is_no_keyword() {
    let load = |name: &str| KINDS.iter().find(|kind| kind.name == name).unwrap().load();
    assert_eq!(load("cased").keyword("猫"), None);
    assert_eq!(load("unigram").keyword("🦀"), None);
    assert!(load("bytes").keyword("🦀").is_some());
    assert!(load("modern").keyword("猫").is_some());
    assert_eq!(load("bytes").keyword("  "), None);
}

#[test]
fn an_empty_prompt_is_refused_and_nothing_but_blanks_too() {
    for kind in KINDS {
        let vocabulary = kind.load();
        let refused =
            |text: &str| harness::draft(&vocabulary, text, Task::Fill { widest: 1 }).unwrap_err();
        assert_eq!(refused("  "), PromptError::Empty, "{}", kind.name);
        assert_eq!(refused(" ___ "), PromptError::OnlyBlanks, "{}", kind.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_tokens_are_written_the_text_can_be_read(
        seeds in prop::collection::vec(any::<u32>(), 1..25),
        prompt in "[A-Za-zäß我猫。😀 ,.'\"(]{0,12}( |___| ___ ){0,2}[a-z 🙂猫]{0,6}",
    ) {
        for kind in KINDS {
            let vocabulary = kind.cached();
            let table = vocabulary.token_table();
            let prompt = Prompt::parse(&prompt);
            let Ok(mut draft) = harness::draft(vocabulary, prompt.text(), Task::Continue) else { continue };
            for (position, seed) in draft.writable().into_iter().zip(seeds.iter().cycle()) {
                let token = TokenId(seed % u32::try_from(table.size()).unwrap());
                draft.write(position, token, 0.5);
            }
            let text = shown(vocabulary, &prompt, &draft);
            prop_assert!(is_readable(&text), "{}: {text:?}", kind.name);
            let given: String = prompt.given().collect();
            let spans = vocabulary.render(&prompt, &draft);
            let kept = spans.iter().filter(|span| span.kind == model::SpanKind::Given);
            prop_assert_eq!(kept.map(|span| span.text.as_str()).collect::<String>(), given);
            let words = vocabulary.words(&draft);
            prop_assert!(is_readable(&words), "{words:?}");
            let spelled = Speller::new(vocabulary, &prompt).spell(&draft);
            prop_assert_eq!(spelled.len(), draft.len());
            for it in &spelled {
                prop_assert!(is_readable(&it.text), "{it:?}");
            }
            let positions = draft.positions().iter().map(|slot| slot.token);
            let words = positions.filter(|&token| table.kind(token) != TokenKind::Special);
            let phrase = vocabulary.phrase(words.take(3));
            prop_assert!(is_readable(&phrase), "{phrase:?}");
        }
    }

    #[test]
    fn typed_text_is_spelled_as_typed(text in "[a-zA-Zäéß我猫犬。、🙂👩🚀 ،؟हैน่!?.,'’\"-]{1,30}") {
        for kind in KINDS.iter().filter(|kind| kind.bytes) {
            let vocabulary = kind.cached();
            let spelled = vocabulary.spelled(&text).unwrap();
            let together: String = spelled.iter().map(|it| it.text.as_str()).collect();
            prop_assert_eq!(together, text.replace(' ', ""), "{}", kind.name);
        }
    }
}
