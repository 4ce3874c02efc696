//! Written tokens to words: the pieces of a word joined.

use std::borrow::Cow;
use std::collections::VecDeque;

use generation::Begins;

use crate::writing::{Writing, is_word_character};

/// A position of a text: open, or the letters that were written there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written<'a> {
    Open,
    Letters {
        letters: Cow<'a, str>,
        begins: Begins,
        /// 0 to 1.
        confidence: f32,
    },
}

/// A written word or punctuation mark, its pieces joined, or a run of open positions.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Open(usize),
    Text {
        text: String,
        confidence: f32,
        begins: Begins,
    },
}

/// Joins the pieces of words, and merges adjacent open positions.
pub(super) fn joined(pieces: &[Written<'_>], writing: Writing) -> VecDeque<Word> {
    let mut words: VecDeque<Word> = VecDeque::new();
    // White space that is a piece of its own stands before the next word.
    let mut spaced = false;
    for piece in pieces {
        let (letters, begins, confidence) = match piece {
            Written::Open => {
                match words.back_mut() {
                    Some(Word::Open(count)) => *count += 1,
                    _ => words.push_back(Word::Open(1)),
                }
                continue;
            }
            Written::Letters {
                letters,
                begins,
                confidence,
            } => (letters, *begins, *confidence),
        };
        if letters.trim().is_empty() {
            spaced |= begins == Begins::Spaced || !letters.is_empty();
            continue;
        }
        match words.back_mut() {
            Some(Word::Text {
                text,
                confidence: lowest,
                ..
            }) if begins == Begins::Joined && !spaced && continues(text, letters, writing) => {
                text.push_str(letters);
                *lowest = lowest.min(confidence);
            }
            _ => words.push_back(Word::Text {
                text: letters.to_string(),
                confidence,
                begins: match begins {
                    Begins::Joined if spaced => Begins::Spaced,
                    Begins::Joined if !writing.keeps_spaces() => Begins::Start,
                    begins => begins,
                },
            }),
        }
        spaced = false;
    }
    words
}

/// Whether `letters`, which follow `word` without a space, are part of it: always where pieces contain no spaces.
fn continues(word: &str, letters: &str, writing: Writing) -> bool {
    let parts = |c: char| is_word_character(c) && !writing.is_spaceless(c);
    !writing.keeps_spaces() || (word.ends_with(is_word_character) && letters.starts_with(parts))
}
