//! The vocabulary of a model: its tokens, their classes, and their letters.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokenizers::Tokenizer;

use super::card::Card;
use super::error::ModelError;
use super::prompt::PromptError;
use super::token_kind::token_kind;
use super::tokenizer::{
    Left, Piece, Roles, SpecialTokenNames, TextTokenizer, VocabularyEntry, letters,
};
use super::writing::{Writing, is_word_character};
use generation::{
    Attention, Bans, Begins, Settings, SpecialTokens, TokenId, TokenKind, TokenSpellings,
    TokenTable,
};

/// Full stops of common scripts; the first that a vocabulary has is its full stop.
const FULL_STOPS: [&str; 4] = [".", "。", "।", "۔"];

/// What a vocabulary must know of its model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelLimits {
    /// Number of logits of a position. There may be more than tokens.
    pub(crate) vocabulary: usize,
    /// Maximum length of a sequence in tokens, special tokens included.
    pub(crate) max_tokens: usize,
    /// The attention directions.
    pub(crate) attention_modes: &'static [Attention],
}

/// The vocabulary of a model: its pieces and its tokenizer.
///
/// ```
/// use model::{Card, Vocabulary};
/// # use std::path::Path;
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/mouthpiece-mini");
/// let vocabulary = Vocabulary::load(&Card::read(Path::new(folder))?)?;
/// let tokens = vocabulary.encode("Stupendously")?;
/// let letters: Vec<&str> = tokens.iter().map(|&token| vocabulary.letters(token)).collect();
/// assert_eq!(letters.concat(), "stupendously");
/// assert!(vocabulary.continues(tokens[1]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Vocabulary {
    tokenizer: TextTokenizer,
    /// The tokens as the tokenizer spells them.
    raw: Vec<String>,
    pieces: Vec<Piece>,
    writing: Writing,
    token_table: Arc<TokenTable>,
    attention_modes: &'static [Attention],
    /// Built when a word is banned for the first time.
    spelling: OnceLock<Arc<TokenSpellings>>,
}

impl Vocabulary {
    /// Loads the tokenizer that a model's card names.
    ///
    /// # Errors
    /// When the file is missing, is no tokenizer, or does not belong to the model.
    pub fn load(card: &Card) -> Result<Self, ModelError> {
        let path = card.tokenizer()?;
        let unfit = |problem: String| ModelError::Unfit {
            path: path.clone(),
            problem,
        };
        let tokenizer: Tokenizer = card
            .tokenizer_json()?
            .parse()
            .map_err(|error| unfit(format!("is not a tokenizer: {error}")))?;
        let names = path.parent().map(SpecialTokenNames::read);
        let limits = ModelLimits {
            vocabulary: card.vocabulary,
            max_tokens: card.max_tokens,
            attention_modes: card.attention_modes(),
        };
        Self::from_tokenizer(tokenizer, &names.unwrap_or_default(), limits, &path)
    }

    /// The vocabulary of a tokenizer. `names` are its special tokens as the files beside it name them; `path` is the file
    /// that an error names.
    ///
    /// # Errors
    /// When the tokenizer cannot be used, or does not belong to the model.
    pub(crate) fn from_tokenizer(
        tokenizer: Tokenizer,
        names: &SpecialTokenNames,
        limits: ModelLimits,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let unfit = |problem: String| ModelError::Unfit {
            path: path.to_owned(),
            problem,
        };
        let tokenizer = TextTokenizer::new(tokenizer).map_err(unfit)?;
        let roles = tokenizer.roles(names).map_err(unfit)?;
        let mut entries = tokenizer.entries();
        let surplus = entries.iter().skip(limits.vocabulary);
        let mut used = [roles.start, roles.end, roles.mask].into_iter();
        if !surplus.clone().all(|entry| entry.special)
            || used.any(|token| token.index() >= limits.vocabulary)
        {
            let problem = format!(
                "has {} pieces, the model {}; they do not belong together",
                entries.len(),
                limits.vocabulary
            );
            return Err(unfit(problem));
        }
        // A special token that the model has no logits for is never used.
        entries.truncate(limits.vocabulary);
        let mut used = [roles.start, roles.end, roles.mask].into_iter();
        if used.any(|token| token.index() >= entries.len()) {
            let problem = "has ids far beyond its number of pieces; download it again";
            return Err(unfit(problem.to_owned()));
        }
        let special = special_tokens(roles, &mut entries, tokenizer.keeps_spaces());
        let words = entries.iter().filter(|entry| !entry.special);
        let writing = Writing::of(
            words.map(|entry| entry.piece.letters()),
            tokenizer.keeps_spaces(),
        );
        let kind = |(id, entry): (u32, &VocabularyEntry)| match &entry.piece {
            _ if entry.special => TokenKind::Special,
            _ if special.full_stop == Some(TokenId(id)) => TokenKind::Stop,
            piece => token_kind(piece, writing),
        };
        let kinds = (0..).zip(&entries).map(kind).collect();
        let begins = entries.iter().map(|entry| entry.piece.begins()).collect();
        let token_table = TokenTable::with_begins(special, kinds, begins, limits.max_tokens);
        let (raw, pieces) = entries
            .into_iter()
            .map(|entry| (entry.raw, entry.piece))
            .unzip();
        Ok(Self {
            tokenizer,
            raw,
            pieces,
            writing,
            token_table: Arc::new(token_table),
            attention_modes: limits.attention_modes,
            spelling: OnceLock::new(),
        })
    }

