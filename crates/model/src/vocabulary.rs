//! Encoding of text as tokens and rendering of drafts as text. The only file that uses the tokenizer.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokenizers::{NormalizedString, Normalizer, Tokenizer};

use super::card::Card;
use super::detokenise::{Detokenizer, Piece, Span};
use super::encode_options::EncodeOptions;
use super::error::ModelError;
use super::prompt::{Prompt, PromptError, PromptSegment};
use super::token_kind::token_kind;
use generation::strategy::Task;
use generation::{
    Attention, Bans, Draft, PositionState, Segment, SpecialTokens, Steering, TokenId, TokenKind,
    TokenSpellings, TokenTable,
};

/// Marks the end of a word to be taken for the padding token where text is rewritten.
const PADDING: &str = "[PAD]";

/// A token and its byte range in a text.
pub(super) struct TokenSpan {
    pub(super) token: TokenId,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The vocabulary of a model: its word pieces and its tokenizer.
///
/// ```
/// use model::{Card, Vocabulary};
/// # use std::path::Path;
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/mouthpiece-mini");
/// let vocabulary = Vocabulary::load(&Card::read(Path::new(folder))?)?;
/// let tokens = vocabulary.encode("Stupendously")?;
/// let pieces: Vec<&str> = tokens.iter().map(|&token| vocabulary.piece(token)).collect();
/// assert_eq!(pieces.concat().replace("##", ""), "stupendously");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Vocabulary {
    tokenizer: Tokenizer,
    pieces: Vec<String>,
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
        let mut tokenizer: Tokenizer = card
            .tokenizer_json()?
            .parse()
            .map_err(|error| unfit(format!("is not a tokenizer: {error}")))?;
        tokenizer
            .with_truncation(None)
            .map_err(|error| unfit(format!("cannot be used: {error}")))?;
        tokenizer.with_padding(None);
        // Whatever a person types is text, even "[SEP]".
        tokenizer.set_encode_special_tokens(true);
        let pieces = pieces(&tokenizer);
        if pieces.len() != card.vocabulary {
            let problem = format!(
                "has {} pieces, the model {}; they do not belong together",
                pieces.len(),
                card.vocabulary
            );
            return Err(unfit(problem));
        }
        let special = special(&tokenizer, &path)?;
        let kinds = pieces.iter().map(|piece| token_kind(piece)).collect();
        Ok(Self {
            tokenizer,
            pieces,
            token_table: Arc::new(TokenTable::new(special, kinds, card.max_tokens)),
            attention_modes: card.attention_modes(),
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

    /// The tokens of a text, without special tokens. What the vocabulary cannot spell becomes `[UNK]`.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub fn encode(&self, text: &str) -> Result<Vec<TokenId>, PromptError> {
        let encoding = self.tokenizer.encode_fast(text, false);
        let encoding = encoding.map_err(|error| failed(&error))?;
        Ok(encoding.get_ids().iter().map(|&id| TokenId(id)).collect())
    }

    /// The word piece of a token, such as `##ing`.
    pub fn piece(&self, token: TokenId) -> &str {
        self.pieces.get(token.index()).map_or("", String::as_str)
    }

    /// The token of a word piece such as `##ing`; `None` for special tokens.
    pub fn token(&self, piece: &str) -> Option<TokenId> {
        let token = TokenId(self.tokenizer.token_to_id(piece)?);
        (self.token_table.kind(token) != TokenKind::Special).then_some(token)
    }

    /// The tokens of a word that must appear; `None` if the vocabulary cannot spell it.
    pub fn keyword(&self, word: &str) -> Option<Vec<TokenId>> {
        let tokens = self.encode(word).ok()?;
        let spelled = !tokens.contains(&self.token_table.special().unknown);
        (spelled && !tokens.is_empty()).then_some(tokens)
    }

    /// A text as banned words are matched against it: normalised like the model's input, in lower case, words separated by one
    /// space, without punctuation.
    pub fn plain(&self, text: &str) -> String {
        let mut read = NormalizedString::from(text);
        if let Some(normalizer) = self.tokenizer.get_normalizer() {
            // A text that cannot be normalised is matched as it was typed.
            let _ = normalizer.normalize(&mut read);
        }
        let lower = read.get().to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.join(" ")
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
            let plain = |piece: &String| self.plain(piece.strip_prefix("##").unwrap_or(piece));
            Arc::new(TokenSpellings::new(&self.token_table, pieces.map(plain)))
        });
        Bans::new(spelling, words.iter().map(String::as_str))
    }

    /// The suffix behind the text that steers it: the context, then the tags, ended like sentences.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub fn suffix(&self, steering: &Steering) -> Result<Vec<TokenId>, PromptError> {
        let both = [&steering.context, &steering.tags];
        let texts = both.into_iter().flatten().map(|text| text.trim());
        let ended = |text: &str| match text.chars().next_back() {
            None => String::new(),
            Some(c) if c.is_alphanumeric() => format!("{text}."),
            Some(_) => text.to_owned(),
        };
        let tokens: Result<Vec<_>, _> = texts.map(|text| self.encode(&ended(text))).collect();
        Ok(tokens?.concat())
    }

    /// The initial draft of a prompt.
    ///
    /// # Errors
    /// When the prompt is empty, all blanks, or too long for the model, or the tokenizer fails.
    pub fn draft(&self, prompt: &Prompt, options: &EncodeOptions) -> Result<Draft, PromptError> {
        let part = |segment: &PromptSegment| {
            Ok(match (segment, options.task) {
                (PromptSegment::Text(text), Task::Rewrite) => {
                    Segment::Rewritable(self.rewritable(text)?)
                }
                (PromptSegment::Text(text), _) => Segment::Given(self.encode(text)?),
                (PromptSegment::Blank(width), _) => Segment::Blank(*width),
            })
        };
        let parts: Result<Vec<Segment>, PromptError> = prompt.segments.iter().map(part).collect();
        let mut parts = parts?;
        let length = |part: &Segment| match part {
            Segment::Given(tokens) | Segment::Rewritable(tokens) => tokens.len(),
            Segment::Blank(_) | Segment::Region(_) => 0,
        };
        let given: usize = parts.iter().map(length).sum();
        let shown = match options.task {
            Task::Rewrite => given,
            Task::Continue | Task::Fill { .. } => given + options.suffix.len(),
        };
        match (shown, prompt.blanks()) {
            (0, 0) if !options.unprompted || options.task != Task::Continue => {
                return Err(PromptError::Empty);
            }
            (0, 1..) => return Err(PromptError::OnlyBlanks),
            _ => {}
        }
        let new = match options.task {
            Task::Continue => options.length.get() as usize,
            Task::Fill { .. } | Task::Rewrite => 0,
        };
        let widest = match options.task {
            Task::Fill { widest } => widest,
            Task::Continue | Task::Rewrite => 1,
        };
        let old = given + widest * prompt.blanks();
        let room = self.token_table.max_tokens() - Draft::MAX_QUERY_OVERHEAD;
        let most = room.saturating_sub(options.suffix.len());
        if options.suffix.len() > room / 2 {
            return Err(PromptError::SteeringTooLong {
                given: options.suffix.len(),
                most: room / 2,
            });
        }
        if old + new > most {
            return Err(PromptError::TooLong {
                prompt: old,
                new,
                most,
            });
        }
        if new > 0 {
            parts.push(Segment::Region(new));
        }
        Ok(Draft::new(Arc::clone(&self.token_table), &parts).with_suffix(options.suffix.clone()))
    }

    /// The tokens of a text that may be rewritten, in which `[PAD]` is the padding token.
    fn rewritable(&self, text: &str) -> Result<Vec<TokenId>, PromptError> {
        let pad = self.token_table.special().pad;
        let pieces: Result<Vec<Vec<TokenId>>, PromptError> = text
            .split(PADDING)
            .map(|piece| self.encode(piece))
            .collect();
        Ok(pieces?.join(&pad))
    }

    /// Each token of [`Vocabulary::rewritable`] as it was typed, with `##` where it continues a word.
    fn typed(&self, text: &str) -> Result<Vec<String>, PromptError> {
        let spelled = text.split(PADDING).map(|piece| {
            let spell = |at: TokenSpan| {
                let typed = piece.get(at.start..at.end).unwrap_or_default();
                let continues = self.token_table.kind(at.token) == TokenKind::Piece;
                format!("{}{typed}", if continues { "##" } else { "" })
            };
            Ok(self.token_spans(piece)?.into_iter().map(spell).collect())
        });
        let spelled: Result<Vec<Vec<String>>, PromptError> = spelled.collect();
        Ok(spelled?.join(&PADDING.to_owned()))
    }

    /// The tokens of a text with their byte ranges in it.
    ///
    /// # Errors
    /// [`PromptError::Tokenizer`] when the tokenizer fails.
    pub(super) fn token_spans(&self, text: &str) -> Result<Vec<TokenSpan>, PromptError> {
        let encoding = self.tokenizer.encode(text, false);
        let encoding = encoding.map_err(|error| failed(&error))?;
        let span = |(&id, &(start, end))| TokenSpan {
            token: TokenId(id),
            start,
            end,
        };
        let offsets = encoding.get_offsets().iter();
        Ok(encoding.get_ids().iter().zip(offsets).map(span).collect())
    }

    /// Renders a draft as text: the words of the prompt exactly as typed, written words assembled from their pieces.
    /// `draft` must come from [`Vocabulary::draft`] for the same `prompt`, in any state of completion.
    pub fn render(&self, prompt: &Prompt, draft: &Draft) -> Vec<Span> {
        let mut detokenizer = Detokenizer::knowing(prompt.text());
        let mut slots = draft.positions().iter().peekable();
        let region = prompt.segments.len();
        for part in 0..=region {
            let mut written = Vec::new();
            let mut given = true;
            while let Some(slot) = slots.next_if(|slot| slot.segment == part) {
                let kind = self.token_table.kind(slot.token);
                given &= slot.state == PositionState::Given;
                written.push(match slot.state {
                    PositionState::Written(_) | PositionState::Open
                        if kind == TokenKind::Special =>
                    {
                        Piece::Open
                    }
                    PositionState::Written(confidence) => {
                        Piece::Written(self.piece(slot.token), confidence)
                    }
                    PositionState::Open => Piece::Open,
                    PositionState::Given | PositionState::Fixed => {
                        Piece::Written(self.piece(slot.token), 1.0)
                    }
                });
            }
            match prompt.segments.get(part) {
                Some(PromptSegment::Text(text)) if given => detokenizer.given(text),
                Some(PromptSegment::Text(text)) => {
                    // A text whose draft exists was tokenized before; if it fails now, it is shown as the model spells it.
                    let typed = self.typed(text).unwrap_or_default();
                    let tokens = self.rewritable(text).unwrap_or_default();
                    detokenizer.region(&kept(&typed, &tokens, &written, self));
                }
                Some(PromptSegment::Blank(_)) => detokenizer.blank(&written),
                None => detokenizer.region(&written),
            }
        }
        // Brackets and quotation marks opened by the prompt are closed where the generated text ends.
        let written = draft.positions().last().map(|slot| slot.state);
        if matches!(written, Some(PositionState::Written(_))) && draft.open().is_empty() {
            detokenizer.close();
        }
        detokenizer.finish()
    }
}

