//! How probable the model finds given words in the blanks of a text, written there in the order of the strategy
//! `template`.
//!
//! "From the left" is the chain rule: the probability of each token once those before it are written and those after it
//! are still masks. "The surest first" is the same with the most probable of the given tokens next. "All at once" takes
//! every token from one pass, as if they did not depend on one another.

use super::{Draft, FillOrder, Query, Scores, TokenId, Want};

/// Given tokens on their way into a draft.
#[derive(Debug, Clone)]
pub struct ForcedScore {
    draft: Draft,
    order: FillOrder,
    /// Open positions with what goes there, from the left.
    left: Vec<(usize, TokenId)>,
    log_probability: f64,
}

impl ForcedScore {
    /// Writes each of `tokens` at its open position of `draft`. Other open positions stay open.
    pub fn new(draft: Draft, tokens: Vec<(usize, TokenId)>, order: FillOrder) -> Self {
        Self {
            draft,
            order,
            left: tokens,
            log_probability: 0.0,
        }
    }

    /// The next question, or `None` when everything is written.
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

    /// The answer to the question.
    pub fn answer(&mut self, scores: &Scores) {
        let log = |((_, token), row): (&(usize, TokenId), &super::LogitRow)| {
            let guess = row.guess(*token);
            guess.map_or(f64::NEG_INFINITY, |guess| {
                f64::from(row.log_probability(guess))
            })
        };
        let logs: Vec<f64> = self.asked().iter().zip(&scores.rows).map(log).collect();
        if self.order == FillOrder::Joint {
            self.log_probability += logs.iter().sum::<f64>();
            self.left.clear();
            return;
        }
        let surest = (0..logs.len()).max_by(|&a, &b| logs[a].total_cmp(&logs[b]).then(b.cmp(&a)));
        if let Some(surest) = surest {
            let (position, token) = self.left.remove(surest);
            self.draft.write(position, token, 1.0);
            self.log_probability += logs[surest];
        }
    }

    /// The natural logarithm of the probability of what is written by now.
    pub fn log_probability(&self) -> f64 {
        self.log_probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ids, row, token_table, words};
    use crate::{LogitRow, Segment};

    /// What was asked, and the probability in the end.
    fn recite(order: FillOrder, model: impl Fn(&Query, usize) -> LogitRow) -> (Vec<String>, f64) {
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
        let (asked, log) = recite(FillOrder::LeftToRight, pieces_need_each_other);
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
    fn the_surest_piece_goes_first() {
        let (asked, log) = recite(FillOrder::Confident, pieces_need_each_other);
        assert_eq!(asked[1], "[CLS] cat [MASK] and [MASK] [SEP]");
        let model = |query: &Query, place: usize| match place {
            2 => row("##s"),
            place => pieces_need_each_other(query, place),
        };
        let (asked, other) = recite(FillOrder::Confident, model);
        assert_eq!(asked[1], "[CLS] [MASK] ##s and [MASK] [SEP]");
        assert!(other > log);
    }

    #[test]
    fn all_at_once_the_pieces_do_not_see_each_other() {
        let (asked, log) = recite(FillOrder::Joint, pieces_need_each_other);
        assert_eq!(asked.len(), 1);
        let expected = probability("dog cat", "cat") + probability("dog bird ##s", "##s");
        assert!((log - expected).abs() < 1e-6);
    }
}
