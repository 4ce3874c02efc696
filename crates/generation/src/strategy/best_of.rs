//! Best-of-n: several drafts written side by side, of which the one that the model finds most probable is kept.
//!
//! Reranking by pseudo-log-likelihood is Salazar et al. 2020 (arXiv:1910.14659); within-word left-to-right scores are
//! Kauf and Ivanova 2023 (arXiv:2305.10588). Likelihood alone rewards repetition, since each copy predicts the other,
//! so repeated four-grams count against a draft.

use super::{About, Strategy, causal, lookahead, sampling};
use crate::option::option_choices;
use crate::rerank::{Criterion, Reranking};
use crate::{Draft, Generation, OptionSpec, OptionValues, Params, Sampling, StrategyOption};

option_choices! {
    /// The strategy that writes the drafts.
    enum Drafter {
        /// The strategy `lookahead`, with a single candidate per sentence.
        Lookahead = "lookahead",
        /// The strategy `causal`, with a single candidate per segment.
        Causal = "causal",
    }
}

const DRAFTS: StrategyOption<usize> =
    StrategyOption::integer("drafts", (2, 32), 8, "How many texts are written for one.");
const DRAFTER: StrategyOption<Drafter> = StrategyOption::choice(
    "drafter",
    "The strategy that writes them: lookahead, or causal, which draws at 0.7.",
)
.with_aliases(&[("student", "causal")]);

/// The strategy `best-of`.
pub(super) struct BestOfStrategy;

impl Strategy for BestOfStrategy {
    fn name(&self) -> &'static str {
        "best-of"
    }

    fn summary(&self) -> &'static str {
        "Writes several texts as lookahead does, and keeps the one the model believes most."
    }

    fn about(&self) -> About {
        About {
            how: "It writes several drafts side by side as lookahead does. Then it hides each written token in turn and asks \
                  how probable it was. The draft with the best score per word wins; repeated four-grams and missing \
                  keywords count against it.",
            source: "Salazar et al. 2020 (arXiv:1910.14659); scores within words from Kauf & Ivanova 2023 \
                     (arXiv:2305.10588). The weight of repetition is ours.",
            when: "When one text is to be as good as possible and may take several times as long.",
        }
    }

    fn sampling(&self, options: &OptionValues) -> Sampling {
        // A higher temperature than for a single text, since bad drafts are discarded.
        match options.get(DRAFTER) {
            Drafter::Lookahead => sampling(0.9, 40, 0.95),
            Drafter::Causal => sampling(0.7, 40, 0.95),
        }
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[DRAFTS.spec(), DRAFTER.spec()] }
    }

    fn needs_causal_model(&self, options: &OptionValues) -> bool {
        options.get(DRAFTER) == Drafter::Causal
    }

    fn uses_keywords(&self) -> bool {
        true
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        2 * tokens * options.get(DRAFTS)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let candidate = |number| {
            let params = Params {
                seed: params.seed.variation(number),
                ..params.clone()
            };
            match params.options.get(DRAFTER) {
                Drafter::Lookahead => lookahead::single_draft(draft.clone(), &params),
                Drafter::Causal => causal::single_draft(draft.clone(), &params),
            }
        };
        let candidates = (0..params.options.get(DRAFTS)).map(candidate).collect();
        Box::new(Reranking::new(
            candidates,
            Criterion::likelihood(0.0, params.keywords.clone()),
        ))
    }
}
