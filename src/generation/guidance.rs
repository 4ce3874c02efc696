//! Makes the text behind the region steer more strongly: classifier-free guidance on a masked model.
//!
//! Every question is asked twice, with the tail visible (c) and with it masked (u); the logits become u + (w + 1)(c - u),
//! as LLaDA does with its prompt (Nie et al. 2025, arXiv:2502.09992; Ho and Salimans 2022, arXiv:2207.12598). The passes
//! double.

use super::{
    Draft, Generation, Guess, Knob, Progress, Query, Row, Scores, TokenId, Turn, Want, row_of,
};

/// The knob of that name, which every strategy has.
pub(super) const KNOB: Knob = Knob::real(
    "strength",
    (0.0, 5.0),
    "0",
    "How much more tags and context steer than the model takes them for; above 0 doubles the passes.",
);

/// A generation whose questions are answered with the tail made stronger.
pub(super) struct Guidance {
    inner: Box<dyn Generation>,
    tail: Vec<TokenId>,
    mask: TokenId,
    weight: f32,
    wants: Vec<Want>,
}

impl Guidance {
    /// `weight` is w: 0 changes nothing.
    pub(super) fn new(inner: Box<dyn Generation>, weight: f64) -> Self {
        let draft = inner.draft();
        #[expect(clippy::cast_possible_truncation, reason = "at most 5")]
        Self {
            tail: draft.tail().to_vec(),
            mask: draft.lexicon().special().mask,
            weight: weight as f32,
            wants: Vec::new(),
            inner,
        }
    }

    /// The question with the tail masked. The tail is the last thing before the end mark, if there is one.
    fn without_tail(&self, query: &Query) -> Query {
        let mut blind = query.clone();
        let length = blind.tokens.len();
        let ends = [length.saturating_sub(1), length];
        let place = |end: &usize| {
            let start = end.checked_sub(self.tail.len())?;
            (blind.tokens[start..*end] == self.tail[..]).then_some(start)
        };
        if let Some(start) = ends.iter().find_map(place) {
            blind.tokens[start..start + self.tail.len()].fill(self.mask);
        }
        blind
    }

    fn guided(&self, seen: &Row, blind: &Row, want: &Want) -> Row {
        // Both hold the whole vocabulary in token order.
        let guided = |(c, u): (&Guess, &Guess)| u.logit + (self.weight + 1.0) * (c.logit - u.logit);
        let logits: Vec<f32> = seen
            .guesses
            .iter()
            .zip(&blind.guesses)
            .map(guided)
            .collect();
        row_of(&logits, want)
    }
}

impl Generation for Guidance {
    fn ask(&mut self) -> Turn {
        let Turn::Ask(questions) = self.inner.ask() else {
            return Turn::Done;
        };
        self.wants = questions.iter().map(|query| query.want.clone()).collect();
        let twice = questions.into_iter().flat_map(|query| {
            let all = Query {
                want: Want::All,
                ..query
            };
            let blind = self.without_tail(&all);
            [all, blind]
        });
        Turn::Ask(twice.collect())
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let guided = scores.chunks_exact(2).zip(&self.wants).map(|(pair, want)| {
            let rows = pair[0].rows.iter().zip(&pair[1].rows);
            Scores {
                rows: rows
                    .map(|(seen, blind)| self.guided(seen, blind, want))
                    .collect(),
            }
        });
        let guided = guided.collect();
        self.inner.answer(guided);
    }

    fn draft(&self) -> &Draft {
        self.inner.draft()
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }
}
