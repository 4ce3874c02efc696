//! Makes the text behind the region steer more strongly: classifier-free guidance on a masked model.
//!
//! Every question is asked twice, with the tail visible (c) and with it masked (u); the logits become u + (w + 1)(c - u),
//! as LLaDA does with its prompt (Nie et al. 2025, arXiv:2502.09992; Ho and Salimans 2022, arXiv:2207.12598). The passes
//! double. Scores of given tokens are asked once, as they are: they measure the text, they do not write it.

use super::{
    Attention, Draft, Generation, Guess, LogitRow, OptionSpec, Progress, Query, Scores, TokenId,
    Turn, Want, reduce_logits,
};

/// The knob of that name, which every strategy has.
pub(super) const OPTION: OptionSpec = OptionSpec::real(
    "strength",
    (0.0, 5.0),
    "0",
    "How much more tags and context steer than the model takes them for; above 0 doubles the passes.",
);

/// A generation whose questions are answered with the tail made stronger.
pub(super) struct Guidance {
    inner: Box<dyn Generation>,
    suffix: Vec<TokenId>,
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
            suffix: draft.suffix().to_vec(),
            mask: draft.token_table().special().mask,
            weight: weight as f32,
            wants: Vec::new(),
            inner,
        }
    }

    /// The question without the tail. For a model that looks left, the tail is the first thing, and is left out. Else it
    /// is the last thing before the end mark, if there is one, and is masked.
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
        let place = |end: &usize| {
            let start = end.checked_sub(self.suffix.len())?;
            (unconditional.tokens[start..*end] == self.suffix[..]).then_some(start)
        };
        if let Some(start) = ends.iter().find_map(place) {
            unconditional.tokens[start..start + self.suffix.len()].fill(self.mask);
        }
        unconditional
    }

    fn guided(&self, conditional: &LogitRow, unconditional: &LogitRow, want: &Want) -> LogitRow {
        // Both hold the whole vocabulary in token order.
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
            let all = Query {
                want: Want::All,
                ..query
            };
            let unconditional = self.without_suffix(&all);
            asked.extend([all, unconditional]);
        }
        Turn::Ask(asked)
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let mut scores = scores.into_iter();
        let mut next = || scores.next().expect("one answer per question");
        let mut guided = Vec::new();
        for want in &self.wants {
            let conditional = next();
            if let Want::Named(_) = want {
                guided.push(conditional);
                continue;
            }
            let unconditional = next();
            let rows = conditional.rows.iter().zip(&unconditional.rows);
            let rows = rows
                .map(|(conditional, unconditional)| self.guided(conditional, unconditional, want));
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
