//! Gibbs sampling: resample one position after another, all others given.
//!
//! Wang and Cho 2019, "BERT has a Mouth, and It Must Speak" (arXiv:1902.04094), with the settings behind their released
//! samples: start from masks, 500 iterations for 40 tokens, the first half from the whole vocabulary, then top-k 100,
//! temperature 1. The number of iterations scales with the length. In their erratum the authors withdraw the claim that
//! this samples from a Markov random field. Deviation: special tokens and dangling word pieces are never drawn.

use super::{Strategy, prefer};
use crate::generation::{
    Draft, Generation, Knob, KnobKind, Params, Progress, Sampling, Scores, TopK, Turn, Want, Writer,
};

/// Iterations per token: 500 for 40 tokens in the paper's code, and 300 for 40 when all are drawn at once.
const ONE_AT_A_TIME: f64 = 12.5;
const ALL_AT_ONCE: f64 = 7.5;

/// The strategy `gibbs`.
pub(super) struct Gibbs;

impl Strategy for Gibbs {
    fn name(&self) -> &'static str {
        "gibbs"
    }

    fn summary(&self) -> &'static str {
        "Redraws words in random order again and again, as in \"BERT has a Mouth, and It Must Speak\"."
    }

    fn sampling(&self) -> Sampling {
        prefer(1.0, 100, 1.0)
    }

    fn knobs(&self) -> &'static [Knob] {
        &[
            Knob {
                name: "mode",
                summary: "One random position a turn, one after another from the left, or all at once.",
                kind: KnobKind::Choice(&["parallel-sequential", "sequential", "parallel"]),
                default: "parallel-sequential",
            },
            Knob {
                name: "iterations",
                summary: "How many turns; 0 scales the paper's with the length.",
                kind: KnobKind::Whole(0, 5000),
                default: "0",
            },
            Knob {
                name: "burn-in",
                summary: "Share of the turns that draw from the whole vocabulary.",
                kind: KnobKind::Real(0.0, 1.0),
                default: "0.5",
            },
        ]
    }

    fn begin(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        Box::new(Chain::new(draft, params))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    ParallelSequential,
    Sequential,
    Parallel,
}

struct Chain {
    writer: Writer,
    mode: Mode,
    free: Vec<usize>,
    iterations: usize,
    burn_in: usize,
    sampling: Sampling,
    done: usize,
    /// The positions of the current turn.
    turn: Vec<usize>,
}

impl Chain {
    fn new(draft: Draft, params: &Params) -> Self {
        let free = draft.free();
        let mode = match params.knobs.choice("mode") {
            "sequential" => Mode::Sequential,
            "parallel" => Mode::Parallel,
            _ => Mode::ParallelSequential,
        };
        let scaled = |each: f64| (each * free.len() as f64).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand at most"
        )]
        let paper = match mode {
            Mode::ParallelSequential => scaled(ONE_AT_A_TIME) as usize,
            Mode::Parallel => scaled(ALL_AT_ONCE) as usize,
            Mode::Sequential => free.len(),
        };
        let iterations = match (mode, params.knobs.whole("iterations")) {
            (Mode::Sequential, _) | (_, 0) => paper,
            (_, given) => given,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the iterations"
        )]
        let burn_in = (params.knobs.real("burn-in") * iterations as f64) as usize;
        let mut chain = Self {
            writer: Writer::new(draft, params),
            mode,
            free,
            iterations,
            burn_in,
            sampling: params.sampling,
            done: 0,
            turn: Vec::new(),
        };
        chain.next_turn();
        chain
    }

    /// Settles which positions are resampled next. A position never visited when the turns run out is visited then, so
    /// that no mask is left in the text; the paper's budget leaves one in some 3,700 tokens.
    fn next_turn(&mut self) {
        self.turn = match self.mode {
            _ if self.free.is_empty() => Vec::new(),
            _ if self.done >= self.iterations => {
                self.writer.draft.open().into_iter().take(1).collect()
            }
            Mode::ParallelSequential => vec![self.free[self.writer.dice.below(self.free.len())]],
            Mode::Sequential => vec![self.free[self.done]],
            Mode::Parallel => self.free.clone(),
        };
    }

    fn sampling_now(&self) -> Sampling {
        let everything = TopK::try_from(0.0).expect("0 switches top-k off");
        if self.done < self.burn_in {
            Sampling {
                top_k: everything,
                ..self.sampling
            }
        } else {
            self.sampling
        }
    }
}

