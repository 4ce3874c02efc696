//! The trace of a generation: its intermediate drafts, recorded while it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{JobHandle, Outcome, Owner, Pool, SubmitError};
use generation::{Draft, Generation, Position, Progress, Scores, Turn};

/// Maximum number of drafts in a trace; every second one is dropped when there are more.
const MAX_DRAFTS: usize = 512;
/// Maximum number of positions in all differences of a trace.
const MAX_POSITIONS: usize = 16_384;

/// One draft of a trace.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Sequences scored before it.
    pub passes: u64,
    /// The text at that time.
    pub draft: Draft,
}

/// The drafts of a generation so far: the first one, and each that differs from the one before it. A trace grows while the
/// generation runs and can be read at any time; clones share their drafts.
#[derive(Debug, Clone)]
pub struct Trace(Arc<Mutex<Drafts>>);

impl Trace {
    pub(crate) fn new(first: Draft) -> Self {
        Self(Arc::new(Mutex::new(Drafts::new(first))))
    }

    /// The drafts so far, oldest first.
    pub fn frames(&self) -> Vec<Frame> {
        self.lock().frames()
    }

    /// Approximate memory use in bytes.
    pub fn bytes(&self) -> usize {
        self.lock().bytes()
    }

    /// An independent copy with the drafts up to a number of `passes`, ended by `last`.
    #[must_use]
    pub fn until(&self, passes: u64, last: &Draft) -> Self {
        let mut drafts = self.lock().clone();
        drafts.end(passes, last);
        Self(Arc::new(Mutex::new(drafts)))
    }

    /// Ignores poisoning: a panic while the lock is held loses one draft at most.
    fn lock(&self) -> MutexGuard<'_, Drafts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// Submits a generation like [`Pool::submit`] and records its drafts; the generation ends once it has used `passes`.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    pub fn submit_traced(
        &self,
        owner: Owner,
        generation: Box<dyn Generation>,
        passes: Option<u64>,
    ) -> Result<(JobHandle, Trace), SubmitError> {
        let trace = Trace::new(generation.draft().clone());
        let recording = Traced {
            generation,
            left: passes.unwrap_or(u64::MAX),
            trace: trace.clone(),
        };
        Ok((self.submit(owner, Box::new(recording))?, trace))
    }

    /// Runs `generation` until it ends or has used `passes`, and returns its trace. Dropping the future cancels it.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    ///
    /// The inner error is the reason why the model could not answer, as a sentence for people.
    pub async fn record(
        &self,
        owner: Owner,
        generation: Box<dyn Generation>,
        passes: u64,
    ) -> Result<Result<Vec<Frame>, String>, SubmitError> {
        let (mut running, trace) = self.submit_traced(owner, generation, Some(passes))?;
        Ok(match running.finished().await.outcome {
            Outcome::Failed(reason) => Err(reason),
            Outcome::Running => Err("the text was lost".to_owned()),
            Outcome::Done => Ok(trace.frames()),
        })
    }
}

/// A generation whose drafts are recorded.
struct Traced {
    generation: Box<dyn Generation>,
    /// Passes that remain.
    left: u64,
    trace: Trace,
}

impl Generation for Traced {
    fn ask(&mut self) -> Turn {
        let turn = if self.left == 0 {
            Turn::Done
        } else {
            self.generation.ask()
        };
        if turn == Turn::Done {
            self.trace.lock().keep(self.generation.draft());
        }
        turn
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let passes = scores.len() as u64;
        self.left = self.left.saturating_sub(passes);
        self.generation.answer(scores);
        self.trace.lock().add(passes, self.generation.draft());
    }

    fn draft(&self) -> &Draft {
        self.generation.draft()
    }

    fn progress(&self) -> Progress {
        self.generation.progress()
    }
}

/// The recorded drafts: the first one, and the difference of each further one from its predecessor.
#[derive(Debug, Clone)]
struct Drafts {
    first: Draft,
    /// The positions of the newest recorded draft.
    newest: Vec<Position>,
    changes: Vec<Change>,
    passes: u64,
    turns: usize,
    /// Only every turn whose number is a multiple of this is recorded.
    stride: usize,
}

/// The difference of two drafts: `positions` replaces all but the first `before` and the last `behind` positions.
#[derive(Debug, Clone)]
struct Change {
    passes: u64,
    before: usize,
    behind: usize,
    positions: Box<[Position]>,
}

impl Change {
    fn between(passes: u64, old: &[Position], new: &[Position]) -> Self {
        let same = |(old, new): &(&Position, &Position)| old == new;
        let before = old.iter().zip(new).take_while(same).count();
        let (old, rest) = (&old[before..], &new[before..]);
        let backwards = old.iter().rev().zip(rest.iter().rev());
        let behind = backwards.take_while(same).count();
        Self {
            passes,
            before,
            behind,
            positions: rest[..rest.len() - behind].into(),
        }
    }

    fn apply(&self, positions: &mut Vec<Position>) {
        let end = positions.len() - self.behind;
        positions.splice(self.before..end, self.positions.iter().copied());
    }
}

