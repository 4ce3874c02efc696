//! How the pieces of a tokenizer spell letters and spaces.

use std::collections::HashMap;
use std::sync::LazyLock;

use generation::Begins;
use serde_json::Value;
use tokenizers::{ModelWrapper, Tokenizer};

use super::piece::Piece;

/// The mark of a space in unigram vocabularies.
const METASPACE: char = '▁';

/// How pieces spell letters and spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PieceFormat {
    /// No spaces; a prefix such as `##` marks a piece that continues a word.
    Prefix(String),
    /// The bytes of UTF-8, each as one letter, spaces among them (Radford et al. 2019, GPT-2).
    Bytes,
    /// A letter such as `▁` for a space (Kudo and Richardson 2018, `SentencePiece`).
    Metaspace(char),
}

impl PieceFormat {
    /// The format of a tokenizer, from its parts.
    ///
    /// # Errors
    /// What is not supported, as the end of a sentence.
    pub(super) fn of(tokenizer: &Tokenizer) -> Result<Self, String> {
        let parts = [
            json(tokenizer.get_pre_tokenizer())?,
            json(tokenizer.get_decoder())?,
            json(tokenizer.get_normalizer())?,
        ];
        if parts.iter().any(|part| find(part, "ByteLevel").is_some()) {
            return Ok(Self::Bytes);
        }
        if let Some(part) = parts.iter().find_map(|part| find(part, "Metaspace")) {
            let mark = part["replacement"]
                .as_str()
                .and_then(|it| it.chars().next());
            return Ok(Self::Metaspace(mark.unwrap_or(METASPACE)));
        }
        match tokenizer.get_model() {
            ModelWrapper::WordPiece(model) => {
                Ok(Self::Prefix(model.continuing_subword_prefix.clone()))
            }
            ModelWrapper::BPE(model) if model.end_of_word_suffix.is_some() => Err(
                "marks the ends of words; only marks at the beginning of pieces can be read"
                    .to_owned(),
            ),
            ModelWrapper::BPE(model) => match model.get_continuing_subword_prefix() {
                Some(prefix) => Ok(Self::Prefix(prefix.clone())),
                None => Ok(Self::Metaspace(METASPACE)),
            },
            ModelWrapper::Unigram(_) => Ok(Self::Metaspace(METASPACE)),
            ModelWrapper::WordLevel(_) => Ok(Self::Prefix(String::new())),
        }
    }

    /// Whether pieces contain spaces.
    pub(super) fn keeps_spaces(&self) -> bool {
        !matches!(self, Self::Prefix(_))
    }

    /// A piece of the tokenizer's model, decoded.
    pub(super) fn decode(&self, raw: &str) -> Piece {
        match self {
            Self::Prefix(prefix) => match raw.strip_prefix(prefix.as_str()) {
                Some(rest) if !prefix.is_empty() => Piece::new(rest, Begins::Joined),
                _ => Piece::new(raw, Begins::Start),
            },
            Self::Bytes => {
                let bytes: Option<Vec<u8>> = raw.chars().map(|c| BYTES.get(&c).copied()).collect();
                bytes.map_or_else(|| literal(raw), |bytes| Piece::of_bytes(&bytes))
            }
            Self::Metaspace(mark) => match fallback_byte(raw) {
                Some(byte) => Piece::of_bytes(&[byte]),
                None => literal(&raw.replace(*mark, " ")),
            },
        }
    }

    /// A token that was added to the vocabulary of the model, which stands for its own letters.
    pub(super) fn added(&self, content: &str) -> Piece {
        match self {
            Self::Prefix(_) => Piece::new(content, Begins::Start),
            Self::Bytes | Self::Metaspace(_) => literal(content),
        }
    }
}

/// A piece of these letters and spaces.
fn literal(text: &str) -> Piece {
    Piece::of_bytes(text.as_bytes())
}

/// The byte of a piece such as `<0xE2>`.
fn fallback_byte(raw: &str) -> Option<u8> {
    let digits = raw.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok()
}

/// The byte that each letter of a byte-level vocabulary stands for: printable letters for themselves, and the letters from
/// U+0100 on for the other bytes in ascending order.
static BYTES: LazyLock<HashMap<char, u8>> = LazyLock::new(|| {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let themselves = (0..=u8::MAX)
        .filter(printable)
        .map(|byte| (char::from(byte), byte));
    let others = (0..=u8::MAX).filter(|byte| !printable(byte));
    let letters = '\u{100}'..;
    themselves.chain(letters.zip(others)).collect()
});

/// A part of a tokenizer as JSON; `null` if there is none.
///
/// # Errors
/// When the part cannot be written.
pub(super) fn json<T: serde::Serialize>(part: Option<&T>) -> Result<Value, String> {
    serde_json::to_value(part).map_err(|error| format!("cannot be read: {error}"))
}

/// The first object of the type `kind` in a part of a tokenizer.
pub(super) fn find<'a>(part: &'a Value, kind: &str) -> Option<&'a Value> {
    match part {
        Value::Object(fields) if fields.get("type").is_some_and(|it| it == kind) => Some(part),
        Value::Object(fields) => fields.values().find_map(|field| find(field, kind)),
        Value::Array(items) => items.iter().find_map(|item| find(item, kind)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lose_their_marks() {
        let shown = |format: &PieceFormat, raw: &str| {
            let piece = format.decode(raw);
            (piece.letters().to_owned(), piece.begins())
        };
        let words = PieceFormat::Prefix("##".to_owned());
        assert_eq!(shown(&words, "##ing"), ("ing".into(), Begins::Joined));
        assert_eq!(shown(&words, "sea"), ("sea".into(), Begins::Start));
        let bytes = PieceFormat::Bytes;
        assert_eq!(shown(&bytes, "Ġsea"), ("sea".into(), Begins::Spaced));
        assert_eq!(shown(&bytes, "CafÃ©"), ("Café".into(), Begins::Joined));
        assert_eq!(shown(&bytes, "ĠĠ"), (" ".into(), Begins::Spaced));
        assert_eq!(shown(&bytes, "Ċ"), ("\n".into(), Begins::Spaced));
        let metaspace = PieceFormat::Metaspace('▁');
        assert_eq!(
            shown(&metaspace, "▁of▁the"),
            ("of the".into(), Begins::Spaced)
        );
        assert_eq!(shown(&metaspace, "ñ"), ("ñ".into(), Begins::Joined));
        assert_eq!(shown(&metaspace, "<0x41>"), ("A".into(), Begins::Joined));
    }

    #[test]
    fn every_byte_has_its_letter() {
        let mut bytes: Vec<u8> = BYTES.values().copied().collect();
        bytes.sort_unstable();
        assert_eq!(bytes, (0..=u8::MAX).collect::<Vec<_>>());
        assert_eq!(BYTES[&'Ġ'], b' ');
    }
}
