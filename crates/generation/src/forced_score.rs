//! Teacher-forced scores: the probability of given tokens at open positions of a draft, in a [`FillOrder`].
//!
//! From left to right, this is the chain rule: the probability of each token while the tokens before it are written and
//! those after it are masks. The most confident first is the same with the most probable of the given tokens next.
//! Joint takes every token from one pass, as if the tokens were independent.

use super::{Draft, FillOrder, Query, Scores, TokenId, Want};

/// The computation of a teacher-forced score.
#[derive(Debug, Clone)]
pub struct ForcedScore {
    draft: Draft,
    order: FillOrder,
    /// Open positions that are not scored yet, with their tokens, from the left.
    left: Vec<(usize, TokenId)>,
    log_probability: f64,
}

impl ForcedScore {
    /// Scores each of `tokens` at its open position of `draft`. Other open positions stay open.
    pub fn new(draft: Draft, tokens: Vec<(usize, TokenId)>, order: FillOrder) -> Self {
        Self {
            draft,
            order,
            left: tokens,
            log_probability: 0.0,
        }
    }

    /// The next query, or `None` when all tokens are scored.
    pub fn ask(&self) -> Option<Query> {
        let asked = self.asked();
        let positions: Vec<usize> = asked.iter().map(|(position, _)| *position).collect();
        let tokens = asked.iter().map(|(_, token)| *token).collect();
        (!asked.is_empty()).then(|| self.draft.query(&positions, Want::Named(tokens)))
    }

    fn asked(&self) -> &[(usize, TokenId)] {
        let count = match self.order {
            FillOrder::LeftToRight => self.left.len().min(1),
            FillOrder::Confident | FillOrder::Joint => self.left.len(),
        };
        &self.left[..count]
    }

    /// Takes the answer to the last query.
    pub fn answer(&mut self, scores: &Scores) {
        let log = |((_, token), row): (&(usize, TokenId), &super::LogitRow)| {
            row.log_probability_of(*token)
        };
        let logs: Vec<f64> = self.asked().iter().zip(&scores.rows).map(log).collect();
        if self.order == FillOrder::Joint {
            self.log_probability += logs.iter().sum::<f64>();
            self.left.clear();
            return;
        }
        let best = (0..logs.len()).max_by(|&a, &b| logs[a].total_cmp(&logs[b]).then(b.cmp(&a)));
        if let Some(best) = best {
            let (position, token) = self.left.remove(best);
            self.draft.write(position, token, 1.0);
            self.log_probability += logs[best];
        }
    }

    /// The log-probability of the tokens scored so far, in nats.
    pub fn log_probability(&self) -> f64 {
        self.log_probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ids, row, token_table, words};
    use crate::{LogitRow, Segment};

    /// The queries and the final log-probability.
    fn scored(order: FillOrder, model: impl Fn(&Query, usize) -> LogitRow) -> (Vec<String>, f64) {
        let segments = [
            Segment::Blank(2),
            Segment::Given(ids("and")),
            Segment::Blank(1),
        ];
        let tokens = ids("cat ##s");
        let mut forced_score = ForcedScore::new(
            Draft::new(token_table(), &segments),
            vec![(0, tokens[0]), (1, tokens[1])],
            order,
        );
        let mut asked = Vec::new();
        while let Some(query) = forced_score.ask() {
            asked.push(words(&query.tokens));
            let rows = query.asked.iter().map(|&place| model(&query, place));
            let rows = rows.collect();
            forced_score.answer(&Scores { rows });
        }
        (asked, forced_score.log_probability())
    }

    /// "##s" is certain once "cat" is there, and "cat" likelier once "##s" is.
    fn pieces_need_each_other(query: &Query, place: usize) -> LogitRow {
        let all = words(&query.tokens);
        match place {
            1 if all.contains("##s") => row("cat"),
            1 => row("dog cat"),
            _ if all.contains("cat") => row("##s"),
            _ => row("dog bird ##s"),
        }
    }

    fn probability(best_first: &str, word: &str) -> f64 {
        let row = row(best_first);
        let guess = row.guess(ids(word)[0]).unwrap();
        f64::from(row.log_probability(guess))
    }

    #[test]
    fn from_the_left_each_piece_sees_those_before_it() {
        let (asked, log) = scored(FillOrder::LeftToRight, pieces_need_each_other);
        assert_eq!(
            asked,
            [
                "[CLS] [MASK] [MASK] and [MASK] [SEP]",
                "[CLS] cat [MASK] and [MASK] [SEP]"
            ]
        );
        let expected = probability("dog cat", "cat") + probability("##s", "##s");
        assert!((log - expected).abs() < 1e-6, "{log} {expected}");
    }

    #[test]
    fn the_best_piece_goes_first() {
        let (asked, log) = scored(FillOrder::Confident, pieces_need_each_other);
        assert_eq!(asked[1], "[CLS] cat [MASK] and [MASK] [SEP]");
        let model = |query: &Query, place: usize| match place {
            2 => row("##s"),
            place => pieces_need_each_other(query, place),
        };
        let (asked, other) = scored(FillOrder::Confident, model);
        assert_eq!(asked[1], "[CLS] [MASK] ##s and [MASK] [SEP]");
        assert!(other > log);
    }

    #[test]
    fn all_at_once_the_pieces_do_not_see_each_other() {
        let (asked, log) = scored(FillOrder::Joint, pieces_need_each_other);
        assert_eq!(asked.len(), 1);
        let expected = probability("dog cat", "cat") + probability("dog bird ##s", "##s");
        assert!((log - expected).abs() < 1e-6);
    }
}
