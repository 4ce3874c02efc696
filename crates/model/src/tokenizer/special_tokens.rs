//! The special tokens of a vocabulary, by the role they have.

use std::collections::BTreeMap;
use std::path::Path;

use generation::TokenId;
use serde_json::Value;
use tokenizers::{ModelWrapper, Tokenizer};

/// Files beside a tokenizer that name special tokens, the most reliable first.
const FILES: [&str; 3] = [
    "special_tokens_map.json",
    "tokenizer_config.json",
    "config.json",
];
/// Largest file that is read, in bytes. Settings of tokenizers can list thousands of added tokens.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The role of a special token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Padding,
    Unknown,
    Start,
    End,
    Mask,
}

impl Role {
    const ALL: [Self; 5] = [
        Self::Padding,
        Self::Unknown,
        Self::Start,
        Self::End,
        Self::Mask,
    ];

    /// The keys of the role in files beside a tokenizer, without `_token` or `_token_id`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Padding => &["pad"],
            Self::Unknown => &["unk"],
            Self::Start => &["cls", "bos"],
            Self::End => &["sep", "eos"],
            Self::Mask => &["mask"],
        }
    }

    /// The spellings of the token in common vocabularies.
    fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Padding => &["[PAD]", "<pad>", "<|pad|>", "<|padding|>"],
            Self::Unknown => &["[UNK]", "<unk>", "<|unk|>"],
            Self::Start => &["[CLS]", "<s>", "<|begin_of_text|>", "<cls>", "<bos>"],
            Self::End => &["[SEP]", "</s>", "<|end_of_text|>", "<sep>", "<eos>"],
            Self::Mask => &["[MASK]", "<mask>", "<|mask|>"],
        }
    }
}

/// A special token as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TokenName {
    Content(String),
    Id(u32),
}

/// Special tokens by role, as the files beside a tokenizer name them. Empty if there are no such files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SpecialTokenNames(BTreeMap<Role, Vec<TokenName>>);

impl SpecialTokenNames {
    /// Reads `special_tokens_map.json`, `tokenizer_config.json` and `config.json` of a folder. A file that is missing,
    /// too large or no JSON object names nothing.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut names = Self::default();
        for file in FILES {
            let path = folder.join(file);
            let fits = std::fs::metadata(&path).is_ok_and(|it| it.len() <= MAX_FILE_BYTES);
            let text = fits.then(|| std::fs::read_to_string(&path).ok()).flatten();
            let fields = text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
            if let Some(fields) = fields {
                names.add(&fields);
            }
        }
        names
    }

    /// Adds the names in the fields of a file.
    fn add(&mut self, fields: &Value) {
        let content = |value: &Value| {
            let content = value.as_str().or_else(|| value["content"].as_str())?;
            Some(TokenName::Content(content.to_owned()))
        };
        let id = |value: &Value| {
            let id = u32::try_from(value.as_u64()?).ok()?;
            Some(TokenName::Id(id))
        };
        for role in Role::ALL {
            for key in role.keys() {
                let named = content(&fields[format!("{key}_token")]);
                let numbered = id(&fields[format!("{key}_token_id")]);
                let found = named.into_iter().chain(numbered);
                self.0.entry(role).or_default().extend(found);
            }
        }
    }
}

/// The special tokens of a tokenizer by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles {
    /// Padding, if there is any.
    pub(crate) padding: Option<TokenId>,
    /// What the vocabulary cannot spell, unless it spells everything.
    pub(crate) unknown: Option<TokenId>,
    /// Before every text.
    pub(crate) start: TokenId,
    /// After every text.
    pub(crate) end: TokenId,
    /// The mask.
    pub(crate) mask: TokenId,
}

