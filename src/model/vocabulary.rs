//! How text becomes tokens and tokens become text. The only file that knows the tokenizer.

use std::path::Path;
use std::sync::Arc;

use tokenizers::Tokenizer;

use super::detokenise::{Piece, Scribe};
use super::prompt::Stretch;
use super::{Card, ModelError, Prompt, PromptError, Span};
use crate::generation::{Draft, Kind, Length, Lexicon, Part, SlotState, Special, TokenId};

/// Words that every text repeats; they are exempt from the repetition penalty.
const FUNCTION_WORDS: &str = "a about after all also am an and any are as at be because been before but by can could did do does for from \
    had has have he her here him his how i if in into is it its just may me might more most must my no not now of on one only or other \
    our out over said shall she should so some such than that the their them then there these they this those to too under up upon us \
    very was we were what when where which while who whom whose why will with would you your s t re ll ve d m";

/// The word pieces of a model, both ways.
pub struct Vocabulary {
    tokenizer: Tokenizer,
    pieces: Vec<String>,
    lexicon: Arc<Lexicon>,
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
            lexicon: Arc::new(Lexicon::new(special, kinds, card.max_tokens)),
        })
    }

    /// The vocabulary as strategies see it.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
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

    /// A draft of a prompt, with room for `length` new tokens behind it if any are wanted.
    ///
    /// # Errors
    /// When the prompt is empty, all blanks, or too long for the model.
    pub fn draft(&self, prompt: &Prompt, length: Option<Length>) -> Result<Draft, PromptError> {
        let mut parts: Vec<Part> = prompt
            .stretches
            .iter()
            .map(|stretch| match stretch {
                Stretch::Text(text) => Part::Given(self.encode(text)),
                Stretch::Blank(width) => Part::Blank(*width),
            })
            .collect();
        let given: usize = parts
            .iter()
            .map(|part| {
                if let Part::Given(tokens) = part {
                    tokens.len()
                } else {
                    0
                }
            })
            .sum();
        match (given, prompt.blanks()) {
            (0, 0) => return Err(PromptError::Empty),
            (0, _) => return Err(PromptError::OnlyBlanks),
            _ => {}
        }
        let new = length.map_or(0, |length| length.get() as usize);
        let most = self.lexicon.max_tokens() - Draft::ROOM;
        if given + prompt.blanks() + new > most {
            return Err(PromptError::TooLong {
                prompt: given + prompt.blanks(),
                new,
                most,
            });
        }
        parts.extend(length.map(|length| Part::Region(length.get() as usize)));
        Ok(Draft::new(Arc::clone(&self.lexicon), &parts))
    }

    /// A draft as text: the prompt's words exactly as typed, the written ones put together from their pieces.
    /// `draft` is one that [`Vocabulary::draft`] made of `prompt`, however far it was written.
    pub fn render(&self, prompt: &Prompt, draft: &Draft) -> Vec<Span> {
        let mut scribe = Scribe::default();
        let mut slots = draft.slots().iter().peekable();
        let region = prompt.stretches.len();
        for part in 0..=region {
            let mut written = Vec::new();
            while let Some(slot) = slots.next_if(|slot| slot.part == part) {
                match slot.state {
                    SlotState::Given => {}
                    SlotState::Open => written.push(Piece::Open),
                    SlotState::Written(confidence) => {
                        written.push(Piece::Written(self.piece(slot.token), confidence));
                    }
                }
            }
            match prompt.stretches.get(part) {
                Some(Stretch::Text(text)) => scribe.given(text),
                Some(Stretch::Blank(_)) => scribe.blank(&written),
                None => scribe.region(&written),
            }
        }
        scribe.finish()
    }
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

fn special(tokenizer: &Tokenizer, path: &Path) -> Result<Special, ModelError> {
    let id = |token: &str| {
        tokenizer
            .token_to_id(token)
            .map(TokenId)
            .ok_or_else(|| ModelError::Unfit {
                path: path.to_owned(),
                problem: format!("has no token {token}; only BERT vocabularies can be used"),
            })
    };
    Ok(Special {
        pad: id("[PAD]")?,
        unknown: id("[UNK]")?,
        start: id("[CLS]")?,
        end: id("[SEP]")?,
        mask: id("[MASK]")?,
        full_stop: id(".")?,
    })
}

fn kind(piece: &str) -> Kind {
    match piece {
        "." | "!" | "?" => Kind::Stop,
        "," | ";" | ":" | "-" | "–" | "—" => Kind::Pause,
        "\"" => Kind::Quote,
        "(" | "[" | "{" | "“" | "‘" | "«" => Kind::Open,
        ")" | "]" | "}" | "”" | "»" => Kind::Close,
        _ if piece.is_empty() || (piece.starts_with('[') && piece.ends_with(']')) => Kind::Special,
        _ if piece.starts_with("##") => Kind::Piece,
        _ if !piece.chars().any(char::is_alphanumeric) => Kind::Sign,
        _ if FUNCTION_WORDS.split_whitespace().any(|word| word == piece) => Kind::FunctionWord,
        _ => Kind::Word,
    }
}