    /// The classes of all tokens, as strategies use them.
    pub fn token_table(&self) -> &Arc<TokenTable> {
        &self.token_table
    }

    /// The attention directions that the model supports.
    pub fn attention_modes(&self) -> &'static [Attention] {
        self.attention_modes
    }

    /// How texts of this vocabulary are written.
    pub(super) fn writing(&self) -> Writing {
        self.writing
    }

    /// The tokenizer.
    pub(super) fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// The tokens of a text, without special tokens. What the vocabulary cannot spell becomes its unknown token.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub fn encode(&self, text: &str) -> Result<Vec<TokenId>, PromptError> {
        self.encode_behind(Left::Beginning, text)
    }

    /// The tokens of a text with this on its left.
    pub(super) fn encode_behind(
        &self,
        left: Left,
        text: &str,
    ) -> Result<Vec<TokenId>, PromptError> {
        let spans = self.tokenizer.encode(text, left)?;
        Ok(spans.iter().map(|span| span.token).collect())
    }

    /// A token as the tokenizer spells it, such as `##ing` or `Ġsea`: for storing, not for people.
    pub fn piece(&self, token: TokenId) -> &str {
        self.raw.get(token.index()).map_or("", String::as_str)
    }

    /// The letters of a token, such as "ing" or "sea"; empty for a token that is no whole letter.
    pub fn letters(&self, token: TokenId) -> &str {
        self.pieces.get(token.index()).map_or("", Piece::letters)
    }

    /// The letters of each of `tokens` in a row, `None` where a position is open. A letter whose bytes are in several
    /// tokens belongs to the first of them.
    pub(super) fn letters_of(
        &self,
        tokens: impl Iterator<Item = Option<TokenId>>,
    ) -> Vec<Cow<'_, str>> {
        let pieces: Vec<Option<&Piece>> = tokens
            .map(|token| self.pieces.get(token?.index()))
            .collect();
        letters(&pieces)
    }

    /// The letters of each of `tokens` in a row. A letter whose bytes are in several tokens belongs to the first of them.
    pub fn letters_of_all(&self, tokens: &[TokenId]) -> Vec<String> {
        let letters = self.letters_of(tokens.iter().map(|&token| Some(token)));
        letters.into_iter().map(Cow::into_owned).collect()
    }

    /// Whether `token` continues the word before it.
    pub fn continues(&self, token: TokenId) -> bool {
        self.token_table.continues(token)
    }

    /// The token of a piece as the tokenizer spells it, such as `##ing`; `None` for special tokens.
    pub fn token(&self, piece: &str) -> Option<TokenId> {
        let token = self.tokenizer.token(piece)?;
        (self.token_table.kind(token) != TokenKind::Special).then_some(token)
    }

    /// The tokens of a word that must appear, as a word of its own inside a text; `None` if the vocabulary cannot spell it.
    pub fn keyword(&self, word: &str) -> Option<Vec<TokenId>> {
        // No space stands before a word of a script without spaces.
        let spaceless = word
            .trim_start()
            .starts_with(|c| self.writing.is_spaceless(c));
        let left = if spaceless { Left::Word } else { Left::Space };
        self.known(left, word)
    }

    /// The tokens of a word that follows the text on its left without a space; `None` if the vocabulary cannot spell it.
    pub fn joined_word(&self, word: &str) -> Option<Vec<TokenId>> {
        self.known(Left::Word, word)
    }

    /// The tokens of a word or a few, with one space between two, if the vocabulary can spell them.
    fn known(&self, left: Left, word: &str) -> Option<Vec<TokenId>> {
        let words: Vec<&str> = word.split_whitespace().collect();
        let tokens = self.encode_behind(left, &words.join(" ")).ok()?;
        let unknown = self.token_table.special().unknown;
        let spelled = unknown.is_none_or(|unknown| !tokens.contains(&unknown));
        (spelled && !tokens.is_empty()).then_some(tokens)
    }

    /// A text as banned words are matched against it: normalised like the model's input, in lower case, words separated by
    /// one space, without punctuation. Each letter of a script without spaces is a word.
    pub fn plain(&self, text: &str) -> String {
        let mut plain = String::new();
        let mut separated = false;
        for c in self.tokenizer.normalized(text).to_lowercase().chars() {
            let alone = self.writing.is_spaceless(c);
            separated |= alone || !is_word_character(c);
            if is_word_character(c) {
                if separated && !plain.is_empty() {
                    plain.push(' ');
                }
                plain.push(c);
                separated = alone;
            }
        }
        plain
    }

    /// [`Vocabulary::plain`] letters of a piece, with a space where it begins or ends with a mark.
    fn plain_piece(&self, letters: &str) -> String {
        let plain = self.plain(letters);
        let parts = |c: Option<char>| {
            c.is_some_and(|c| !is_word_character(c) || self.writing.is_spaceless(c))
        };
        if plain.is_empty() {
            return plain;
        }
        let before = if parts(letters.chars().next()) {
            " "
        } else {
            ""
        };
        let after = if parts(letters.chars().next_back()) {
            " "
        } else {
            ""
        };
        format!("{before}{plain}{after}")
    }

    /// Compiles a list of banned words and phrases; an entry that ends with `*` bans every word with that prefix.
    pub fn bans(&self, words: &[String]) -> Bans {
        if words.is_empty() {
            return Bans::default();
        }
        let plain = |word: &String| {
            let stem = if word.trim_end().ends_with('*') {
                "*"
            } else {
                ""
            };
            self.plain(word) + stem
        };
        let words: Vec<String> = words.iter().map(plain).collect();
        let spelling = self.spelling.get_or_init(|| {
            let pieces = self.pieces.iter();
            let plain = |piece: &Piece| self.plain_piece(piece.letters());
            Arc::new(TokenSpellings::new(&self.token_table, pieces.map(plain)))
        });
        Bans::new(spelling, words.iter().map(String::as_str))
    }

    /// The suffix behind the text that steers it: the context, then the tags, ended like sentences.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub fn suffix(&self, settings: &Settings) -> Result<Vec<TokenId>, PromptError> {
        let both = [&settings.context, &settings.tags];
        let texts = both.into_iter().flatten().map(|text| text.trim());
        let full_stop = self.token_table.special().full_stop;
        let full_stop = full_stop.map_or("", |token| self.letters(token));
        let ended = |text: &str| match text.chars().next_back() {
            None => String::new(),
            Some(c) if c.is_alphanumeric() => format!("{text}{full_stop}"),
            Some(_) => text.to_owned(),
        };
        let tokens: Result<Vec<_>, _> = texts
            .map(|text| self.encode_behind(Left::Space, &ended(text)))
            .collect();
        Ok(tokens?.concat())
    }
}

