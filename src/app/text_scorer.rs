//! Pseudo-log-likelihoods of whole texts, for the command line.

use anyhow::bail;
use tokio::runtime::Runtime;

use super::engine::Engine;
use crate::pool::Owner;
use generation::score::{self, Metric, Score};
use generation::{Draft, Segment, TokenId};

/// The scores of a text, one per token.
pub(super) struct ScoredText {
    pub(super) tokens: Vec<TokenId>,
    pub(super) pll: Score,
    pub(super) pll_word_l2r: Score,
}

/// Scores texts one after another; all workers share the queries of one text.
pub(super) struct TextScorer<'a> {
    engine: &'a Engine,
    runtime: Runtime,
}

impl<'a> TextScorer<'a> {
    pub(super) fn new(engine: &'a Engine) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        Ok(Self { engine, runtime })
    }

    /// The scores of a text by both metrics.
    ///
    /// # Errors
    /// When the text is empty or too long for the model, or the model fails.
    pub(super) fn score(&self, text: &str) -> anyhow::Result<ScoredText> {
        let draft = self.draft(text)?;
        Ok(ScoredText {
            tokens: draft
                .positions()
                .iter()
                .map(|position| position.token)
                .collect(),
            pll: self.score_by(&draft, Metric::Pll)?,
            pll_word_l2r: self.score_by(&draft, Metric::PllWordL2r)?,
        })
    }

    /// The pseudo-perplexity of a corpus: exp of minus the mean PLL of all its tokens (Salazar et al. 2020).
    ///
    /// # Errors
    /// As [`TextScorer::score`].
    pub(super) fn perplexity(&self, texts: &[&str]) -> anyhow::Result<f64> {
        let mut all = Score {
            tokens: Vec::new(),
            words: 0,
        };
        for text in texts {
            let score = self.score_by(&self.draft(text)?, Metric::Pll)?;
            all.tokens.extend(score.tokens);
            all.words += score.words;
        }
        Ok(all.perplexity())
    }

    fn draft(&self, text: &str) -> anyhow::Result<Draft> {
        let vocabulary = &self.engine.vocabulary;
        let tokens = vocabulary.encode(text)?;
        let max_tokens = vocabulary.token_table().max_tokens() - Draft::MAX_QUERY_OVERHEAD;
        if tokens.is_empty() {
            bail!("there is nothing to score; give a text with at least one word");
        }
        if tokens.len() > max_tokens {
            bail!(
                "a text has {} tokens; the model takes {max_tokens}, so score it in parts",
                tokens.len()
            );
        }
        Ok(Draft::new(
            std::sync::Arc::clone(vocabulary.token_table()),
            &[Segment::Given(tokens)],
        ))
    }

    fn score_by(&self, draft: &Draft, metric: Metric) -> anyhow::Result<Score> {
        let positions: Vec<usize> = (0..draft.len()).collect();
        let queries = score::queries(draft, &positions, metric);
        let scores = self.engine.pool.ask(Owner(0), draft.clone(), queries);
        let scores = self.runtime.block_on(scores)?.map_err(anyhow::Error::msg)?;
        Ok(score::score(draft, &positions, &scores))
    }
}
