//! The tokenizer of a model: text to tokens, with what stands on the left of the text, and tokens to decoded pieces.

mod format;
mod piece;
mod special_tokens;

use std::collections::HashMap;

use generation::TokenId;
use serde_json::{Value, json};
use tokenizers::{NormalizedString, Normalizer, NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

pub(crate) use piece::{Piece, letters};
pub(crate) use special_tokens::{Roles, SpecialTokenNames};

use super::prompt::PromptError;
use format::{PieceFormat, find, json as as_json};

/// A token and its byte range in a text, without white space around it.
pub(crate) struct TokenSpan {
    pub(crate) token: TokenId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What stands on the left of a text that is encoded. A vocabulary whose pieces contain no spaces has the same tokens for
/// all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing: the text begins there.
    Beginning,
    /// A space.
    Space,
    /// A word, without a space unless the text begins with one.
    Word,
}

/// A token of the vocabulary.
pub(crate) struct VocabularyEntry {
    /// The token as the tokenizer spells it, such as `##ing`.
    pub(crate) raw: String,
    /// The same decoded.
    pub(crate) piece: Piece,
    /// Whether the tokenizer marks it as special.
    pub(crate) special: bool,
}

/// A tokenizer that encodes every text as text, even `[SEP]`.
pub(crate) struct TextTokenizer {
    tokenizer: Tokenizer,
    format: PieceFormat,
    /// Whether a text begins with a space that is not typed.
    spaced_beginning: bool,
    /// The spellings of the special tokens.
    special: HashMap<TokenId, String>,
}

impl TextTokenizer {
    /// Prepares a tokenizer for use.
    ///
    /// # Errors
    /// What is not supported, as the end of a sentence.
    pub(crate) fn new(mut tokenizer: Tokenizer) -> Result<Self, String> {
        let unfit = |error: &dyn std::fmt::Display| format!("cannot be used: {error}");
        tokenizer
            .with_truncation(None)
            .map_err(|error| unfit(&error))?;
        tokenizer.with_padding(None);
        // Whatever a person types is text, even "[SEP]".
        tokenizer.set_encode_special_tokens(true);
        let format = PieceFormat::of(&tokenizer)?;
        let mut spaced_beginning = false;
        if format.keeps_spaces() {
            // Spaces are set here, since the tokenizer would put one before each part of a prompt.
            let mut pre_tokenizer = as_json(tokenizer.get_pre_tokenizer())?;
            let mut normalizer = as_json(tokenizer.get_normalizer())?;
            let splits = find(&pre_tokenizer, "WhitespaceSplit").is_some();
            spaced_beginning = take_prefix(&mut pre_tokenizer) | take_prefix(&mut normalizer);
            if splits && find(&pre_tokenizer, "Metaspace").is_some() {
                remove(&mut pre_tokenizer, &["WhitespaceSplit"]);
                normalizer = with_single_spaces(&normalizer);
            }
            remove(&mut normalizer, &["Strip", "Prepend"]);
            let parsed: Option<PreTokenizerWrapper> =
                serde_json::from_value(pre_tokenizer).map_err(|error| unfit(&error))?;
            tokenizer.with_pre_tokenizer(parsed);
            let parsed: Option<NormalizerWrapper> =
                serde_json::from_value(normalizer).map_err(|error| unfit(&error))?;
            tokenizer
                .with_normalizer(parsed)
                .map_err(|error| unfit(&error))?;
        }
        let added = tokenizer.get_added_tokens_decoder().into_iter();
        let special = added.filter(|(_, token)| token.special);
        Ok(Self {
            special: special
                .map(|(id, token)| (TokenId(id), token.content))
                .collect(),
            tokenizer,
            format,
            spaced_beginning,
        })
    }

    /// Whether pieces contain the spaces before words.
    pub(crate) fn keeps_spaces(&self) -> bool {
        self.format.keeps_spaces()
    }

    /// Whether the first word of a text is encoded like a word behind a space.
    pub(crate) fn spaced_beginning(&self) -> bool {
        self.spaced_beginning
    }

    /// The special tokens by role, as far as they are known. See [`Roles`].
    ///
    /// # Errors
    /// Which role no token has, as the end of a sentence.
    pub(crate) fn roles(&self, names: &SpecialTokenNames) -> Result<Roles, String> {
        Roles::find(&self.tokenizer, names)
    }

    /// All tokens in order; a number without a token has an empty special one.
    pub(crate) fn entries(&self) -> Vec<VocabularyEntry> {
        let vocabulary = self.tokenizer.get_vocab(true);
        let added = self.tokenizer.get_added_tokens_decoder();
        let size = vocabulary
            .values()
            .max()
            .map_or(0, |&last| last as usize + 1);
        let mut raw = vec![String::new(); size.min(vocabulary.len() * 2)];
        for (piece, id) in vocabulary {
            if let Some(place) = raw.get_mut(id as usize) {
                *place = piece;
            }
        }
        let entry = |(id, raw): (u32, String)| {
            let added = added.get(&id);
            let piece = match added {
                Some(_) => self.format.added(&raw),
                None => self.format.decode(&raw),
            };
            let special = raw.is_empty() || added.is_some_and(|token| token.special);
            VocabularyEntry {
                special: special || self.is_special_by_shape(&raw, added.is_some()),
                piece,
                raw,
            }
        };
        (0..).zip(raw).map(entry).collect()
    }

    /// Whether a token stands for no text although the tokenizer does not mark it as special: `[unused7]`,
    /// `<unused0>`, and the unused rows of fairseq's vocabularies.
    fn is_special_by_shape(&self, raw: &str, added: bool) -> bool {
        let inside = |open: char, close: char| {
            let rest = raw.strip_prefix(open)?.strip_suffix(close)?;
            Some(rest.trim_matches('|'))
        };
        let bracketed = inside('[', ']').or_else(|| inside('<', '>'));
        if !self.keeps_spaces() {
            return bracketed.is_some();
        }
        let Some(inner) = bracketed else {
            return raw.starts_with("madeupword") || raw.ends_with("NOTUSED");
        };
        let name = inner.to_lowercase();
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-/|".contains(c));
        let known = [
            "unused", "extra_id", "reserved", "special", "pad", "unk", "mask",
        ];
        is_name && (added || known.iter().any(|known| name.starts_with(known)))
    }

    /// The token of a piece as the tokenizer spells it.
    pub(crate) fn token(&self, raw: &str) -> Option<TokenId> {
        self.tokenizer.token_to_id(raw).map(TokenId)
    }

    /// A text as the model's input is normalised; a text that cannot be normalised as it is.
    pub(crate) fn normalized(&self, text: &str) -> String {
        let mut read = NormalizedString::from(text);
        if let Some(normalizer) = self.tokenizer.get_normalizer() {
            // A text that cannot be normalised is taken as it was typed.
            let _ = normalizer.normalize(&mut read);
        }
        read.get().to_owned()
    }

    /// The tokens of a text with their byte ranges in it. White space at the end is left out where pieces contain spaces.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub(crate) fn encode(&self, text: &str, left: Left) -> Result<Vec<TokenSpan>, PromptError> {
        if !self.keeps_spaces() {
            return self.spans(text, 0, 0);
        }
        let ended = text.trim_end();
        let begun = match left {
            Left::Word => ended,
            Left::Beginning | Left::Space => ended.trim_start(),
        };
        if begun.is_empty() {
            return Ok(Vec::new());
        }
        let offset = ended.len() - begun.len();
        if left == Left::Space || (left == Left::Beginning && self.spaced_beginning) {
            self.spans(&format!(" {begun}"), 1, offset)
        } else {
            self.spans(begun, 0, offset)
        }
    }

    /// The tokens of `text`, which has `extra` bytes at the beginning that are not typed, and stands at `offset` of what
    /// is typed.
    fn spans(
        &self,
        text: &str,
        extra: usize,
        offset: usize,
    ) -> Result<Vec<TokenSpan>, PromptError> {
        let encoding = self
            .tokenizer
            .encode(text, false)
            .map_err(|error| failed(&error))?;
        let mut before = 0;
        let span = |(&id, &(start, end)): (&u32, &(usize, usize))| {
            let inside = text.get(start..end).unwrap_or_default();
            let trimmed = if self.keeps_spaces() {
                inside.trim_start().len()
            } else {
                inside.len()
            };
            // A letter of several tokens belongs to the first of them.
            let start = (end - trimmed).max(before);
            before = end.max(before);
            TokenSpan {
                token: TokenId(id),
                start: offset + start.min(end).saturating_sub(extra),
                end: offset + end.saturating_sub(extra),
            }
        };
        let offsets = encoding.get_offsets().iter();
        let spans = encoding.get_ids().iter().zip(offsets).map(span);
        let mut all = Vec::with_capacity(spans.len());
        for span in spans {
            let typed = text.get(span.start + extra - offset..span.end + extra - offset);
            let special = self.special.get(&span.token);
            match special.filter(|name| name.chars().count() > 1 && Some(name.as_str()) == typed) {
                Some(name) => all.extend(self.spans_of_name(name, span.start)?),
                None => all.push(span),
            }
        }
        Ok(all)
    }

    /// The tokens of the name of a special token that somebody typed. A unigram model has it as one piece, which is cut
    /// behind its first letter.
    fn spans_of_name(&self, name: &str, offset: usize) -> Result<Vec<TokenSpan>, PromptError> {
        let first = name.chars().next().map_or(0, char::len_utf8);
        let (head, tail) = name.split_at(first);
        let mut spans = self.spans(head, 0, offset)?;
        spans.extend(self.spans(tail, 0, offset + first)?);
        Ok(spans)
    }
}

