//! Scores of a text under a masked model: pseudo-log-likelihood (PLL), and the repetition that it rewards.
//!
//! Salazar et al. 2020 (arXiv:1910.14659) sum log p of every token with that token masked (PLL). Kauf and Ivanova 2023
//! (arXiv:2305.10588) also mask the later pieces of the same word ("within word, left to right"), since a piece reveals
//! its neighbours.

use std::collections::HashSet;

use super::{Draft, Query, Scores, TokenId, Want};

/// The tokens that are masked while one is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Only the scored token.
    Pll,
    /// The scored token and all later pieces of its word.
    PllWordL2r,
}

/// The score of some tokens of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The log-probability of each token, in nats.
    pub tokens: Vec<f64>,
    /// The number of words that begin among the tokens.
    pub words: usize,
}

impl Score {
    /// The sum over all tokens, in nats.
    pub fn total(&self) -> f64 {
        self.tokens.iter().sum()
    }

    /// The mean over words, in nats; the sum if no word begins among the tokens.
    pub fn per_word(&self) -> f64 {
        self.total() / self.words.max(1) as f64
    }

    /// The pseudo-perplexity: exp of minus the mean over tokens, at least 1.
    pub fn perplexity(&self) -> f64 {
        (-self.total() / self.tokens.len().max(1) as f64).exp()
    }
}

/// One query per position, none of which is open, for the probability of its token. The queries are independent of each
/// other, so they fit into one turn.
pub fn queries(draft: &Draft, positions: &[usize], metric: Metric) -> Vec<Query> {
    let ask = |&position: &usize| {
        let mut hidden = vec![position];
        if metric == Metric::PllWordL2r {
            hidden.extend((position + 1..draft.len()).take_while(|&later| continues(draft, later)));
        }
        let token = Want::Named(vec![draft.positions()[position].token]);
        draft.query_masking(&hidden, &[position], token)
    };
    positions.iter().map(ask).collect()
}

/// Whether a token at `position` continues the word on its left.
fn continues(draft: &Draft, position: usize) -> bool {
    draft
        .token(position)
        .is_some_and(|token| draft.token_table().continues(token))
}

/// The score of `positions` from the answers to their [`queries`].
pub fn score(draft: &Draft, positions: &[usize], answers: &[Scores]) -> Score {
    let log = |answer: &Scores| {
        let row = &answer.rows[0];
        f64::from(row.log_probability(row.guesses[0]))
    };
    let begins = |position: &&usize| !continues(draft, **position);
    Score {
        tokens: answers.iter().map(log).collect(),
        words: positions.iter().filter(begins).count(),
    }
}

/// The share of four-grams of `tokens` that occur earlier in `tokens`, 0 to 1.
pub fn repeated_four_grams(tokens: &[TokenId]) -> f64 {
    let mut seen = HashSet::new();
    let all = tokens.windows(4);
    let count = all.len();
    let repeated = all.filter(|four| !seen.insert(*four)).count();
    repeated as f64 / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{ids, row, token_table, words};

    fn hidden(metric: Metric) -> Vec<String> {
        let draft = Draft::new(token_table(), &[Segment::Given(ids("the cat ##s fish"))]);
        queries(&draft, &[0, 1, 2, 3], metric)
            .iter()
            .map(|query| words(&query.tokens))
            .collect()
    }

    #[test]
    fn pll_hides_one_token_at_a_time() {
        assert_eq!(
            hidden(Metric::Pll),
            [
                "[CLS] [MASK] cat ##s fish [SEP]",
                "[CLS] the [MASK] ##s fish [SEP]",
                "[CLS] the cat [MASK] fish [SEP]",
                "[CLS] the cat ##s [MASK] [SEP]",
            ]
        );
    }

    #[test]
    fn within_a_word_the_later_pieces_are_hidden_too() {
        let asked = hidden(Metric::PllWordL2r);
        assert_eq!(asked[1], "[CLS] the [MASK] [MASK] fish [SEP]");
        assert_eq!(asked[2], "[CLS] the cat [MASK] fish [SEP]");
    }

    #[test]
    fn a_score_counts_words_by_their_beginnings() {
        let draft = Draft::new(token_table(), &[Segment::Given(ids("cat ##s"))]);
        let answer = |word| Scores {
            rows: vec![row(word)],
        };
        let score = score(&draft, &[0, 1], &[answer("cat"), answer("##s")]);
        assert_eq!((score.words, score.tokens.len()), (1, 2));
        assert!(score.total().abs() < 1e-6 && (score.perplexity() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn four_in_a_row_count_from_the_second_time_on() {
        assert!(repeated_four_grams(&ids("the cat and dog")).abs() < f64::EPSILON);
        let twice = repeated_four_grams(&ids("the cat and dog the cat and dog"));
        assert!((twice - 0.2).abs() < 1e-9, "{twice}");
    }
}
