//! Several drafts written side by side, of which the one that the model itself finds most probable is kept.
//!
//! Reranking by pseudo-log-likelihood is Salazar et al. 2020 (arXiv:1910.14659); within-word left-to-right scores are
//! Kauf and Ivanova 2023 (arXiv:2305.10588). Likelihood alone rewards repetition, since each copy predicts the other, so
//! repeated four-grams count against a draft.

use super::{About, Strategy, causal, drafted, prefer};
use crate::rerank::{Criterion, Reranking};
use crate::{Draft, Generation, OptionSpec, OptionValues, Params, Sampling};

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
        // Bolder than a single text would bear, since what fails is not chosen.
        if self.needs_causal_model(options) {
            prefer(0.7, 40, 0.95)
        } else {
            prefer(0.9, 40, 0.95)
        }
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                OptionSpec::whole(
                    "drafts",
                    (2, 32),
                    "8",
                    "How many texts are written for one.",
                ),
                OptionSpec::choice(
                    "drafter",
                    &["lookahead", "student"],
                    "Who writes them: lookahead, or the model's student, which draws at 0.7.",
                ),
            ]
        }
    }

    fn needs_causal_model(&self, options: &OptionValues) -> bool {
        options.choice("drafter") == "student"
    }

    fn uses_keywords(&self) -> bool {
        true
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        2 * tokens * options.whole("drafts")
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let entry = |number| {
            let params = Params {
                seed: params.seed.variation(number),
                ..params.clone()
            };
            match params.options.choice("drafter") {
                "student" => causal::drafted(draft.clone(), &params),
                _ => drafted(draft.clone(), &params),
            }
        };
        let entries = (0..params.options.whole("drafts")).map(entry).collect();
        Box::new(Reranking::new(
            entries,
            Criterion::likelihood(0.0, params.keywords.clone()),
        ))
    }
}
