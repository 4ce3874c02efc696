//! Rules against repetition.

use std::collections::HashSet;

use super::{
    Draft, Guess, OptionValues, Position, PositionState, StrategyOption, TokenId, TokenKind,
};

/// The option `repetition`, which every strategy has.
pub(super) const REPETITION: StrategyOption<f64> = StrategyOption::real(
    "repetition",
    (1.0, 5.0),
    1.3,
    "Penalty on words said nearby, with punctuation kept in order; 1 lets the model write as it likes.",
);

/// Penalties and bans on tokens that stand nearby already, on either side.
///
/// The penalty is that of CTRL (Keskar et al. 2019, arXiv:1909.05858, section 4.1): a positive logit is divided by it,
/// a negative one multiplied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repetition {
    /// The factor, at least 1; 1 has no effect.
    pub penalty: f32,
    /// Number of positions on either side whose tokens are penalised.
    pub window: usize,
    /// Whether a content word that was written anywhere else in the draft is banned.
    pub once: bool,
}

impl Repetition {
    /// The rule with the penalty of the option `repetition`; `None` if the penalty is 1, i.e. off.
    pub(super) fn from_options(options: &OptionValues) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "at most 5")]
        let penalty = options.get(REPETITION) as f32;
        (penalty > 1.0).then(|| Self {
            penalty,
            ..Self::default()
        })
    }
}

impl Default for Repetition {
    fn default() -> Self {
        Self {
            penalty: 1.3,
            window: 24,
            once: false,
        }
    }
}

/// The rule at one position of one draft, computed once for all candidates.
pub(super) struct RepetitionAt<'a> {
    rule: Repetition,
    draft: &'a Draft,
    position: usize,
    near: HashSet<TokenId>,
    trigrams: HashSet<[TokenId; 3]>,
}

impl Repetition {
    /// The rule at `position` of `draft`.
    pub(super) fn at(self, draft: &Draft, position: usize) -> RepetitionAt<'_> {
        let around = position.saturating_sub(self.window)..=position + self.window;
        let near = around
            .filter(|&i| i != position)
            .filter_map(|i| draft.token(i))
            .collect();
        let elsewhere = |start: &usize| !(*start..start + 3).contains(&position);
        let trigrams = (0..draft.len().saturating_sub(2))
            .filter(elsewhere)
            .filter_map(|i| trigram(draft, i))
            .collect();
        RepetitionAt {
            rule: self,
            draft,
            position,
            near,
            trigrams,
        }
    }
}

impl RepetitionAt<'_> {
    /// Whether `token` repeats neither a neighbour, nor a trigram, nor a word that may appear only once.
    pub(super) fn permits(&self, token: TokenId) -> bool {
        let (left, right) = (self.position.checked_sub(1), self.position + 1);
        if left.and_then(|i| self.draft.token(i)) == Some(token)
            || self.draft.token(right) == Some(token)
            || self.repeats_trigram(token)
        {
            return false;
        }
        !(self.rule.once && self.is_content(token) && self.is_written_elsewhere(token))
    }

    /// The logit of `guess` after the penalty, or `None` if its token is not permitted.
    pub(super) fn adjusted(&self, guess: Guess) -> Option<f32> {
        let token = guess.token;
        self.permits(token).then(|| match guess.logit {
            logit if !self.is_content(token) || !self.near.contains(&token) => logit,
            logit if logit > 0.0 => logit / self.rule.penalty,
            logit => logit * self.rule.penalty,
        })
    }

    fn is_content(&self, token: TokenId) -> bool {
        self.draft.token_table().kind(token) == TokenKind::Word
    }

    fn is_written_elsewhere(&self, token: TokenId) -> bool {
        let elsewhere = |(i, slot): (usize, &Position)| {
            i != self.position
                && slot.token == token
                && matches!(slot.state, PositionState::Written(_))
        };
        self.draft.positions().iter().enumerate().any(elsewhere)
    }

    fn repeats_trigram(&self, token: TokenId) -> bool {
        let at = |i: usize| {
            if i == self.position {
                Some(token)
            } else {
                self.draft.token(i)
            }
        };
        (self.position.saturating_sub(2)..=self.position).any(|start| {
            match (at(start), at(start + 1), at(start + 2)) {
                (Some(a), Some(b), Some(c)) => self.trigrams.contains(&[a, b, c]),
                _ => false,
            }
        })
    }
}

fn trigram(draft: &Draft, start: usize) -> Option<[TokenId; 3]> {
    Some([
        draft.token(start)?,
        draft.token(start + 1)?,
        draft.token(start + 2)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{ids, token_table};

    fn adjusted(text: &str, open: usize, word: &str) -> Option<f32> {
        let segment = |word| {
            if word == "_" {
                Segment::Blank(1)
            } else {
                Segment::Given(ids(word))
            }
        };
        let segments: Vec<Segment> = text.split(' ').map(segment).collect();
        let draft = Draft::new(token_table(), &segments);
        Repetition::default().at(&draft, open).adjusted(Guess {
            token: ids(word)[0],
            logit: 2.6,
        })
    }

    #[test]
    fn a_word_beside_itself_is_refused_on_either_side() {
        assert_eq!(adjusted("cat _ dog", 1, "cat"), None);
        assert_eq!(adjusted("cat _ dog", 1, "dog"), None);
        assert_eq!(adjusted("cat _ dog", 1, "fish"), Some(2.6));
    }

    #[test]
    fn a_word_nearby_is_penalised_but_not_function_words() {
        assert_eq!(adjusted("cat dog fish _", 3, "cat"), Some(2.0));
        assert_eq!(adjusted("the dog fish _", 3, "the"), Some(2.6));
    }

    #[test]
    fn a_trigram_comes_only_once_wherever_the_position_is_in_it() {
        assert_eq!(adjusted("the cat dog fish the cat _", 6, "dog"), None);
        assert_eq!(adjusted("the cat dog fish the _ dog", 5, "cat"), None);
        assert_eq!(adjusted("the cat dog fish _ cat dog", 4, "the"), None);
        assert!(adjusted("the cat dog fish the cat _", 6, "fish").is_some());
    }
}
