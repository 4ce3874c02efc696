//! Writes a text piece by piece, each piece several times side by side, and goes on from the best.

use super::rerank::{Criterion, Reranking, SCORED_CONTEXT};
use super::{Draft, Generation, OptionSpec, Params, Progress, Scores, Seed, Turn};

/// How often each piece is written.
pub(super) const TRIES: OptionSpec = OptionSpec::whole(
    "tries",
    (1, 32),
    "4",
    "How often each sentence is written; the one the model believes most stays.",
);
/// What a piece must say here that it would not say anywhere.
pub(super) const TOPIC: OptionSpec = OptionSpec::real(
    "topic",
    (0.0, 1.0),
    "0.4",
    "With several tries, how much a sentence counts less that would fit anywhere.",
);

/// At most so many passes for a text of pieces that have at least `shortest` tokens: each token is written once and scored
/// twice, and so are the few tokens before each piece.
pub(super) fn passes(tokens: usize, tries: usize, shortest: usize) -> usize {
    tries * (3 * tokens + SCORED_CONTEXT * (tokens / shortest + 1))
}

/// Begins to write the piece of this number behind what is written, with a seed of its own.
pub(super) type SegmentWriter = fn(&Draft, &Params, usize, Seed) -> Box<dyn Generation>;

/// Writes each piece several times and goes on from the best by PLL-word-l2r, less what it would score anywhere.
pub(super) struct SegmentSearch {
    params: Params,
    begin: SegmentWriter,
    segment: usize,
    round: Reranking,
    done: usize,
}

impl SegmentSearch {
    /// Writes the open positions of `draft`.
    pub(super) fn new(draft: &Draft, params: &Params, begin: SegmentWriter) -> Self {
        Self {
            round: round(draft, params, begin, 0),
            params: params.clone(),
            begin,
            segment: 0,
            done: 0,
        }
    }
}

/// One more piece for `draft`, as often as there are tries.
fn round(draft: &Draft, params: &Params, begin: SegmentWriter, segment: usize) -> Reranking {
    let tries = params.options.whole(TRIES.name);
    let candidate = |number| {
        let seed = params.seed.variation(segment * tries + number);
        begin(draft, params, segment, seed)
    };
    let from = draft.open().first().copied().unwrap_or(0);
    let criterion = Criterion::likelihood(params.options.real(TOPIC.name), Vec::new());
    Reranking::new((0..tries).map(candidate).collect(), criterion).from(from)
}

impl Generation for SegmentSearch {
    fn ask(&mut self) -> Turn {
        loop {
            let turn = self.round.ask();
            if turn != Turn::Done || self.round.draft().open().is_empty() {
                return turn;
            }
            self.segment += 1;
            self.round = round(self.round.draft(), &self.params, self.begin, self.segment);
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.round.answer(scores);
        self.done += 1;
    }

    fn draft(&self) -> &Draft {
        self.round.draft()
    }

    fn progress(&self) -> Progress {
        let segment = self.round.progress();
        let open = self.draft().open().len();
        let left = (segment.of - segment.done).max(open);
        Progress {
            done: self.done,
            of: self.done + left,
        }
    }
}
