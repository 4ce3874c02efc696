//! How a text ends: with its last whole sentence, or wherever its room ends.

use super::{Draft, Generation, OptionSpec, Progress, Scores, Turn};

/// At most this share of the region is given up so that the text ends with a sentence.
const MAX_LOST_SHARE: f64 = 0.4;

/// The knob of that name, which every strategy has.
pub(super) const OPTION: OptionSpec = OptionSpec::choice(
    "ending",
    &["sentence", "none"],
    "Whether the text is cut after its last whole sentence, unless too much would be lost.",
);

/// Whether a text that is all written has no sentence to end with.
pub(super) fn ends_mid_sentence(draft: &Draft) -> bool {
    draft.open().is_empty()
        && !draft.region().is_empty()
        && draft.sentence_end(MAX_LOST_SHARE).is_none()
}

/// A generation whose finished text is cut after its last sentence.
pub(super) struct Truncation {
    inner: Box<dyn Generation>,
    finished: Option<Draft>,
}

impl Truncation {
    /// Lets `inner` write, then cuts.
    pub(super) fn new(inner: Box<dyn Generation>) -> Self {
        Self {
            inner,
            finished: None,
        }
    }
}

impl Generation for Truncation {
    fn ask(&mut self) -> Turn {
        let turn = self.inner.ask();
        if turn == Turn::Done && self.finished.is_none() {
            let mut draft = self.inner.draft().clone();
            draft.truncate_after_sentence(MAX_LOST_SHARE);
            self.finished = Some(draft);
        }
        turn
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.inner.answer(scores);
    }

    fn draft(&self) -> &Draft {
        self.finished.as_ref().unwrap_or(self.inner.draft())
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }
}
