//! One generation after another: the second goes on with what the first wrote.

use super::{Draft, Generation, Progress, Scores, Turn};

/// What makes the second generation of the first one's draft.
type Then = Box<dyn FnOnce(Draft) -> Box<dyn Generation> + Send>;

/// Runs `now` to its end, then what `then` makes of its draft.
pub(super) struct Chained {
    now: Box<dyn Generation>,
    then: Option<Then>,
    before: Progress,
    /// Turns that the second is expected to take.
    expected: usize,
}

impl Chained {
    /// `expected` is how many turns the second part will about take.
    pub(super) fn new(
        first: Box<dyn Generation>,
        expected: usize,
        then: impl FnOnce(Draft) -> Box<dyn Generation> + Send + 'static,
    ) -> Self {
        Self {
            now: first,
            then: Some(Box::new(then)),
            before: Progress::default(),
            expected,
        }
    }
}

impl Generation for Chained {
    fn ask(&mut self) -> Turn {
        let turn = self.now.ask();
        if turn != Turn::Done {
            return turn;
        }
        let Some(then) = self.then.take() else {
            return Turn::Done;
        };
        self.before = self.now.progress();
        self.now = then(self.now.draft().clone());
        self.now.ask()
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.now.answer(scores);
    }

    fn draft(&self) -> &Draft {
        self.now.draft()
    }

    fn progress(&self) -> Progress {
        let now = self.now.progress();
        let later = self.then.as_ref().map_or(0, |_| self.expected);
        Progress {
            done: self.before.done + now.done,
            of: self.before.done + now.of + later,
        }
    }
}
