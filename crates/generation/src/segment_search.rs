//! Segment-wise best-of-n: each segment of a text is written several times, and the text goes on from the best.

use super::rerank::{Criterion, Reranking, SCORED_CONTEXT};
use super::{Draft, Generation, Params, Progress, Scores, Seed, StrategyOption, Turn};

/// Candidates per segment.
pub(super) const TRIES: StrategyOption<usize> = StrategyOption::integer(
    "tries",
    (1, 32),
    4,
    "How often each sentence is written; the one the model believes most stays.",
);
/// Weight of the unconditional score that is subtracted from a candidate's score.
pub(super) const TOPIC: StrategyOption<f64> = StrategyOption::real(
    "topic",
    (0.0, 1.0),
    0.4,
    "Penalty for sentences that would fit anywhere, when several candidates are compared.",
);

/// Maximum passes for a text of segments of at least `shortest` tokens. Each token is written once and scored twice;
/// so are the [`SCORED_CONTEXT`] tokens before each segment.
pub(super) fn passes(tokens: usize, tries: usize, shortest: usize) -> usize {
    tries * (3 * tokens + SCORED_CONTEXT * (tokens / shortest + 1))
}

/// Begins one candidate for the next segment of a draft. The number counts segments from 0; the seed is the
/// candidate's.
pub(super) type SegmentWriter = fn(&Draft, &Params, usize, Seed) -> Box<dyn Generation>;

/// Writes each segment several times and goes on from the candidate of the highest PLL-word-l2r, less the weighted
/// score of the segment on its own.
pub(super) struct SegmentSearch {
    params: Params,
    begin: SegmentWriter,
    /// Number of the current segment, from 0.
    segment: usize,
    /// The candidates for the current segment.
    candidates: Reranking,
    done: usize,
}

impl SegmentSearch {
    /// Writes the open positions of `draft`, in segments that `begin` writes.
    pub(super) fn new(draft: &Draft, params: &Params, begin: SegmentWriter) -> Self {
        Self {
            candidates: candidates(draft, params, begin, 0),
            params: params.clone(),
            begin,
            segment: 0,
            done: 0,
        }
    }
}

/// The candidates for the segment of `draft` with this number.
fn candidates(draft: &Draft, params: &Params, begin: SegmentWriter, segment: usize) -> Reranking {
    let tries = params.options.get(TRIES);
    let candidate = |number| {
        let seed = params.seed.variation(segment * tries + number);
        begin(draft, params, segment, seed)
    };
    let start = draft.open().first().copied().unwrap_or(0);
    let criterion = Criterion::likelihood(params.options.get(TOPIC), Vec::new());
    Reranking::new((0..tries).map(candidate).collect(), criterion).scoring_from(start)
}

impl Generation for SegmentSearch {
    fn ask(&mut self) -> Turn {
        loop {
            let turn = self.candidates.ask();
            if turn != Turn::Done || self.candidates.draft().open().is_empty() {
                return turn;
            }
            self.segment += 1;
            let draft = self.candidates.draft();
            self.candidates = candidates(draft, &self.params, self.begin, self.segment);
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.candidates.answer(scores);
        self.done += 1;
    }

    fn draft(&self) -> &Draft {
        self.candidates.draft()
    }

    fn progress(&self) -> Progress {
        let segment = self.candidates.progress();
        let open = self.draft().open().len();
        let left = (segment.of - segment.done).max(open);
        Progress {
            done: self.done,
            of: self.done + left,
        }
    }
}
