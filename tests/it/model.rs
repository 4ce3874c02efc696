//! The real model through the real runtime, held against `PyTorch` and against itself.

use std::fmt::Write;
use std::path::Path;
use std::sync::{LazyLock, Mutex, MutexGuard};

use super::cli::{complaint, json, printed_with};
use generation::strategy::Task;
use generation::{Attention, Query, TokenId, Want};
use model::{Card, EncodeOptions, MaskedModel, OnnxModel, Precision, Prompt, Runtime, Vocabulary};
use mouthpiece::config::{library, telemetry_disabled};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/mouthpiece-mini");

static CARD: LazyLock<Card> = LazyLock::new(|| Card::read(Path::new(FOLDER)).unwrap());
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::load(&CARD).unwrap());
static INT8: LazyLock<Mutex<OnnxModel>> = LazyLock::new(|| Mutex::new(load(Precision::Int8)));
static FP32: LazyLock<Mutex<OnnxModel>> = LazyLock::new(|| Mutex::new(load(Precision::Fp32)));

fn load(precision: Precision) -> OnnxModel {
    OnnxModel::load(
        &Runtime::load(&library(None), telemetry_disabled().unwrap()).unwrap(),
        &CARD,
        precision,
        1,
    )
    .unwrap()
}

fn both() -> [MutexGuard<'static, OnnxModel>; 2] {
    [INT8.lock().unwrap(), FP32.lock().unwrap()]
}

/// What `PyTorch` said, written by training/export.py.
#[derive(Deserialize)]
struct Reference {
    text: String,
    masks: Vec<Vec<Expected>>,
}

#[derive(Deserialize)]
struct Expected {
    token: String,
    probability: f32,
}

fn reference() -> Vec<Reference> {
    serde_json::from_str(include_str!("../data/reference.json")).unwrap()
}

fn question(text: &str, want: Want) -> Query {
    let layout = EncodeOptions {
        task: Task::Fill { widest: 1 },
        length: "1".parse().unwrap(),
        suffix: Vec::new(),
        unprompted: false,
    };
    let draft = VOCABULARY.draft(&Prompt::parse(text), &layout).unwrap();
    draft.query(&draft.open(), want)
}

#[test]
fn the_exact_graph_says_what_pytorch_says() {
    let references = reference();
    assert!(references.len() >= 50);
    let questions: Vec<Query> = references
        .iter()
        .map(|reference| question(&reference.text, Want::Top(5)))
        .collect();
    let answers = FP32.lock().unwrap().score(&questions).unwrap();
    for (reference, scores) in references.iter().zip(&answers) {
        assert_eq!(
            scores.rows.len(),
            reference.masks.len(),
            "{}",
            reference.text
        );
        for (row, expected) in scores.rows.iter().zip(&reference.masks) {
            assert_eq!(
                VOCABULARY.piece(row.guesses[0].token),
                expected[0].token,
                "{}",
                reference.text
            );
            for expected in expected {
                let guess = row
                    .guesses
                    .iter()
                    .find(|guess| VOCABULARY.piece(guess.token) == expected.token);
                let probability = guess.map_or(0.0, |&guess| row.probability(guess));
                assert!(
                    (probability - expected.probability).abs() < 1e-4,
                    "{}: {} {probability}",
                    reference.text,
                    expected.token
                );
            }
        }
    }
}

#[test]
fn the_small_graph_mostly_agrees_with_pytorch() {
    let references = reference();
    let questions: Vec<Query> = references
        .iter()
        .map(|reference| question(&reference.text, Want::Top(5)))
        .collect();
    let answers = INT8.lock().unwrap().score(&questions).unwrap();
    let pairs: Vec<(String, String)> = references
        .iter()
        .zip(&answers)
        .flat_map(|(reference, scores)| reference.masks.iter().zip(&scores.rows))
        .map(|(expected, row)| {
            (
                expected[0].token.clone(),
                VOCABULARY.piece(row.guesses[0].token).to_owned(),
            )
        })
        .collect();
    let same = pairs
        .iter()
        .filter(|(expected, found)| expected == found)
        .count();
    // The card says 96 % on 3,309 masks of held-out text.
    assert!(
        same * 100 >= pairs.len() * 90,
        "{same} of {}: {pairs:?}",
        pairs.len()
    );
}

