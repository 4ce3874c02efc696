//! The end of a text: after its last whole sentence, or at the end of the region.

use super::{Draft, Generation, Progress, Scores, StrategyOption, Turn};
use crate::option::option_choices;

/// Maximum share of the region that is cut off so that the text ends with a sentence.
const MAX_LOST_SHARE: f64 = 0.4;

option_choices! {
    /// Where a text ends.
    pub(super) enum Ending {
        /// After the last whole sentence, unless that would cut off more than [`MAX_LOST_SHARE`] of the region.
        Sentence = "sentence",
        /// At the end of the region.
        None = "none",
    }
}

/// The option `ending`, which every strategy has.
pub(super) const ENDING: StrategyOption<Ending> = StrategyOption::choice(
    "ending",
    "Whether the text is cut after its last whole sentence, unless too much would be lost.",
);

/// Whether `draft` is complete and has no sentence after which it could be cut.
pub(super) fn ends_mid_sentence(draft: &Draft) -> bool {
    draft.open().is_empty()
        && !draft.region().is_empty()
        && draft.sentence_end(MAX_LOST_SHARE).is_none()
}

/// A generation whose finished draft is cut after its last sentence.
pub(super) struct Truncation {
    inner: Box<dyn Generation>,
    /// The draft after the cut, once `inner` is done.
    finished: Option<Draft>,
}

impl Truncation {
    /// Wraps `inner`.
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
