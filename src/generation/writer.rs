//! Chooses a token for a position by all the rules, and writes it.

use super::{Candidate, Dice, Draft, Kind, Params, Repetition, Row, Sampling, TokenId, Want};

/// How many candidates are asked for beyond top-k, because rules may forbid some of the best.
const SPARE: usize = 128;

/// A draft with everything needed to write into it.
///
/// Two rules always hold: no special token is written, and no piece of a word is left without the word's beginning.
/// The others are a strategy's choice.
#[derive(Debug)]
pub struct Writer {
    /// The text in the making.
    pub draft: Draft,
    /// Where its random numbers come from.
    pub dice: Dice,
    sampling: Sampling,
    repetition: Option<Repetition>,
    tidy: bool,
}

/// A token chosen for a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The token.
    pub token: TokenId,
    /// The model's own probability of it, 0 to 1.
    pub confidence: f32,
}

impl Writer {
    /// A writer with only the two rules that always hold.
    pub fn new(draft: Draft, params: &Params) -> Self {
        Self {
            draft,
            dice: Dice::new(params.seed),
            sampling: params.sampling,
            repetition: None,
            tidy: false,
        }
    }

    /// Also keeps repetition down and punctuation in order: none after another, nothing opened, and
    /// only that closed which was open.
    #[must_use]
    pub fn careful(self, repetition: Repetition) -> Self {
        Self {
            repetition: Some(repetition),
            tidy: true,
            ..self
        }
    }

    /// How much of a row [`Writer::choose`] needs.
    pub fn want(&self) -> Want {
        match self.sampling.top_k.get() {
            _ if self.sampling.temperature.get() == 0.0 => Want::Top(SPARE),
            0 => Want::All,
            k => Want::Top(k as usize + SPARE),
        }
    }

    /// A token for `position` by the writer's sampling and rules, not yet written.
    pub fn choose(&mut self, position: usize, row: &Row) -> Choice {
        self.choose_with(self.sampling, position, row)
    }

    /// The same with another sampling.
    pub fn choose_with(&mut self, sampling: Sampling, position: usize, row: &Row) -> Choice {
        let mut candidates = self.candidates(position, row, self.repetition);
        if candidates.is_empty() {
            candidates = self.candidates(position, row, None);
        }
        match sampling.draw(&mut candidates, &mut self.dice) {
            Some(candidate) => Choice {
                token: candidate.token,
                confidence: candidate.probability,
            },
            // Everything the model offered is forbidden here; a full stop never breaks a text.
            None => Choice {
                token: self.draft.lexicon().special().full_stop,
                confidence: 0.0,
            },
        }
    }

    /// Chooses and writes.
    pub fn write(&mut self, position: usize, row: &Row) {
        let choice = self.choose(position, row);
        self.put(position, choice);
    }

    /// Writes what was chosen.
    pub fn put(&mut self, position: usize, choice: Choice) {
        self.draft.write(position, choice.token, choice.confidence);
    }

    fn candidates(
        &self,
        position: usize,
        row: &Row,
        repetition: Option<Repetition>,
    ) -> Vec<Candidate> {
        let repetition = repetition.map(|rule| rule.at(&self.draft, position));
        let allowed = row
            .guesses
            .iter()
            .filter(|guess| self.allows(position, guess.token));
        allowed
            .filter_map(|&guess| {
                let logit = match &repetition {
                    Some(rule) => rule.adjusted(guess)?,
                    None => guess.logit,
                };
                Some(Candidate {
                    token: guess.token,
                    logit,
                    probability: row.probability(guess),
                })
            })
            .collect()
    }

    fn allows(&self, position: usize, token: TokenId) -> bool {
        let kind = self.draft.lexicon().kind(token);
        let neighbour = |i: Option<usize>| {
            i.and_then(|i| self.draft.token(i))
                .map(|token| self.draft.lexicon().kind(token))
        };
        let (left, right) = (
            neighbour(position.checked_sub(1)),
            neighbour(Some(position + 1)),
        );
        let slots = self.draft.slots();
        let continues_own_word = || {
            left.is_some_and(Kind::is_word)
                && self.draft.is_free(position - 1)
                && slots[position - 1].part == slots[position].part
        };
        if kind == Kind::Special
            || (kind == Kind::Piece && !continues_own_word())
            || (right == Some(Kind::Piece) && !kind.is_word())
        {
            return false;
        }
        !self.tidy || self.is_tidy(position, kind, left, right)
    }

