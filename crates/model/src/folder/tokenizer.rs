//! The tokenizer of a folder: `tokenizer.json`, or one built of the word pieces in `vocab.txt`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::architecture::Architecture;
use super::names::Names;
use super::text_file::{read_text, unfit};
use crate::error::ModelError;

/// Maximum size of a tokenizer in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Maximum size of its configuration in bytes.
const MAX_CONFIG_BYTES: u64 = 8 << 20;
/// Rows of the embeddings that no piece uses: their number is often rounded up.
const MAX_SURPLUS: usize = 1024;

/// The tokenizer of a folder.
#[derive(Debug, Clone)]
pub(crate) struct FolderTokenizer {
    path: PathBuf,
    /// Number of pieces: the largest id, and one.
    pub(crate) pieces: usize,
}

impl FolderTokenizer {
    /// Finds the tokenizer of a folder and counts its pieces.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or it does not belong to the model.
    pub(super) fn open(folder: &Path, architecture: &Architecture) -> Result<Self, ModelError> {
        let (json, pieces) = (folder.join("tokenizer.json"), folder.join("vocab.txt"));
        let word_pieces = matches!(architecture.names, Names::Bert | Names::DistilBert);
        let found = if json.exists() {
            let pieces = count(&read_text(&json, MAX_BYTES)?).map_err(|error| {
                let problem = format!("is not a tokenizer: {error}; download it again");
                unfit(&json, problem.replace(char::is_control, "\u{fffd}"))
            })?;
            Self { path: json, pieces }
        } else if word_pieces && pieces.exists() {
            let count = lines(&read_text(&pieces, MAX_BYTES)?).count();
            Self {
                path: pieces,
                pieces: count,
            }
        } else {
            let problem = if word_pieces {
                "has neither tokenizer.json nor vocab.txt; download one of them from the page of the model"
            } else {
                "has no tokenizer.json; load its tokenizer with transformers and save it with save_pretrained"
            };
            return Err(unfit(folder, problem));
        };
        let rows = architecture.rows;
        let belongs = found.pieces <= rows && rows - found.pieces <= MAX_SURPLUS.min(rows / 2);
        if found.pieces > 0 && belongs {
            return Ok(found);
        }
        let problem = format!(
            "has {} pieces, the model {rows}; they do not belong together",
            found.pieces
        );
        Err(unfit(&found.path, problem))
    }

    /// The file, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The tokenizer in the format of `tokenizer.json`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn json(&self) -> Result<String, ModelError> {
        let text = read_text(&self.path, MAX_BYTES)?;
        if self.path.extension().is_some_and(|kind| kind == "json") {
            return Ok(text);
        }
        let config = self.path.with_file_name("tokenizer_config.json");
        let config: Map<String, Value> = if config.exists() {
            serde_json::from_str(&read_text(&config, MAX_CONFIG_BYTES)?).map_err(|error| {
                let problem = format!("is not a configuration: {error}; download it again");
                unfit(&config, problem.replace(char::is_control, "\u{fffd}"))
            })?
        } else {
            Map::new()
        };
        Ok(word_pieces(&text, &config).to_string())
    }
}

/// The lines of `vocab.txt`; the number of a line is the id of its piece.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end_matches(['\r', '\n'])
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
}

/// A tokenizer as `BertTokenizer` of `transformers` is: its defaults, and what `tokenizer_config.json` says.
fn word_pieces(text: &str, config: &Map<String, Value>) -> Value {
    let vocabulary: Map<String, Value> = lines(text)
        .enumerate()
        .map(|(id, piece)| (piece.to_owned(), json!(id)))
        .collect();
    let flag = |key: &str| config.get(key).and_then(Value::as_bool);
    let token = |key: &str, default: &str| {
        let value = config.get(key);
        let content = value.and_then(|value| value.get("content")).or(value);
        content
            .and_then(Value::as_str)
            .unwrap_or(default)
            .to_owned()
    };
    let special = [
        token("pad_token", "[PAD]"),
        token("unk_token", "[UNK]"),
        token("cls_token", "[CLS]"),
        token("sep_token", "[SEP]"),
        token("mask_token", "[MASK]"),
    ];
    let id = |token: &str| vocabulary.get(token).cloned();
    let added = special.iter().filter_map(|token| {
        Some(json!({
            "id": id(token)?, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        }))
    });
    let [_, unknown, start, end, _] = &special;
    let ends = match (id(end), id(start)) {
        (Some(last), Some(first)) => {
            json!({ "type": "BertProcessing", "sep": [end, last], "cls": [start, first] })
        }
        _ => Value::Null,
    };
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": flag("tokenize_chinese_chars").unwrap_or(true),
            "strip_accents": flag("strip_accents"),
            "lowercase": flag("do_lower_case").unwrap_or(true),
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": ends,
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece",
            "unk_token": unknown,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    })
}

/// The number of pieces of a `tokenizer.json`.
fn count(text: &str) -> serde_json::Result<usize> {
    #[derive(Deserialize)]
    struct Added {
        id: usize,
    }
    #[derive(Deserialize)]
    struct Model {
        vocab: Count,
    }
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        added_tokens: Vec<Added>,
        model: Model,
    }
    let file: File = serde_json::from_str(text)?;
    let added = file
        .added_tokens
        .iter()
        .map(|added| added.id.saturating_add(1));
    Ok(added.fold(file.model.vocab.0, usize::max))
}

/// Size of a vocabulary: ids by piece (word pieces, byte pairs), or pieces in the order of their ids (unigram).
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Counting;

        impl<'de> Visitor<'de> for Counting {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a vocabulary")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                let mut pieces = 0;
                while let Some((_, id)) = map.next_entry::<IgnoredAny, usize>()? {
                    pieces = pieces.max(id.saturating_add(1));
                }
                Ok(Count(pieces))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
                let mut pieces = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    pieces += 1;
                }
                Ok(Count(pieces))
            }
        }

        from.deserialize_any(Counting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_counted_in_vocabularies_of_all_kinds() {
        for (text, pieces) in [
            (r#"{"model":{"type":"WordPiece","vocab":{"a":0,"b":4}}}"#, 5),
            (
                r#"{"model":{"vocab":[["a",-1.5],["b",-2]]},"added_tokens":[]}"#,
                2,
            ),
            (
                r#"{"added_tokens":[{"id":7,"content":"<mask>"}],"model":{"vocab":{"a":0},"merges":[]}}"#,
                8,
            ),
        ] {
            assert_eq!(count(text).unwrap(), pieces, "{text}");
        }
        assert!(count("{}").is_err());
    }

    #[test]
    fn word_pieces_are_read_as_their_configuration_says() {
        let config = json!({"do_lower_case": false, "unk_token": {"content": "<unk>"}});
        let made = word_pieces("[PAD]\r\n<unk>\r\ncat\r\n", config.as_object().unwrap());
        assert_eq!(
            made["model"]["vocab"],
            json!({"[PAD]": 0, "<unk>": 1, "cat": 2})
        );
        assert_eq!(made["model"]["unk_token"], "<unk>");
        assert_eq!(made["normalizer"]["lowercase"], false);
        assert_eq!(made["added_tokens"][1]["id"], 1);
        assert_eq!(made["post_processor"], Value::Null);
    }
}