impl Roles {
    /// Start and end are those of the post-processor, unknown is that of the model; otherwise a role has the token that
    /// `names` gives it, or the first of its common spellings that is in the vocabulary.
    ///
    /// # Errors
    /// Which role no token has, as the end of a sentence.
    pub(super) fn find(tokenizer: &Tokenizer, names: &SpecialTokenNames) -> Result<Self, String> {
        let known = |name: &TokenName| match name {
            TokenName::Content(content) => tokenizer.token_to_id(content),
            TokenName::Id(id) => tokenizer.id_to_token(*id).map(|_| *id),
        };
        let token = |role: Role| {
            let mut declared = names.0.get(&role).into_iter().flatten();
            let spelled = |spelling: &&str| tokenizer.token_to_id(spelling);
            let mut spellings = role.spellings().iter();
            let id = declared.find_map(known);
            let id = id.or_else(|| spellings.find_map(spelled));
            id.map(TokenId)
        };
        let needed = |role: Role, what: &str| {
            let spelling = role.spellings()[0];
            token(role).ok_or_else(|| {
                format!("has no token {what}, such as {spelling}; only masked models can be used")
            })
        };
        let processed = tokenizer.encode_fast("", true).ok();
        let processed: Vec<u32> = processed.map_or_else(Vec::new, |it| it.get_ids().to_vec());
        let (start, end) = match processed[..] {
            [start, end] => (TokenId(start), TokenId(end)),
            _ => (
                needed(Role::Start, "before every text")?,
                needed(Role::End, "after every text")?,
            ),
        };
        Ok(Self {
            padding: token(Role::Padding),
            unknown: unknown_of_model(tokenizer).or_else(|| token(Role::Unknown)),
            start,
            end,
            mask: needed(Role::Mask, "for a blank")?,
        })
    }
}

/// The token that the tokenizer's model writes for what it cannot spell, as far as the model tells it.
fn unknown_of_model(tokenizer: &Tokenizer) -> Option<TokenId> {
    let name = match tokenizer.get_model() {
        ModelWrapper::WordPiece(model) => Some(model.unk_token.as_str()),
        ModelWrapper::WordLevel(model) => Some(model.unk_token.as_str()),
        ModelWrapper::BPE(model) => model.get_unk_token().as_deref(),
        ModelWrapper::Unigram(_) => None,
    };
    tokenizer.token_to_id(name?).map(TokenId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A vocabulary whose special tokens have names of their own.
    fn tokenizer() -> Tokenizer {
        let content = json!({
            "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
            "pre_tokenizer": {"type": "Whitespace"}, "decoder": null,
            "added_tokens": [],
            "model": {"type": "WordPiece", "unk_token": "what", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {"nothing": 0, "what": 1, "begin": 2, "over": 3, "hole": 4, "cat": 5, "<s>": 6}},
        });
        content.to_string().parse().unwrap()
    }

    fn found(names: &[(&str, Value)]) -> Result<[Option<u32>; 5], String> {
        let folder = tempfile::tempdir().unwrap();
        for (file, fields) in names {
            std::fs::write(folder.path().join(file), fields.to_string()).unwrap();
        }
        let roles = Roles::find(&tokenizer(), &SpecialTokenNames::read(folder.path()))?;
        let id = |token: TokenId| Some(token.0);
        Ok([
            roles.padding.map(|it| it.0),
            roles.unknown.map(|it| it.0),
            id(roles.start),
            id(roles.end),
            id(roles.mask),
        ])
    }

    #[test]
    fn roles_are_named_by_the_files_beside_the_tokenizer() {
        let map = json!({"pad_token": "nothing", "cls_token": "begin", "sep_token": {"content": "over"},
            "mask_token": {"content": "hole", "lstrip": true}});
        let all = [Some(0), Some(1), Some(2), Some(3), Some(4)];
        assert_eq!(found(&[("special_tokens_map.json", map.clone())]), Ok(all));
        assert_eq!(found(&[("tokenizer_config.json", map)]), Ok(all));
        let numbers =
            json!({"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "mask_token_id": 4});
        assert_eq!(found(&[("config.json", numbers)]), Ok(all));
    }

    #[test]
    fn a_name_that_is_no_token_is_passed_over() {
        let wrong = json!({"mask_token": "[GAP]", "cls_token": null, "sep_token": 7});
        let right = json!({"mask_token_id": 4, "eos_token_id": 3, "pad_token_id": 99});
        let files = [("special_tokens_map.json", wrong), ("config.json", right)];
        let roles = [None, Some(1), Some(6), Some(3), Some(4)];
        assert_eq!(found(&files), Ok(roles), "<s> is a common spelling");
    }

    #[test]
    fn a_role_that_no_token_has_is_told() {
        let told = found(&[]).unwrap_err();
        assert!(
            told.starts_with("has no token after every text, such as [SEP]"),
            "{told}"
        );
        let ends = json!({"sep_token": "over"});
        let told = found(&[("special_tokens_map.json", ends)]).unwrap_err();
        assert!(
            told.starts_with("has no token for a blank, such as [MASK]"),
            "{told}"
        );
        let broken = tempfile::tempdir().unwrap();
        std::fs::write(broken.path().join("config.json"), "<html>").unwrap();
        assert_eq!(
            SpecialTokenNames::read(broken.path()),
            SpecialTokenNames::default()
        );
    }
}