impl Drafts {
    fn new(first: Draft) -> Self {
        Self {
            newest: first.positions().to_vec(),
            first,
            changes: Vec::new(),
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
        if self.newest == draft.positions() {
            return;
        }
        self.push(self.passes, draft.positions());
        while self.changes.len() >= MAX_DRAFTS
            || self.positions_kept() > MAX_POSITIONS && self.changes.len() > 1
        {
            self.thin_out();
        }
    }

    fn push(&mut self, passes: u64, positions: &[Position]) {
        let change = Change::between(passes, &self.newest, positions);
        self.changes.push(change);
        positions.clone_into(&mut self.newest);
    }

    fn thin_out(&mut self) {
        let frames = self.frames();
        self.forget();
        // Counted from the end, so that the newest one stays.
        let far = frames.len() - 1;
        let kept = (1..=far).filter(|number| (far - number).is_multiple_of(2));
        for number in kept {
            self.push(frames[number].passes, frames[number].draft.positions());
        }
        self.stride *= 2;
    }

    fn forget(&mut self) {
        self.changes.clear();
        self.first.positions().clone_into(&mut self.newest);
    }

    fn end(&mut self, passes: u64, last: &Draft) {
        let frames = self.frames();
        self.forget();
        for frame in &frames[1..] {
            if frame.passes <= passes {
                self.push(frame.passes, frame.draft.positions());
            }
        }
        self.passes = passes;
        self.keep(last);
    }

    fn bytes(&self) -> usize {
        let positions = self.first.len() + self.newest.len() + self.positions_kept();
        size_of::<Self>()
            + positions * size_of::<Position>()
            + self.changes.len() * size_of::<Change>()
    }

    fn positions_kept(&self) -> usize {
        self.changes
            .iter()
            .map(|change| change.positions.len())
            .sum()
    }

    fn frames(&self) -> Vec<Frame> {
        let frame = |passes, draft| Frame { passes, draft };
        let mut positions = self.first.positions().to_vec();
        let mut frames = vec![frame(0, self.first.clone())];
        for change in &self.changes {
            change.apply(&mut positions);
            frames.push(frame(
                change.passes,
                self.first.with_positions(positions.clone()),
            ));
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::testing::{ids, token_table};
    use generation::{PositionState, Segment};

    fn draft(width: usize) -> Draft {
        Draft::new(token_table(), &[Segment::Region(width)])
    }

    fn written(words: &str) -> Draft {
        let mut draft = draft(3);
        for (position, token) in ids(words).into_iter().enumerate() {
            draft.write(position, token, 0.5);
        }
        draft
    }

    fn passes(frames: &[Frame]) -> Vec<u64> {
        frames.iter().map(|frame| frame.passes).collect()
    }

    #[test]
    fn drafts_that_changed_nothing_are_left_out() {
        let mut drafts = Drafts::new(draft(2));
        let mut written = draft(2);
        written.write(0, ids("cat")[0], 0.5);
        for (passes, draft) in [(1, &draft(2)), (2, &written), (1, &written)] {
            drafts.add(passes, draft);
        }
        drafts.keep(&written);
        let frames = drafts.frames();
        assert_eq!(passes(&frames), [0, 3]);
        assert!(matches!(
            frames[1].draft.positions()[0].state,
            PositionState::Written(_)
        ));
    }

    #[test]
    fn every_draft_comes_back_as_it_was_however_it_grew_or_shrank() {
        let mut cut = written("cat fish");
        cut.truncate(2);
        let stages = [
            written("cat"),
            written("cat fish"),
            written("cat fish cat"),
            written("fish fish cat"),
            written("cat"),
            cut.clone(),
            cut.resized(0, 3),
        ];
        let mut drafts = Drafts::new(draft(3));
        for stage in &stages {
            drafts.add(1, stage);
        }
        let frames = drafts.frames();
        assert_eq!(frames.len(), 1 + stages.len());
        for (frame, stage) in frames[1..].iter().zip(&stages) {
            assert_eq!(frame.draft.positions(), stage.positions());
        }
    }

    #[test]
    fn however_many_passes_there_are_the_first_and_the_last_draft_are_kept_and_not_too_many() {
        let mut drafts = Drafts::new(draft(1));
        let words = ids("cat fish");
        let mut written = draft(1);
        for turn in 0..5000 {
            written.write(0, words[turn % 2], turn as f32 / 5000.0);
            drafts.add(1, &written);
        }
        written.write(0, words[0], 1.0);
        drafts.keep(&written);
        let frames = drafts.frames();
        assert!(
            (MAX_DRAFTS / 2..=MAX_DRAFTS).contains(&frames.len()),
            "{}",
            frames.len()
        );
        assert_eq!(frames[0].passes, 0);
        assert_eq!(
            frames.last().unwrap().draft.positions(),
            written.positions()
        );
        let steps: Vec<u64> = frames
            .windows(2)
            .map(|pair| pair[1].passes - pair[0].passes)
            .collect();
        assert!(steps.iter().all(|&step| step <= 32), "{steps:?}");
    }

    #[test]
    fn of_a_long_text_that_changes_everywhere_fewer_drafts_are_kept() {
        let mut drafts = Drafts::new(draft(300));
        let (words, mut written) = (ids("cat fish"), draft(300));
        for turn in 0..400 {
            for position in 0..300 {
                written.write(position, words[turn % 2], turn as f32 / 400.0);
            }
            drafts.add(1, &written);
        }
        assert!(
            drafts.positions_kept() <= MAX_POSITIONS,
            "{}",
            drafts.positions_kept()
        );
        assert!(drafts.frames().len() > 20, "{}", drafts.frames().len());
    }

    #[test]
    fn a_trace_cut_short_holds_the_drafts_so_far_and_grows_no_more() {
        let trace = Trace::new(draft(3));
        for words in ["cat", "cat fish", "cat fish cat"] {
            trace.lock().add(1, &written(words));
        }
        let ended = trace.until(2, &written("fish fish"));
        trace.lock().add(1, &written("fish"));
        let frames = ended.frames();
        assert_eq!(passes(&frames), [0, 1, 2, 2]);
        assert_eq!(
            frames[3].draft.positions(),
            written("fish fish").positions()
        );
        assert_eq!(trace.until(2, &written("cat fish")).frames().len(), 3);
    }
}
