//! A sequence of two generations: the second continues from the draft of the first.

use super::{Draft, Generation, Progress, Scores, Turn};

/// Begins the second generation from the draft of the first.
type BeginNext = Box<dyn FnOnce(Draft) -> Box<dyn Generation> + Send>;

/// Runs one generation to its end, then another on its draft.
pub(super) struct Chained {
    current: Box<dyn Generation>,
    /// `None` once the second generation runs.
    begin_next: Option<BeginNext>,
    /// Progress of the first generation, once it is done.
    completed: Progress,
    /// Turns that the second generation is expected to take.
    expected: usize,
}

impl Chained {
    /// Runs `first`, then what `begin_next` makes of its draft, which takes about `expected` turns.
    pub(super) fn new(
        first: Box<dyn Generation>,
        expected: usize,
        begin_next: impl FnOnce(Draft) -> Box<dyn Generation> + Send + 'static,
    ) -> Self {
        Self {
            current: first,
            begin_next: Some(Box::new(begin_next)),
            completed: Progress::default(),
            expected,
        }
    }
}

impl Generation for Chained {
    fn ask(&mut self) -> Turn {
        let turn = self.current.ask();
        if turn != Turn::Done {
            return turn;
        }
        let Some(begin_next) = self.begin_next.take() else {
            return Turn::Done;
        };
        self.completed = self.current.progress();
        self.current = begin_next(self.current.draft().clone());
        self.current.ask()
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.current.answer(scores);
    }

    fn draft(&self) -> &Draft {
        self.current.draft()
    }

    fn progress(&self) -> Progress {
        let current = self.current.progress();
        let later = self.begin_next.as_ref().map_or(0, |_| self.expected);
        Progress {
            done: self.completed.done + current.done,
            of: self.completed.done + current.of + later,
        }
    }
}
