//! How text becomes tokens and tokens become text. The only file that knows the tokenizer.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokenizers::{NormalizedString, Normalizer, Tokenizer};

use super::detokenise::{Piece, Scribe};
use super::prompt::Stretch;
use super::spelling::Located;
use super::{Card, ModelError, Prompt, PromptError, Span};
use generation::strategy::Task;
use generation::{
    Attention, Bans, Draft, Length, PositionState, Segment, SpecialTokens, Steering, TokenId,
    TokenKind, TokenSpellings, TokenTable,
};

/// Words that every text repeats; they are exempt from the repetition penalty.
const FUNCTION_WORDS: &str = "about after all also am any are be been before by can could did do does had has have her here him how in is it \
    just may me might more most must no not now on one only other out over said shall should so some such that \
    them then there these this those to too under up us was were what when where which while whom why will would \
    you";
/// Those that no sentence ends with.
const BOUND_WORDS: &str = "a an the and or but nor of at as for from with into upon if because whose my your our their its his than every \
    although though unless whether toward towards among amid via per he she i we they who very";
/// What may follow an apostrophe inside a word.
const CLITICS: [&str; 7] = ["s", "t", "re", "ll", "ve", "d", "m"];
/// Their full stop ends no sentence.
const TITLES: [&str; 8] = ["mr", "mrs", "ms", "dr", "st", "prof", "messrs", "vol"];
/// Marks the end of a word to be taken for the padding token where text is rewritten.
const PADDING: &str = "[PAD]";

/// How a prompt becomes a draft.
#[derive(Debug, Clone)]
pub struct EncodeOptions {
    /// What is done with the prompt.
    pub task: Task,
    /// How many new tokens are written behind it if it is continued.
    pub length: Length,
    /// What stands behind the text, by [`Vocabulary::suffix`].
    pub suffix: Vec<TokenId>,
    /// Whether there may be no prompt at all.
    pub unprompted: bool,
}

