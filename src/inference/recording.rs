//! A generation run again for its passes: every draft on the way, not only the newest.

use tokio::sync::oneshot;

use super::{Outcome, Owner, Pool, Refused};
use crate::generation::{Draft, Generation, Progress, Scores, Turn};

/// So many drafts are kept; of more, every second one is let go.
const MOST: usize = 512;

/// A draft on the way.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Sequences scored by then.
    pub passes: u64,
    /// The text as it stood.
    pub draft: Draft,
}

impl Pool {
    /// Runs `generation` until it has ended, or used up `passes`, and hands over its drafts: the one it begins with, those
    /// that differ from the one before, and the last. Dropping the future cancels it.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    ///
    /// The inner error is the reason why the model could not answer, for people.
    pub async fn record(
        &self,
        owner: Owner,
        generation: Box<dyn Generation>,
        passes: u64,
    ) -> Result<Result<Vec<Frame>, String>, Refused> {
        let (sender, receiver) = oneshot::channel();
        let reel = Reel::new(generation.draft().clone());
        let mut running = self.submit(
            owner,
            Box::new(Recording {
                generation,
                left: passes,
                reel,
                sender: Some(sender),
            }),
        )?;
        let reason = match running.finished().await.outcome {
            Outcome::Failed(reason) => reason,
            Outcome::Running | Outcome::Done => "the text was lost".to_owned(),
        };
        Ok(receiver.await.map_err(|_| reason))
    }
}

/// A generation whose drafts are kept.
struct Recording {
    generation: Box<dyn Generation>,
    left: u64,
    reel: Reel,
    sender: Option<oneshot::Sender<Vec<Frame>>>,
}

impl Generation for Recording {
    fn ask(&mut self) -> Turn {
        let turn = if self.left == 0 {
            Turn::Done
        } else {
            self.generation.ask()
        };
        if turn == Turn::Done
            && let Some(sender) = self.sender.take()
        {
            // Whoever asked may have gone away.
            let _ = sender.send(self.reel.finish(self.generation.draft()));
        }
        turn
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let passes = scores.len() as u64;
        self.left = self.left.saturating_sub(passes);
        self.generation.answer(scores);
        self.reel.add(passes, self.generation.draft());
    }

    fn draft(&self) -> &Draft {
        self.generation.draft()
    }

    fn progress(&self) -> Progress {
        self.generation.progress()
    }
}

/// The drafts that are kept, as far apart as their number requires.
struct Reel {
    frames: Vec<Frame>,
    passes: u64,
    turns: usize,
    stride: usize,
}

impl Reel {
    fn new(draft: Draft) -> Self {
        Self {
            frames: vec![Frame { passes: 0, draft }],
            passes: 0,
            turns: 0,
            stride: 1,
        }
    }

    fn add(&mut self, passes: u64, draft: &Draft) {
        self.passes += passes;
        self.turns += 1;
        if self.turns.is_multiple_of(self.stride) {
            self.keep(draft);
        }
    }

    fn keep(&mut self, draft: &Draft) {
        let last = self.frames.last().map(|frame| frame.draft.slots());
        if last == Some(draft.slots()) {
            return;
        }
        if self.frames.len() == MOST {
            let mut number = 0;
            self.frames.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.stride *= 2;
        }
        self.frames.push(Frame {
            passes: self.passes,
            draft: draft.clone(),
        });
    }

    fn finish(&mut self, draft: &Draft) -> Vec<Frame> {
        self.keep(draft);
        std::mem::take(&mut self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::toy::{ids, lexicon};
    use crate::generation::{Part, SlotState};

    fn draft(width: usize) -> Draft {
        Draft::new(lexicon(), &[Part::Region(width)])
    }

    #[test]
    fn drafts_that_changed_nothing_are_left_out() {
        let mut reel = Reel::new(draft(2));
        let mut written = draft(2);
        written.write(0, ids("cat")[0], 0.5);
        for (passes, draft) in [(1, &draft(2)), (2, &written), (1, &written)] {
            reel.add(passes, draft);
        }
        let frames = reel.finish(&written);
        let passes: Vec<u64> = frames.iter().map(|frame| frame.passes).collect();
        assert_eq!(passes, [0, 3]);
        assert!(matches!(
            frames[1].draft.slots()[0].state,
            SlotState::Written(_)
        ));
    }

    #[test]
    fn however_many_passes_there_are_the_first_and_the_last_draft_are_kept_and_not_too_many() {
        let mut reel = Reel::new(draft(1));
        let words = ids("cat fish");
        let mut written = draft(1);
        for turn in 0..5000 {
            written.write(0, words[turn % 2], turn as f32 / 5000.0);
            reel.add(1, &written);
        }
        written.write(0, words[0], 1.0);
        let frames = reel.finish(&written);
        assert!(
            (MOST / 2..=MOST).contains(&frames.len()),
            "{}",
            frames.len()
        );
        assert_eq!(frames[0].passes, 0);
        assert_eq!(frames.last().unwrap().draft.slots(), written.slots());
        let steps: Vec<u64> = frames
            .windows(2)
            .map(|pair| pair[1].passes - pair[0].passes)
            .collect();
        assert!(steps.iter().all(|&step| step <= 32), "{steps:?}");
    }
}
