//! Writes a text piece by piece, each piece several times side by side, and goes on from the best.

use super::rerank::{Criterion, Reranking, TOKENS_BEFORE as BEFORE};
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
    tries * (3 * tokens + BEFORE * (tokens / shortest + 1))
}

/// Begins to write the piece of this number behind what is written, with a seed of its own.
pub(super) type Piece = fn(&Draft, &Params, usize, Seed) -> Box<dyn Generation>;

/// Writes each piece several times and goes on from the best by PLL-word-l2r, less what it would score anywhere.
pub(super) struct SegmentSearch {
    params: Params,
    begin: Piece,
    piece: usize,
    contest: Reranking,
    done: usize,
}

impl SegmentSearch {
    /// Writes the open positions of `draft`.
    pub(super) fn new(draft: &Draft, params: &Params, begin: Piece) -> Self {
        Self {
            contest: contest(draft, params, begin, 0),
            params: params.clone(),
            begin,
            piece: 0,
            done: 0,
        }
    }
}

/// One more piece for `draft`, as often as there are tries.
fn contest(draft: &Draft, params: &Params, begin: Piece, piece: usize) -> Reranking {
    let tries = params.options.whole(TRIES.name);
    let entry = |number| {
        let seed = params.seed.variation(piece * tries + number);
        begin(draft, params, piece, seed)
    };
    let from = draft.open().first().copied().unwrap_or(0);
    let judge = Criterion::for_readers(params.options.real(TOPIC.name), Vec::new());
    Reranking::new((0..tries).map(entry).collect(), judge).from(from)
}

impl Generation for SegmentSearch {
    fn ask(&mut self) -> Turn {
        loop {
            let turn = self.contest.ask();
            if turn != Turn::Done || self.contest.draft().open().is_empty() {
                return turn;
            }
            self.piece += 1;
            self.contest = contest(self.contest.draft(), &self.params, self.begin, self.piece);
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.contest.answer(scores);
        self.done += 1;
    }

    fn draft(&self) -> &Draft {
        self.contest.draft()
    }

    fn progress(&self) -> Progress {
        let piece = self.contest.progress();
        let open = self.draft().open().len();
        let left = (piece.of - piece.done).max(open);
        Progress {
            done: self.done,
            of: self.done + left,
        }
    }
}