/// The word pieces of a model, both ways.
pub struct Vocabulary {
    tokenizer: Tokenizer,
    pieces: Vec<String>,
    token_table: Arc<TokenTable>,
    attention_modes: &'static [Attention],
    /// Made when something is banned for the first time.
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
        let mut tokenizer = Tokenizer::from_file(&path)
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
        let kinds = pieces.iter().map(|piece| kind(piece)).collect();
        Ok(Self {
            tokenizer,
            pieces,
            token_table: Arc::new(TokenTable::new(special, kinds, card.max_tokens)),
            attention_modes: card.attention_modes(),
            spelling: OnceLock::new(),
        })
    }

    /// The vocabulary as strategies see it.
    pub fn token_table(&self) -> &Arc<TokenTable> {
        &self.token_table
    }

    /// Which ways the model that speaks it can look.
    pub fn attention_modes(&self) -> &'static [Attention] {
        self.attention_modes
    }

    /// The tokens of a text, without special tokens. What the vocabulary cannot spell becomes `[UNK]`.
    pub fn encode(&self, text: &str) -> Vec<TokenId> {
        // Byte-level failures cannot happen with word pieces; nothing of the text is lost to the reader if one did.
        self.tokenizer
            .encode_fast(text, false)
            .map(|encoding| encoding.get_ids().iter().map(|&id| TokenId(id)).collect())
            .unwrap_or_default()
    }

    /// How a token is spelled in the vocabulary, such as `##ing`.
    pub fn piece(&self, token: TokenId) -> &str {
        self.pieces.get(token.index()).map_or("", String::as_str)
    }

    /// The token that is spelled so, such as `##ing`; none of the model's own marks.
    pub fn token(&self, piece: &str) -> Option<TokenId> {
        let token = TokenId(self.tokenizer.token_to_id(piece)?);
        (self.token_table.kind(token) != TokenKind::Special).then_some(token)
    }

    /// The tokens of a word that must appear; none if the vocabulary cannot spell it.
    pub fn keyword(&self, word: &str) -> Option<Vec<TokenId>> {
        let tokens = self.encode(word);
        let spelled = !tokens.contains(&self.token_table.special().unknown);
        (spelled && !tokens.is_empty()).then_some(tokens)
    }

    /// A text as banned words are looked for in it: as the model reads it, in lower case, with one space between words and
    /// without marks.
    pub fn plain(&self, text: &str) -> String {
        let mut read = NormalizedString::from(text);
        if let Some(normalizer) = self.tokenizer.get_normalizer() {
            // What cannot be normalised is looked at as it was typed.
            let _ = normalizer.normalize(&mut read);
        }
        let lower = read.get().to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.join(" ")
    }

    /// A list of words and phrases that must not be written; one with `*` at its end bans all that begins so.
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

    /// What stands behind the text to steer it: the context, then the tags, ended like sentences.
    pub fn suffix(&self, steering: &Steering) -> Vec<TokenId> {
        let both = [&steering.context, &steering.tags];
        let texts = both.into_iter().flatten().map(|text| text.trim());
        let ended = |text: &str| match text.chars().next_back() {
            None => String::new(),
            Some(c) if c.is_alphanumeric() => format!("{text}."),
            Some(_) => text.to_owned(),
        };
        texts.flat_map(|text| self.encode(&ended(text))).collect()
    }

    /// A draft of a prompt, laid out as wanted.
    ///
    /// # Errors
    /// When the prompt is empty, all blanks, or too long for the model.
    pub fn draft(&self, prompt: &Prompt, options: &EncodeOptions) -> Result<Draft, PromptError> {
        let part = |stretch: &Stretch| match (stretch, options.task) {
            (Stretch::Text(text), Task::Rewrite) => Segment::Rewritable(self.rewritable(text)),
            (Stretch::Text(text), _) => Segment::Given(self.encode(text)),
            (Stretch::Blank(width), _) => Segment::Blank(*width),
        };
        let mut parts: Vec<Segment> = prompt.stretches.iter().map(part).collect();
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
    fn rewritable(&self, text: &str) -> Vec<TokenId> {
        let pad = self.token_table.special().pad;
        let pieces: Vec<Vec<TokenId>> = text
            .split(PADDING)
            .map(|piece| self.encode(piece))
            .collect();
        pieces.join(&pad)
    }

    /// How each token of [`Vocabulary::rewritable`] was typed, with `##` where it continues a word.
    fn typed(&self, text: &str) -> Vec<String> {
        let spelled = text.split(PADDING).map(|piece| {
            let spell = |at: Located| {
                let typed = piece.get(at.start..at.end).unwrap_or_default();
                let continues = self.token_table.kind(at.token) == TokenKind::Piece;
                format!("{}{typed}", if continues { "##" } else { "" })
            };
            self.located(piece).into_iter().map(spell).collect()
        });
        spelled
            .collect::<Vec<Vec<String>>>()
            .join(&PADDING.to_owned())
    }

    /// The tokens of a text with their places in it.
    pub(super) fn located(&self, text: &str) -> Vec<Located> {
        let Ok(encoding) = self.tokenizer.encode(text, false) else {
            return Vec::new();
        };
        let offsets = encoding.get_offsets().iter();
        let located = |(&id, &(start, end))| Located {
            token: TokenId(id),
            start,
            end,
        };
        encoding
            .get_ids()
            .iter()
            .zip(offsets)
            .map(located)
            .collect()
    }

    /// A draft as text: the prompt's words exactly as typed, the written ones put together from their pieces.
    /// `draft` is one that [`Vocabulary::draft`] made of `prompt`, however far it was written.
    pub fn render(&self, prompt: &Prompt, draft: &Draft) -> Vec<Span> {
        let mut scribe = Scribe::knowing(prompt.text());
        let mut slots = draft.positions().iter().peekable();
        let region = prompt.stretches.len();
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
            match prompt.stretches.get(part) {
                Some(Stretch::Text(text)) if given => scribe.given(text),
                Some(Stretch::Text(text)) => {
                    let typed = self.typed(text);
                    scribe.region(&kept(&typed, &self.rewritable(text), &written, self));
                }
                Some(Stretch::Blank(_)) => scribe.blank(&written),
                None => scribe.region(&written),
            }
        }
        // What a prompt opened is closed where the text that follows it ends.
        let written = draft.positions().last().map(|slot| slot.state);
        if matches!(written, Some(PositionState::Written(_))) && draft.open().is_empty() {
            scribe.close();
        }
        scribe.finish()
    }
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

fn kind(piece: &str) -> TokenKind {
    match piece {
        "." | "!" | "?" => TokenKind::Stop,
        "," | ";" | ":" | "–" | "—" => TokenKind::Pause,
        "-" => TokenKind::Hyphen,
        "\"" => TokenKind::Quote,
        "(" | "[" | "{" | "“" | "‘" | "«" => TokenKind::Open,
        ")" | "]" | "}" | "”" | "»" => TokenKind::Close,
        _ if piece.is_empty() || (piece.starts_with('[') && piece.ends_with(']')) => {
            TokenKind::Special
        }
        _ if piece.starts_with("##") => TokenKind::Piece,
        "'" => TokenKind::Apostrophe,
        _ if CLITICS.contains(&piece) => TokenKind::Clitic,
        _ if TITLES.contains(&piece) => TokenKind::Title,
        _ if !piece.chars().any(char::is_alphanumeric) => TokenKind::Sign,
        _ if piece.chars().all(|c| c.is_ascii_digit()) => TokenKind::Number,
        _ if BOUND_WORDS.split_whitespace().any(|word| word == piece) => TokenKind::Bound,
        _ if piece.chars().count() == 1 => TokenKind::Letter,
        _ if FUNCTION_WORDS.split_whitespace().any(|word| word == piece) => TokenKind::FunctionWord,
        _ => TokenKind::Word,
    }
}