    fn is_tidy(
        &self,
        position: usize,
        kind: Kind,
        left: Option<Kind>,
        right: Option<Kind>,
    ) -> bool {
        let mark = |kind: Option<Kind>| matches!(kind, Some(Kind::Stop | Kind::Pause));
        let before = |wanted: Kind| {
            let kinds = (0..position)
                .filter_map(|i| self.draft.token(i))
                .map(|token| self.draft.lexicon().kind(token));
            kinds.filter(|&kind| kind == wanted).count()
        };
        match kind {
            Kind::Stop | Kind::Pause => {
                !mark(left) && !mark(right) && left.is_some_and(|kind| kind != Kind::Open)
            }
            Kind::Quote => before(Kind::Quote) % 2 == 1,
            Kind::Open => false,
            Kind::Close => before(Kind::Open) > before(Kind::Close),
            Kind::Special | Kind::Word | Kind::FunctionWord | Kind::Piece | Kind::Sign => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::Part;
    use crate::generation::toy::{ids, lexicon, params, row};

    fn writer(parts: &[Part]) -> Writer {
        Writer::new(Draft::new(lexicon(), parts), &params(0.0))
    }

    fn chosen(writer: &mut Writer, position: usize, best_first: &str) -> TokenId {
        writer.choose(position, &row(best_first)).token
    }

    #[test]
    fn special_tokens_are_never_written() {
        let mut writer = writer(&[Part::Blank(1)]);
        assert_eq!(
            chosen(&mut writer, 0, "[MASK] [UNK] [SEP] cat"),
            ids("cat")[0]
        );
    }

    #[test]
    fn a_piece_needs_a_word_of_ours_on_its_left() {
        let mut writer = writer(&[Part::Given(ids("dog")), Part::Blank(2)]);
        assert_eq!(
            chosen(&mut writer, 1, "##s cat"),
            ids("cat")[0],
            "the user's word must not be changed"
        );
        assert_eq!(
            chosen(&mut writer, 2, "##s cat"),
            ids("cat")[0],
            "the left neighbour is still open"
        );
        writer.draft.write(1, ids("cat")[0], 1.0);
        assert_eq!(chosen(&mut writer, 2, "##s cat"), ids("##s")[0]);
    }

    #[test]
    fn a_word_does_not_go_on_in_the_next_blank() {
        let mut writer = writer(&[Part::Blank(1), Part::Blank(1)]);
        writer.draft.write(0, ids("cat")[0], 1.0);
        assert_eq!(chosen(&mut writer, 1, "##s dog"), ids("dog")[0]);
    }

    #[test]
    fn a_word_is_not_taken_away_from_its_piece() {
        let mut writer = writer(&[Part::Blank(2)]);
        writer.draft.write(1, ids("##s")[0], 1.0);
        assert_eq!(chosen(&mut writer, 0, ", cat"), ids("cat")[0]);
    }

    #[test]
    fn a_careful_writer_keeps_punctuation_in_order() {
        let mut careful =
            writer(&[Part::Given(ids("cat ,")), Part::Blank(1)]).careful(Repetition::default());
        assert_eq!(chosen(&mut careful, 2, ". \" ( ) dog"), ids("dog")[0]);
        let mut closing =
            writer(&[Part::Given(ids("( \" cat")), Part::Blank(1)]).careful(Repetition::default());
        assert_eq!(chosen(&mut closing, 3, "\" dog"), ids("\"")[0]);
        assert_eq!(chosen(&mut closing, 3, ") dog"), ids(")")[0]);
    }

    #[test]
    fn when_everything_is_forbidden_a_full_stop_is_written() {
        let mut writer = writer(&[Part::Blank(1)]);
        assert_eq!(chosen(&mut writer, 0, "[MASK] ##s"), ids(".")[0]);
    }
}