#[test]
fn a_question_is_answered_alike_alone_in_a_batch_and_in_another_order() {
    let texts = [
        "The cat ___.",
        "In the morning the old man opened the ___ and saw ___.",
        "One ___ two three four five six ___ eight nine ten eleven twelve.",
        "A ___",
    ];
    let questions: Vec<Query> = (0..16)
        .map(|n| {
            question(
                &format!("{} {}", "so ".repeat(n % 5), texts[n % 4]),
                Want::All,
            )
        })
        .collect();
    for mut model in both() {
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
fn questions_that_cannot_be_asked_are_refused() {
    let mut model = INT8.lock().unwrap();
    let token = TokenId(1000);
    let ask = |tokens: usize, asked: Vec<usize>| Query {
        attention: Attention::Bidirectional,
        tokens: vec![token; tokens],
        asked,
        want: Want::Top(1),
    };
    for bad in [ask(513, vec![0]), ask(5, vec![5]), ask(5, vec![])] {
        assert!(model.score(&[bad]).is_err());
    }
    assert!(model.score(&[ask(512, vec![511])]).is_ok());
}

#[test]
fn text_survives_the_way_to_tokens_as_far_as_the_vocabulary_allows() {
    let spelled = |text: &str| {
        VOCABULARY
            .encode(text)
            .unwrap()
            .iter()
            .map(|&token| VOCABULARY.piece(token).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        spelled("Don't STOP, naïve café!"),
        ["don", "'", "t", "stop", ",", "naive", "cafe", "!"]
    );
    assert_eq!(
        spelled("[SEP] [MASK]"),
        ["[", "sep", "]", "[", "mask", "]"],
        "what a person types is text"
    );
    assert_eq!(spelled("🙂"), ["[UNK]"]);
}

/// A small model of `crates/model/tests/data`.
fn checkpoint(name: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    format!("{root}/crates/model/tests/data/{name}")
}

#[test]
fn a_hugging_face_folder_writes_text() {
    let configuration = tempfile::NamedTempFile::new().unwrap();
    for precision in ["int8", "fp32"] {
        let text = format!(
            "[model]\nfolder = {:?}\nprecision = \"{precision}\"\n",
            checkpoint("bert")
        );
        std::fs::write(configuration.path(), text).unwrap();
        let path = configuration.path().to_str().unwrap();
        let arguments = [
            "speak",
            "Once upon a time",
            "-n",
            "6",
            "--json",
            "--seed",
            "1",
            "--config",
            path,
        ];
        let without_time = |mut spoken: serde_json::Value| {
            spoken.as_object_mut().unwrap().remove("milliseconds");
            spoken
        };
        let spoken = without_time(json(&arguments));
        let text = spoken["text"].as_str().unwrap();
        assert!(text.starts_with("Once upon a time"), "{text}");
        assert!(text.len() > "Once upon a time".len(), "{text}");
        let card = Card::read(Path::new(&checkpoint("bert"))).unwrap();
        let precision = match precision {
            "int8" => Precision::Int8,
            _ => Precision::Fp32,
        };
        assert_eq!(spoken["model"], card.fingerprint(precision));
        assert_eq!(spoken, without_time(json(&arguments)));
    }
}

/// What a small model writes, with these arguments and variables.
fn spoken(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let all = [&["speak", "Once", "-n", "6", "--seed", "1"], arguments].concat();
    printed_with(&all, environment)
}

#[test]
fn the_flags_choose_model_and_precision() {
    let folder = checkpoint("roberta");
    let text = |precision| spoken(&["--model", &folder, "--precision", precision], &[]);
    for precision in ["int8", "fp32"] {
        let text = text(precision);
        assert!(text.starts_with("Once"), "{text}");
        assert!(!text.contains(['Ġ', '▁', '#', '<']), "{text}");
    }
    let card = Card::read(Path::new(&folder)).unwrap();
    for precision in [Precision::Int8, Precision::Fp32] {
        let name = precision.to_string();
        let told = spoken(&["--model", &folder, "--precision", &name, "--json"], &[]);
        assert!(told.contains(&card.fingerprint(precision)), "{told}");
    }
    assert_eq!(spoken(&["--model", &folder], &[]), text("int8"));
    let refused = |model| complaint(&["speak", "Once", "--model", model], &[]);
    let wrong = refused("no such/model/name");
    assert!(wrong.contains("is not the name of a model"), "{wrong}");
    for path in ["./absent", "crates/absent", "/absent"] {
        let absent = refused(path);
        assert!(
            absent.contains(&format!("there is no folder {path}")),
            "{absent}"
        );
    }
}

#[test]
fn a_model_in_the_cache_of_the_hub_is_run_by_its_name_without_a_request() {
    let cache = tempfile::tempdir().unwrap();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let model = cache.path().join("models--test--bert");
    let snapshot = model.join("snapshots").join(commit);
    for folder in [&snapshot, &model.join("refs")] {
        std::fs::create_dir_all(folder).unwrap();
    }
    std::fs::write(model.join("refs/main"), commit).unwrap();
    for file in ["config.json", "vocab.txt", "model.safetensors"] {
        let source = Path::new(&checkpoint("bert")).join(file);
        std::fs::copy(source, snapshot.join(file)).unwrap();
    }
    let cache = cache.path().to_str().unwrap();
    let offline = [("HF_HUB_CACHE", cache), ("HF_HUB_OFFLINE", "1")];
    let expected = spoken(&["--model", &checkpoint("bert")], &[]);
    assert_eq!(spoken(&["--model", "test/bert"], &offline), expected);
    let named = [&offline[..], &[("MOUTHPIECE__MODEL__NAME", "test/bert")]].concat();
    assert_eq!(spoken(&[], &named), expected);
    let absent = complaint(&["speak", "Once", "--model", "test/other"], &offline);
    assert!(
        absent.contains("test/other") && absent.contains(cache),
        "{absent}"
    );
}

#[test]
fn a_hugging_face_folder_that_cannot_be_used_is_refused_in_one_sentence() {
    let copy = tempfile::tempdir().unwrap();
    for file in ["config.json", "vocab.txt"] {
        let from = Path::new(&checkpoint("bert")).join(file);
        std::fs::copy(from, copy.path().join(file)).unwrap();
    }
    let weights = copy.path().join("model.safetensors");
    std::fs::write(&weights, "version https://git-lfs.github.com/spec/v1\n").unwrap();
    let refused = || {
        let folder = copy.path().to_str().unwrap();
        let text = complaint(&["speak", "Once"], &[("MOUTHPIECE__MODEL__FOLDER", folder)]);
        assert_eq!(text.trim_end().lines().count(), 1, "{text}");
        text
    };
    let pointer = refused();
    assert!(pointer.contains("is a pointer of Git LFS"), "{pointer}");
    std::fs::write(copy.path().join("config.json"), r#"{"model_type":"gpt2"}"#).unwrap();
    let family = refused();
    assert!(
        family.contains("the families that can be loaded are bert"),
        "{family}"
    );
}

/// A model folder of which some files are not what they should be.
struct Foreign(TempDir);

impl Foreign {
    fn new() -> Self {
        let foreign = Self(tempfile::tempdir().unwrap());
        let tokenizer = std::fs::read(Path::new(FOLDER).join("tokenizer.json")).unwrap();
        foreign.put("tokenizer.json", &tokenizer);
        foreign.put("card.json", Self::card().to_string().as_bytes());
        foreign
    }

    /// The model's card without its causal model.
    fn card() -> serde_json::Value {
        let text = std::fs::read_to_string(Path::new(FOLDER).join("card.json")).unwrap();
        let mut card: serde_json::Value = serde_json::from_str(&text).unwrap();
        card.as_object_mut().unwrap().remove("student");
        card
    }

    fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.0.path().join(name), content).unwrap();
    }

    fn change_card(&self, from: &str, to: &str) {
        let card = Self::card().to_string();
        assert!(card.contains(from));
        self.put("card.json", card.replace(from, to).as_bytes());
    }

    /// A graph that the card describes, whatever it is.
    fn put_graph(&self, content: &[u8]) {
        let hex = Sha256::digest(content)
            .iter()
            .fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
        self.change_card(
            Self::card()["graphs"]["int8"]["sha256"].as_str().unwrap(),
            &hex,
        );
        self.put("model.int8.onnx", content);
    }

    /// What loading says: one sentence.
    fn refused(&self) -> String {
        let loaded = Card::read(self.0.path()).and_then(|card| {
            Vocabulary::load(&card)?;
            OnnxModel::load(
                &Runtime::load(&library(None), telemetry_disabled().unwrap())?,
                &card,
                Precision::Int8,
                1,
            )
        });
        let message = loaded.err().unwrap().to_string();
        assert_eq!(message.lines().count(), 1, "{message}");
        message
    }
}

#[test]
fn a_foreign_model_is_refused_in_one_sentence() {
    let foreign = Foreign::new();
    let missing = foreign.refused();
    assert!(
        missing.starts_with("cannot read") && missing.contains("model.int8.onnx"),
        "{missing}"
    );

    foreign.put("model.int8.onnx", b"changed");
    assert!(foreign.refused().contains("is damaged or was changed"));

    foreign.put_graph(b"no graph at all");
    assert!(
        foreign
            .refused()
            .contains("model.int8.onnx cannot be loaded: ")
    );

    foreign.put_graph(include_bytes!("../data/foreign.onnx"));
    let inputs = foreign.refused();
    let expected = "has the inputs x, not input_ids, attention_mask, positions or input_ids, starts, positions; export it with training/export.py";
    assert!(inputs.contains(expected), "{inputs}");

    foreign.change_card("30522", "30000");
    assert!(
        foreign
            .refused()
            .contains("has 30522 pieces, the model 30000; they do not belong together")
    );

    foreign.change_card("\"max_tokens\":512", "\"max_tokens\":256");
    let graph = std::fs::read(Path::new(FOLDER).join("model.int8.onnx")).unwrap();
    foreign.put("model.int8.onnx", &graph);
    assert!(
        foreign
            .refused()
            .contains("says 512 of its longest sequence, its card 256")
    );
}