/// Logs an error of the tokenizer, and turns it into one for people.
fn failed(error: &tokenizers::Error) -> PromptError {
    tracing::error!(%error, "the tokenizer failed");
    PromptError::Tokenizer
}

/// Switches off the space before a text in a part of a tokenizer; returns whether it was on.
fn take_prefix(part: &mut Value) -> bool {
    match part {
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or("");
            let prefixed = match kind {
                "ByteLevel" => fields
                    .insert("add_prefix_space".to_owned(), false.into())
                    .is_some_and(|old| old == true),
                "Metaspace" => {
                    fields.remove("add_prefix_space");
                    let old = fields.insert("prepend_scheme".to_owned(), "never".into());
                    old.is_none_or(|old| old != "never")
                }
                "Prepend" => true,
                _ => false,
            };
            fields
                .values_mut()
                .fold(prefixed, |found, field| take_prefix(field) | found)
        }
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |found, item| take_prefix(item) | found),
        _ => false,
    }
}

/// Removes the members of sequences that are of one of these types; a part that is itself of such a type becomes `null`.
fn remove(part: &mut Value, kinds: &[&str]) {
    let is_removed = |part: &Value| {
        let kind = part.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| kinds.contains(&kind))
    };
    if is_removed(part) {
        *part = Value::Null;
        return;
    }
    match part {
        Value::Array(items) => {
            items.retain(|item| !is_removed(item));
            for item in items {
                remove(item, kinds);
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                remove(field, kinds);
            }
        }
        _ => {}
    }
}

/// A normalizer that ends with one space for each run of white space.
fn with_single_spaces(normalizer: &Value) -> Value {
    let single = json!({"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "});
    let both = [normalizer.clone(), single];
    let both: Vec<Value> = both.into_iter().filter(|part| !part.is_null()).collect();
    json!({"type": "Sequence", "normalizers": both})
}
