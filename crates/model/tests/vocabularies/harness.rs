//! The vocabularies of the tests, drafts of them, and what people may read.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use generation::strategy::Task;
use generation::testing;
use generation::{Bans, Draft, Guess, LogitRow, Params, Seed, Segment, TokenId};
use model::{Card, EncodeOptions, ModelError, Prompt, PromptError, SpanKind, Vocabulary};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A tokenizer of `tokenizers/`, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Padding, start, end and mask.
    pub(crate) special: [&'static str; 4],
    pub(crate) unknown: Option<&'static str>,
    pub(crate) keeps_spaces: bool,
    /// Whether it spells every letter.
    pub(crate) bytes: bool,
}

const BERT: [&str; 4] = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"];
const ROBERTA: [&str; 4] = ["<pad>", "<s>", "</s>", "<mask>"];

pub(crate) const KINDS: [Kind; 5] = [
    Kind {
        name: "cased",
        special: BERT,
        unknown: Some("[UNK]"),
        keeps_spaces: false,
        bytes: false,
    },
    Kind {
        name: "chinese",
        special: BERT,
        unknown: Some("[UNK]"),
        keeps_spaces: false,
        bytes: false,
    },
    Kind {
        name: "bytes",
        special: ROBERTA,
        unknown: Some("<unk>"),
        keeps_spaces: true,
        bytes: true,
    },
    Kind {
        name: "modern",
        special: BERT,
        unknown: None,
        keeps_spaces: true,
        bytes: true,
    },
    Kind {
        name: "unigram",
        special: ROBERTA,
        unknown: Some("<unk>"),
        keeps_spaces: true,
        bytes: false,
    },
];

impl Kind {
    pub(crate) fn load(self) -> Vocabulary {
        self.load_with(|_| {})
    }

    /// The vocabulary, loaded once.
    pub(crate) fn cached(self) -> &'static Vocabulary {
        static LOADED: [OnceLock<Vocabulary>; KINDS.len()] =
            [const { OnceLock::new() }; KINDS.len()];
        let index = KINDS.iter().position(|kind| kind.name == self.name);
        LOADED[index.unwrap()].get_or_init(|| self.load())
    }

    /// The vocabulary after a change of its file, with as many logits as tokens.
    pub(crate) fn load_with(self, change: impl FnOnce(&mut Value)) -> Vocabulary {
        let path = self.path();
        let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let vocab = &json["model"]["vocab"];
        let size = vocab
            .as_object()
            .map_or_else(|| vocab.as_array().unwrap().len(), serde_json::Map::len);
        let added = json["added_tokens"].as_array().unwrap().iter();
        let last = added.map(|token| token["id"].as_u64().unwrap()).max();
        let size = size.max(usize::try_from(last.unwrap()).unwrap() + 1);
        self.load_for(size, change).unwrap()
    }

    fn path(self) -> std::path::PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizers");
        folder.join(format!("{}.json", self.name))
    }

    /// The vocabulary for a model of `logits` logits, after a change of its file.
    pub(crate) fn load_for(
        self,
        logits: usize,
        change: impl FnOnce(&mut Value),
    ) -> Result<Vocabulary, ModelError> {
        let text = std::fs::read_to_string(self.path()).unwrap();
        let mut tokenizer: Value = serde_json::from_str(&text).unwrap();
        change(&mut tokenizer);
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = tokenizer.to_string();
        let digest = Sha256::digest(tokenizer.as_bytes());
        let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let card = json!({
            "name": "m", "summary": "s", "origin": "o", "licence": "l", "vocabulary": logits, "max_tokens": 160,
            "tokenizer": {"file": "tokenizer.json", "sha256": digits.concat()}, "graphs": {},
        });
        std::fs::write(folder.path().join("card.json"), card.to_string()).unwrap();
        std::fs::write(folder.path().join("tokenizer.json"), tokenizer).unwrap();
        Vocabulary::load(&Card::read(folder.path())?)
    }
}

/// The draft of a prompt, with three new tokens behind it if it is continued.
pub(crate) fn draft(vocabulary: &Vocabulary, text: &str, task: Task) -> Result<Draft, PromptError> {
    let options = EncodeOptions {
        task,
        length: "3".parse().unwrap(),
        suffix: Vec::new(),
        unprompted: true,
    };
    vocabulary.draft(&Prompt::parse(text), &options)
}

/// The draft of a prompt that has one.
pub(crate) fn encoded(vocabulary: &Vocabulary, text: &str, task: Task) -> Draft {
    draft(vocabulary, text, task).unwrap()
}

/// The text of a draft, with an underscore for each open position.
pub(crate) fn shown(vocabulary: &Vocabulary, prompt: &Prompt, draft: &Draft) -> String {
    let spans = vocabulary.render(prompt, draft).into_iter();
    spans
        .map(|span| match span.kind {
            SpanKind::Open(count) => "_".repeat(count),
            _ => span.text,
        })
        .collect()
}

/// `text` encoded, written token by token, and shown.
pub(crate) fn written(vocabulary: &Vocabulary, text: &str) -> String {
    let tokens = vocabulary.encode(text).unwrap();
    let table = Arc::clone(vocabulary.token_table());
    let mut draft = Draft::new(table, &[Segment::Region(tokens.len())]);
    for (position, token) in tokens.into_iter().enumerate() {
        draft.write(position, token, 1.0);
    }
    shown(vocabulary, &Prompt::parse(""), &draft)
}

/// Whether a text has no marks of a tokenizer and no letters that are broken.
pub(crate) fn is_readable(text: &str) -> bool {
    let marks = [
        "##", "Ġ", "▁", "Ċ", "\u{fffd}", "<s>", "</s>", "<mask>", "<pad>", "[MASK]", "[SEP]",
        "[CLS]", "[PAD]",
    ];
    !marks.iter().any(|mark| text.contains(mark))
}

/// A row in which all tokens of a vocabulary of `size` are equally probable.
pub(crate) fn plain_row(size: usize) -> LogitRow {
    let size = u32::try_from(size).unwrap();
    let guess = |id| Guess {
        token: TokenId(id),
        logit: 0.0,
    };
    LogitRow {
        guesses: (0..size).map(guess).collect(),
        log_normaliser: f32::from(u16::try_from(size).unwrap()).ln(),
    }
}

/// Parameters with `bans`, at temperature 1.
pub(crate) fn params(seed: u32, bans: Option<Bans>) -> Params {
    Params {
        seed: Seed::from(seed),
        bans: bans.unwrap_or_default(),
        ..testing::params(1.0)
    }
}