/// The special tokens of these roles, which are marked as special among all `entries`, and the full stop.
fn special_tokens(
    roles: Roles,
    entries: &mut [VocabularyEntry],
    keeps_spaces: bool,
) -> SpecialTokens {
    let known = |token: &TokenId| token.index() < entries.len();
    let pad = roles.padding.filter(known).unwrap_or(roles.mask);
    let unknown = roles.unknown.filter(known);
    for token in [pad, roles.start, roles.end, roles.mask]
        .into_iter()
        .chain(unknown)
    {
        entries[token.index()].special = true;
    }
    SpecialTokens {
        pad,
        unknown,
        start: roles.start,
        end: roles.end,
        mask: roles.mask,
        full_stop: full_stop(entries, keeps_spaces),
    }
}

/// The first of [`FULL_STOPS`] that is a token, without a space if there are two.
fn full_stop(entries: &[VocabularyEntry], keeps_spaces: bool) -> Option<TokenId> {
    // Where pieces contain no spaces, a joined one is a part of a word: "##.".
    let preferred = if keeps_spaces {
        [Begins::Joined, Begins::Spaced]
    } else {
        [Begins::Start; 2]
    };
    let find = |stop: &str, begins: Begins| {
        let is_stop = |entry: &VocabularyEntry| {
            !entry.special && entry.piece.begins() == begins && entry.piece.letters() == stop
        };
        (0..)
            .zip(entries)
            .find_map(|(id, entry)| is_stop(entry).then_some(TokenId(id)))
    };
    FULL_STOPS
        .into_iter()
        .find_map(|stop| preferred.into_iter().find_map(|begins| find(stop, begins)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeOptions, Prompt};
    use generation::Length;
    use generation::strategy::Task;
    use sha2::{Digest, Sha256};

    /// A tokenizer that fails on every unknown word, because its vocabulary lacks the token for it.
    const WITHOUT_UNKNOWN: &str = r###"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
        "pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
        "model":{"type":"WordPiece","unk_token":"[NONE]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
        "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,".":5,"cat":6}}}"###;

    fn vocabulary() -> Vocabulary {
        let folder = tempfile::tempdir().unwrap();
        let digest = Sha256::digest(WITHOUT_UNKNOWN.as_bytes());
        let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let card = format!(
            r#"{{"name":"m","summary":"s","origin":"o","licence":"l","vocabulary":7,"max_tokens":64,
            "tokenizer":{{"file":"t.json","sha256":"{}"}},"graphs":{{}}}}"#,
            digits.concat()
        );
        std::fs::write(folder.path().join("card.json"), card).unwrap();
        std::fs::write(folder.path().join("t.json"), WITHOUT_UNKNOWN).unwrap();
        Vocabulary::load(&Card::read(folder.path()).unwrap()).unwrap()
    }

    #[test]
    fn a_failure_of_the_tokenizer_is_an_error_and_not_an_empty_prompt() {
        let vocabulary = vocabulary();
        let options = EncodeOptions {
            task: Task::Continue,
            length: Length::try_from(5.0).unwrap(),
            suffix: Vec::new(),
            unprompted: true,
        };
        let draft = |text: &str| vocabulary.draft(&Prompt::parse(text), &options);
        assert_eq!(draft("cat").unwrap().len(), 6);
        assert_eq!(draft("zebra").unwrap_err(), PromptError::Tokenizer);
        assert_eq!(vocabulary.spelled("zebra"), Err(PromptError::Tokenizer));
        assert_eq!(vocabulary.keyword("zebra"), None);
        let tags = Some("zebra".to_owned());
        let steering = Settings {
            tags,
            ..Settings::default()
        };
        assert_eq!(vocabulary.suffix(&steering), Err(PromptError::Tokenizer));
    }

    #[test]
    fn the_embedded_vocabulary_is_english_in_lower_case_and_its_foreign_signs_have_no_rules() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/mouthpiece-mini");
        let vocabulary = Vocabulary::load(&Card::read(Path::new(folder)).unwrap()).unwrap();
        assert_eq!(vocabulary.writing, Writing::default());
        let table = vocabulary.token_table();
        let kind = |piece: &str| table.kind(vocabulary.token(piece).unwrap());
        assert_eq!(table.stops().len(), 3);
        assert_eq!(kind("。"), TokenKind::Sign);
        assert_eq!(kind("中"), TokenKind::Letter);
        assert_eq!(kind("##ing"), TokenKind::Piece);
        assert_eq!(vocabulary.token("[unused7]"), None);
        let special = table
            .tokens()
            .filter(|&token| table.kind(token) == TokenKind::Special);
        assert_eq!(special.count(), 999);
        for token in table
            .tokens()
            .filter(|&token| table.kind(token) != TokenKind::Special)
        {
            let raw = vocabulary.piece(token);
            let continues = raw.starts_with("##") && raw.len() > 2;
            assert_eq!(vocabulary.continues(token), continues, "{raw}");
            assert_eq!(
                vocabulary.letters(token),
                raw.strip_prefix("##").unwrap_or(raw)
            );
        }
    }
}
