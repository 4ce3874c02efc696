//! The passes of an animation, and the selection of those that get a frame.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::ImageError;

/// The text after one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct AnimationPass {
    /// The number of the pass, from 1. Passes without changes may be left out.
    pub number: usize,
    /// All words in the order of the text. A word has the same index in all passes.
    pub words: Vec<AnimationWord>,
}

/// A word, a part of a word, or a punctuation mark.
#[derive(Debug, Clone, PartialEq)]
pub struct AnimationWord {
    /// The letters; empty for an open position.
    pub text: String,
    /// Whether a space precedes the word.
    pub spaced: bool,
    /// The state of the word in this pass.
    pub state: WordState,
}

/// The state of a word in one pass. The numbers are the model's confidence, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WordState {
    /// The word is part of the prompt.
    Given,
    /// The position is open: not yet written, or masked again.
    Open,
    /// The word was written in an earlier pass.
    Written(f32),
    /// The word was written in this pass, at an open position.
    New(f32),
    /// The word was written in this pass, in place of another word.
    Replaced(f32),
}

impl AnimationWord {
    /// Fails if the confidence is not a finite number.
    pub(super) fn check(&self) -> Result<(), ImageError> {
        match self.state {
            WordState::Written(confidence)
            | WordState::New(confidence)
            | WordState::Replaced(confidence)
                if !confidence.is_finite() =>
            {
                let what = format!("the confidence of “{}”", self.text);
                Err(ImageError::NotFinite(what))
            }
            _ => Ok(()),
        }
    }
}

/// At most `maximum` passes at even distances, the last one included. Each merges the passes since the previous one, so
/// that no new or replaced word is lost.
pub(super) fn sample_passes(
    passes: &[AnimationPass],
    maximum: usize,
) -> Vec<Cow<'_, AnimationPass>> {
    let count = passes.len().min(maximum);
    (0..count)
        .map(|index| {
            let start = index * passes.len() / count;
            let end = (index + 1) * passes.len() / count;
            merge(&passes[start..end])
        })
        .collect()
}

/// The last pass of a non-empty run of passes, with the words marked that changed since before the first one.
fn merge(passes: &[AnimationPass]) -> Cow<'_, AnimationPass> {
    let (last, earlier) = passes
        .split_last()
        .expect("there are no more runs than passes, so none is empty");
    let changes = changes(earlier);
    if changes.is_empty() {
        return Cow::Borrowed(last);
    }
    let mut pass = last.clone();
    for (index, word) in pass.words.iter_mut().enumerate() {
        word.state = match (word.state, changes.get(&index)) {
            (
                WordState::Written(confidence) | WordState::New(confidence),
                Some(WordState::Replaced(_)),
            ) => WordState::Replaced(confidence),
            (WordState::Written(confidence), Some(_)) => WordState::New(confidence),
            (state, _) => state,
        };
    }
    Cow::Owned(pass)
}

/// The indices of the words that any of `passes` wrote. A replacement wins over a new word.
fn changes(passes: &[AnimationPass]) -> HashMap<usize, WordState> {
    let mut changes: HashMap<usize, WordState> = HashMap::new();
    for (index, word) in passes.iter().flat_map(|pass| pass.words.iter().enumerate()) {
        match word.state {
            WordState::New(_) => {
                changes.entry(index).or_insert(word.state);
            }
            WordState::Replaced(_) => {
                changes.insert(index, word.state);
            }
            _ => {}
        }
    }
    changes
}

/// The finished text: the same words, none of them marked as new or replaced.
pub(super) fn without_changes(pass: &AnimationPass) -> AnimationPass {
    let mut pass = pass.clone();
    for word in &mut pass.words {
        if let WordState::New(confidence) | WordState::Replaced(confidence) = word.state {
            word.state = WordState::Written(confidence);
        }
    }
    pass
}