/// Logs an error of the tokenizer, and turns it into one for people.
fn failed(error: &tokenizers::Error) -> PromptError {
    tracing::error!(%error, "the tokenizer failed");
    PromptError::Tokenizer
}

/// `written` with the words that are still those that were typed in their typed spelling.
fn kept<'a>(
    typed: &'a [String],
    tokens: &[TokenId],
    written: &[Piece<'a>],
    vocabulary: &Vocabulary,
) -> Vec<Piece<'a>> {
    let keep =
        |(index, piece): (usize, &Piece<'a>)| match (*piece, tokens.get(index), typed.get(index)) {
            (Piece::Written(now, confidence), Some(&token), Some(typed))
                if now == vocabulary.piece(token) =>
            {
                Piece::Written(typed, confidence)
            }
            (piece, _, _) => piece,
        };
    written.iter().enumerate().map(keep).collect()
}

fn pieces(tokenizer: &Tokenizer) -> Vec<String> {
    let vocabulary = tokenizer.get_vocab(true);
    let size = vocabulary
        .values()
        .max()
        .map_or(0, |&last| last as usize + 1);
    let mut pieces = vec![String::new(); size.min(vocabulary.len() * 2)];
    for (piece, id) in vocabulary {
        if let Some(place) = pieces.get_mut(id as usize) {
            *place = piece;
        }
    }
    pieces
}

fn special(tokenizer: &Tokenizer, path: &Path) -> Result<SpecialTokens, ModelError> {
    let id = |token: &str| {
        tokenizer
            .token_to_id(token)
            .map(TokenId)
            .ok_or_else(|| ModelError::Unfit {
                path: path.to_owned(),
                problem: format!("has no token {token}; only BERT vocabularies can be used"),
            })
    };
    Ok(SpecialTokens {
        pad: id("[PAD]")?,
        unknown: id("[UNK]")?,
        start: id("[CLS]")?,
        end: id("[SEP]")?,
        mask: id("[MASK]")?,
        full_stop: id(".")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::Length;
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
        let steering = Steering {
            tags,
            ..Steering::default()
        };
        assert_eq!(vocabulary.suffix(&steering), Err(PromptError::Tokenizer));
    }
}
