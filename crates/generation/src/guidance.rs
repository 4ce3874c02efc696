//! Classifier-free guidance: strengthens the effect of the steering suffix on a masked model.
//!
//! Every query is asked twice, with the suffix visible (logits c) and masked (logits u); the logits become
//! u + (w + 1)(c - u), as LLaDA does with its prompt (Nie et al. 2025, arXiv:2502.09992; Ho and Salimans 2022,
//! arXiv:2207.12598). The number of passes doubles. Queries for named tokens are asked once, unguided: they measure the
//! text instead of writing it.

use super::{
    Attention, Draft, Generation, Guess, LogitRow, Progress, Query, Scores, StrategyOption,
    TokenId, Turn, Want, reduce_logits,
};

/// The option `strength`, which every strategy has: the weight w.
pub(super) const STRENGTH: StrategyOption<f64> = StrategyOption::real(
    "strength",
    (0.0, 5.0),
    0.0,
    "How much more tags and context steer than the model takes them for; above 0 doubles the passes.",
);

/// A generation whose queries are answered with guided logits.
pub(super) struct Guidance {
    inner: Box<dyn Generation>,
    suffix: Vec<TokenId>,
    mask: TokenId,
    weight: f32,
    /// The [`Query::want`] of each query of the current turn of `inner`.
    wants: Vec<Want>,
}

impl Guidance {
    /// Wraps `inner`; `weight` is w, and 0 changes nothing.
    pub(super) fn new(inner: Box<dyn Generation>, weight: f64) -> Self {
        let draft = inner.draft();
        #[expect(clippy::cast_possible_truncation, reason = "at most 5")]
        Self {
            suffix: draft.suffix().to_vec(),
            mask: draft.token_table().special().mask,
            weight: weight as f32,
            wants: Vec::new(),
            inner,
        }
    }

    /// `query` without the suffix. A causal query has the suffix behind its start token, where it is removed. In any
    /// other query the suffix stands before the end token, if there is one, and is masked.
    fn without_suffix(&self, query: &Query) -> Query {
        let mut unconditional = query.clone();
        if query.attention == Attention::Causal {
            unconditional.tokens.drain(1..=self.suffix.len());
            unconditional.asked = query
                .asked
                .iter()
                .map(|at| at - self.suffix.len())
                .collect();
            return unconditional;
        }
        let length = unconditional.tokens.len();
        let ends = [length.saturating_sub(1), length];
        let start_of_suffix = |end: &usize| {
            let start = end.checked_sub(self.suffix.len())?;
            (unconditional.tokens[start..*end] == self.suffix[..]).then_some(start)
        };
        if let Some(start) = ends.iter().find_map(start_of_suffix) {
            unconditional.tokens[start..start + self.suffix.len()].fill(self.mask);
        }
        unconditional
    }

    /// Both rows hold the whole vocabulary in token order.
    fn guided(&self, conditional: &LogitRow, unconditional: &LogitRow, want: &Want) -> LogitRow {
        let guided = |(c, u): (&Guess, &Guess)| u.logit + (self.weight + 1.0) * (c.logit - u.logit);
        let logits: Vec<f32> = conditional
            .guesses
            .iter()
            .zip(&unconditional.guesses)
            .map(guided)
            .collect();
        reduce_logits(&logits, want)
    }
}

impl Generation for Guidance {
    fn ask(&mut self) -> Turn {
        let Turn::Ask(queries) = self.inner.ask() else {
            return Turn::Done;
        };
        self.wants = queries.iter().map(|query| query.want.clone()).collect();
        let mut asked = Vec::new();
        for query in queries {
            if let Want::Named(_) = query.want {
                asked.push(query);
                continue;
            }
            let conditional = Query {
                want: Want::All,
                ..query
            };
            let unconditional = self.without_suffix(&conditional);
            asked.extend([conditional, unconditional]);
        }
        Turn::Ask(asked)
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let mut scores = scores.into_iter();
        let mut next = || scores.next().expect("one answer per query");
        let mut guided = Vec::new();
        for want in &self.wants {
            let conditional = next();
            if let Want::Named(_) = want {
                guided.push(conditional);
                continue;
            }
            let unconditional = next();
            let rows = conditional.rows.iter().zip(&unconditional.rows);
            let rows = rows.map(|(c, u)| self.guided(c, u, want));
            guided.push(Scores {
                rows: rows.collect(),
            });
        }
        self.inner.answer(guided);
    }

    fn draft(&self) -> &Draft {
        self.inner.draft()
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }
}