impl Generation for Chain {
    fn ask(&mut self) -> Turn {
        if self.turn.is_empty() {
            return Turn::Done;
        }
        let want = if self.done < self.burn_in {
            Want::All
        } else {
            self.writer.want()
        };
        let mut question = self.writer.draft.question(&self.turn, want);
        if self.mode != Mode::Parallel {
            // In the parallel mode a position sees its own word, as in the paper's code.
            let mask = self.writer.draft.lexicon().special().mask;
            question
                .asked
                .iter()
                .for_each(|&place| question.tokens[place] = mask);
        }
        Turn::Ask(vec![question])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let sampling = self.sampling_now();
        for (position, row) in std::mem::take(&mut self.turn)
            .into_iter()
            .zip(&scores[0].rows)
        {
            let choice = self.writer.choose_with(sampling, position, row);
            self.writer.put(position, choice);
        }
        self.done += 1;
        self.next_turn();
    }

    fn draft(&self) -> &Draft {
        &self.writer.draft
    }

    fn progress(&self) -> Progress {
        let of = if self.turn.is_empty() {
            self.done
        } else {
            self.iterations
                .max(self.done + self.writer.draft.open().len())
        };
        Progress {
            done: self.done,
            of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::toy::{drive, ids, lexicon, params_for, row, words};
    use crate::generation::{Part, Query};

    fn chain(options: &str, region: usize) -> Vec<Query> {
        let draft = Draft::new(
            lexicon(),
            &[Part::Given(ids("the cat")), Part::Region(region)],
        );
        drive(
            &mut *Gibbs.begin(draft, &params_for(&Gibbs, options, 1)),
            |_, _| row("bird dog fish and"),
        )
    }

    #[test]
    fn forty_tokens_take_the_papers_500_iterations_and_burn_in() {
        let asked = chain("", 40);
        assert_eq!(asked.len(), 500);
        assert_eq!(
            asked.iter().filter(|query| query.want == Want::All).count(),
            250
        );
        assert!(asked.iter().all(|query| query.asked.len() == 1));
    }

    #[test]
    fn one_position_is_masked_and_all_others_are_seen() {
        let asked = chain("", 3);
        let last = asked.last().unwrap();
        let masks = words(&last.tokens).matches("[MASK]").count();
        assert_eq!(masks, 1, "{}", words(&last.tokens));
    }

    #[test]
    fn sequential_goes_once_from_the_left_with_all_masks_ahead() {
        let asked: Vec<_> = chain("mode=sequential burn-in=0", 3)
            .iter()
            .map(|query| words(&query.tokens))
            .collect();
        assert_eq!(asked.len(), 3);
        assert_eq!(asked[0], "[CLS] the cat [MASK] [MASK] [MASK] [SEP]");
        assert!(
            asked[2].ends_with(" [MASK] [SEP]") && !asked[2].contains("[MASK] [MASK]"),
            "{}",
            asked[2]
        );
    }

    #[test]
    fn parallel_redraws_everything_300_times_for_forty_tokens_without_masking() {
        let asked = chain("mode=parallel", 40);
        assert_eq!(asked.len(), 300);
        assert!(asked.iter().all(|query| query.asked.len() == 40));
        assert!(!words(&asked[1].tokens).contains("[MASK]"));
    }

    #[test]
    fn a_short_chain_still_fills_every_position() {
        let draft = Draft::new(lexicon(), &[Part::Region(20)]);
        let mut generation = Gibbs.begin(draft, &params_for(&Gibbs, "iterations=3", 1));
        drive(&mut *generation, |_, _| row("bird dog"));
        assert!(generation.draft().open().is_empty());
    }
}
