//! Chooses a token for a position by all the rules, and writes it.

use super::{
    Bans, Candidate, Draft, LogitRow, Params, Repetition, Sampling, SeededRng, TokenId, TokenKind,
    TopK, TopP, Want,
};

/// How many candidates are asked for beyond top-k, because rules may forbid some of the best.
const SPARE_CANDIDATES: usize = 128;
/// So many tokens in a row may be the same as in the text that steers from behind.
const MAX_COPIED_TOKENS: usize = 5;
/// So often a random word is drawn before a full stop is taken instead.
const MAX_RANDOM_DRAWS: usize = 10_000;

/// A draft with everything needed to write into it.
///
/// Three rules always hold: no special token is written, no piece of a word is left without the word's beginning, and no
/// banned word comes about.
/// The others are a strategy's choice.
#[derive(Debug, Clone)]
pub struct Sampler {
    /// The text in the making.
    pub draft: Draft,
    /// Where its random numbers come from.
    pub rng: SeededRng,
    sampling: Sampling,
    repetition: Option<Repetition>,
    punctuation_rules: bool,
    bans: Bans,
}

/// A token chosen for a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledToken {
    /// The token.
    pub token: TokenId,
    /// The model's own probability of it, 0 to 1.
    pub confidence: f32,
}

/// A token proposed for a position that another one held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ProposedToken {
    /// The token.
    pub(super) choice: SampledToken,
    /// log q(old) - log q(new), where q is what it was drawn from.
    pub(super) log_ratio: f64,
}

impl Sampler {
    /// A writer with only the rules that always hold.
    pub fn new(draft: Draft, params: &Params) -> Self {
        Self {
            draft,
            rng: SeededRng::new(params.seed),
            sampling: params.sampling,
            repetition: None,
            punctuation_rules: false,
            bans: params.bans.clone(),
        }
    }

    /// Also keeps repetition down and punctuation in order: none after another, nothing opened, and
    /// only that closed which was open.
    #[must_use]
    pub fn with_style_rules(self, repetition: Repetition) -> Self {
        Self {
            repetition: Some(repetition),
            punctuation_rules: true,
            ..self
        }
    }

    /// As the strategy's knob for repetition says: careful, or with only the rules that always hold.
    pub fn from_params(draft: Draft, params: &Params) -> Self {
        let sampler = Self::new(draft, params);
        match Repetition::from_options(&params.options) {
            Some(repetition) => sampler.with_style_rules(repetition),
            None => sampler,
        }
    }

    /// A copy of this writer at another draft.
    #[must_use]
    pub fn at(&self, draft: Draft) -> Self {
        Self {
            draft,
            ..self.clone()
        }
    }

    /// How much of a row [`Sampler::sample`] needs.
    pub fn want(&self) -> Want {
        match self.sampling.top_k.get() {
            _ if self.sampling.temperature.get() == 0.0 => Want::Top(SPARE_CANDIDATES),
            0 => Want::All,
            k => Want::Top(k as usize + SPARE_CANDIDATES),
        }
    }

    /// How much of a row [`Sampler::top_tokens`] needs for so many words.
    pub fn want_top(count: usize) -> Want {
        Want::Top(count + SPARE_CANDIDATES)
    }

    /// The most probable tokens that may be written at `position`, at most `count`, best first: what a person can pick
    /// from.
    pub fn top_tokens(&self, position: usize, row: &LogitRow, count: usize) -> Vec<SampledToken> {
        let mut candidates = self.candidates(position, row, None);
        candidates.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.token.cmp(&b.token)));
        candidates.truncate(count);
        let choice = |candidate: &Candidate| SampledToken {
            token: candidate.token,
            confidence: candidate.probability,
        };
        candidates.iter().map(choice).collect()
    }

    /// A token for `position` by the writer's sampling and rules, not yet written.
    pub fn sample(&mut self, position: usize, row: &LogitRow) -> SampledToken {
        self.sample_with(self.sampling, position, row)
    }

    /// The same with another sampling.
    pub fn sample_with(
        &mut self,
        sampling: Sampling,
        position: usize,
        row: &LogitRow,
    ) -> SampledToken {
        let mut candidates = self.candidates(position, row, self.repetition);
        if candidates.is_empty() {
            candidates = self.candidates(position, row, None);
        }
        let choice = self.draw(sampling, &mut candidates);
        if self.draft.kind(position + 1) == Some(TokenKind::Piece) && candidates.is_empty() {
            // A full stop would tear the piece off its word.
            return SampledToken {
                token: self.any_permitted_word(position).unwrap_or(choice.token),
                ..choice
            };
        }
        choice
    }

    /// The first word of the vocabulary that is not banned at `position`.
    fn any_permitted_word(&self, position: usize) -> Option<TokenId> {
        let token_table = self.draft.token_table();
        let fits = |token: &TokenId| {
            token_table.kind(*token) == TokenKind::Word
                && self.bans.permits(&self.draft, position, *token)
        };
        token_table.tokens().find(fits)
    }

    fn draw(&mut self, sampling: Sampling, candidates: &mut Vec<Candidate>) -> SampledToken {
        match sampling.draw(candidates, &mut self.rng) {
            Some(candidate) => SampledToken {
                token: candidate.token,
                confidence: candidate.probability,
            },
            // Everything the model offered is forbidden here; a full stop never breaks a text.
            None => SampledToken {
                token: self.draft.token_table().special().full_stop,
                confidence: 0.0,
            },
        }
    }

    /// Writes `choice`, or another one if what was written since it was made forbids it; `row` is what it was chosen
    /// from.
    pub fn commit(
        &mut self,
        sampling: Sampling,
        position: usize,
        choice: SampledToken,
        row: &LogitRow,
    ) {
        let choice = if self.permits(position, choice.token) {
            choice
        } else {
            self.sample_with(sampling, position, row)
        };
        self.write_sampled(position, choice);
    }

    /// Whether `token` may be written at `position` now.
    pub fn permits(&self, position: usize, token: TokenId) -> bool {
        let repeats = |rule: Repetition| !rule.at(&self.draft, position).permits(token);
        self.allows(position, token) && !self.repetition.is_some_and(repeats)
    }

    /// A draw for `position` from the whole row at `temperature`, with how much more probable it would have been to draw
    /// `old`. A word that the rules would not allow there counts as never drawn.
    pub(super) fn propose(
        &mut self,
        temperature: f64,
        position: usize,
        row: &LogitRow,
        old: TokenId,
    ) -> ProposedToken {
        let everything = Sampling {
            temperature: self.sampling.temperature,
            top_k: TopK::try_from(0.0).expect("0 switches top-k off"),
            top_p: TopP::try_from(1.0).expect("1 switches top-p off"),
        };
        let mut candidates = self.candidates(position, row, self.repetition);
        let logit = |token: TokenId, candidates: &[Candidate]| {
            candidates
                .iter()
                .find(|candidate| candidate.token == token)
                .map(|candidate| f64::from(candidate.logit))
        };
        let before = logit(old, &candidates);
        let choice = self.draw(everything.at(temperature), &mut candidates);
        let log_ratio = match (before, logit(choice.token, &candidates)) {
            (Some(before), Some(now)) if temperature > 0.0 => (before - now) / temperature,
            (Some(_), _) => 0.0,
            (None, _) => f64::NEG_INFINITY,
        };
        ProposedToken { choice, log_ratio }
    }

    /// Writes random words wherever the draft is open.
    pub fn fill_with_random_words(&mut self) {
        let size = self.draft.token_table().size();
        for position in self.draft.open() {
            let drawn = (0..MAX_RANDOM_DRAWS)
                .map(|_| TokenId(u32::try_from(self.rng.below(size)).unwrap_or(0)))
                .find(|&token| {
                    self.draft.token_table().kind(token) == TokenKind::Word
                        && self.bans.permits(&self.draft, position, token)
                });
            let full_stop = self.draft.token_table().special().full_stop;
            self.draft.write(position, drawn.unwrap_or(full_stop), 0.0);
        }
    }

    /// Chooses and writes.
    pub fn write(&mut self, position: usize, row: &LogitRow) {
        let choice = self.sample(position, row);
        self.write_sampled(position, choice);
    }

    /// Writes what was chosen.
    pub fn write_sampled(&mut self, position: usize, choice: SampledToken) {
        self.draft.write(position, choice.token, choice.confidence);
    }

    fn candidates(
        &self,
        position: usize,
        row: &LogitRow,
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
        let kind = self.draft.token_table().kind(token);
        let neighbour = |i: Option<usize>| {
            i.and_then(|i| self.draft.token(i))
                .map(|token| self.draft.token_table().kind(token))
        };
        let (left, right) = (
            neighbour(position.checked_sub(1)),
            neighbour(Some(position + 1)),
        );
        let positions = self.draft.positions();
        let continues_own_word = || {
            left.is_some_and(TokenKind::is_word)
                && self.draft.is_writable(position - 1)
                && positions[position - 1].segment == positions[position].segment
        };
        if kind == TokenKind::Special
            || (kind == TokenKind::Piece && !continues_own_word())
            || (right == Some(TokenKind::Piece) && !kind.is_word())
        {
            return false;
        }
        if !self.bans.permits(&self.draft, position, token) {
            return false;
        }
        !self.punctuation_rules
            || (self.permits_punctuation(position, kind, left, right)
                && !self.copies_suffix(position, token))
    }

    /// Whether `token` would be the last of more tokens in a row than may be taken over from what stands behind the text.
    fn copies_suffix(&self, position: usize, token: TokenId) -> bool {
        let Some(start) = position.checked_sub(MAX_COPIED_TOKENS) else {
            return false;
        };
        let before = (start..position).map(|i| self.draft.token(i));
        let copied: Option<Vec<TokenId>> = before.chain([Some(token)]).collect();
        copied.is_some_and(|copied| {
            self.draft
                .suffix()
                .windows(MAX_COPIED_TOKENS + 1)
                .any(|window| window == copied)
        })
    }

    fn permits_punctuation(
        &self,
        position: usize,
        kind: TokenKind,
        left: Option<TokenKind>,
        right: Option<TokenKind>,
    ) -> bool {
        let mark =
            |kind: Option<TokenKind>| matches!(kind, Some(TokenKind::Stop | TokenKind::Pause));
        let before = |wanted: TokenKind| {
            let kinds = (0..position)
                .filter_map(|i| self.draft.token(i))
                .map(|token| self.draft.token_table().kind(token));
            kinds.filter(|&kind| kind == wanted).count()
        };
        let after_own_apostrophe =
            left == Some(TokenKind::Apostrophe) && self.draft.is_writable(position - 1);
        let before_apostrophe = right == Some(TokenKind::Apostrophe);
        if (after_own_apostrophe || right == Some(TokenKind::Clitic)) && kind != TokenKind::Clitic {
            return right == Some(TokenKind::Clitic) && kind == TokenKind::Apostrophe;
        }
        match kind {
            TokenKind::Stop | TokenKind::Pause => {
                let hangs = matches!(left, Some(TokenKind::Open | TokenKind::Bound) | None);
                !mark(left) && !mark(right) && !hangs && !before_apostrophe
            }
            TokenKind::Quote => before(TokenKind::Quote) % 2 == 1 && left != Some(TokenKind::Pause),
            // Small models chain words with hyphens that make no word.
            TokenKind::Open | TokenKind::Hyphen | TokenKind::Special => false,
            TokenKind::Close => before(TokenKind::Open) > before(TokenKind::Close),
            TokenKind::Apostrophe => {
                let goes_on = position + 1 < self.draft.len();
                left.is_some_and(TokenKind::is_word)
                    && goes_on
                    && matches!(right, None | Some(TokenKind::Clitic))
            }
            TokenKind::Clitic => left == Some(TokenKind::Apostrophe),
            TokenKind::Bound => !mark(right) && !before_apostrophe,
            // A letter on its own is nearly always a word that the model did not finish.
            TokenKind::Letter => right == Some(TokenKind::Stop),
            TokenKind::Title => right.is_none() || right == Some(TokenKind::Stop),
            // Words made of a function word and a piece are hardly ever words.
            TokenKind::Piece => !matches!(left, Some(TokenKind::FunctionWord | TokenKind::Bound)),
            TokenKind::Word | TokenKind::FunctionWord | TokenKind::Number => true,
            TokenKind::Sign => !mark(left) && left.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{ids, params, row, token_table};

    fn sampler(segments: &[Segment]) -> Sampler {
        Sampler::new(Draft::new(token_table(), segments), &params(0.0))
    }

    fn chosen(sampler: &mut Sampler, position: usize, best_first: &str) -> TokenId {
        sampler.sample(position, &row(best_first)).token
    }

    #[test]
    fn special_tokens_are_never_written() {
        let mut sampler = sampler(&[Segment::Blank(1)]);
        assert_eq!(
            chosen(&mut sampler, 0, "[MASK] [UNK] [SEP] cat"),
            ids("cat")[0]
        );
    }

    #[test]
    fn a_piece_needs_a_word_of_ours_on_its_left() {
        let mut sampler = sampler(&[Segment::Given(ids("dog")), Segment::Blank(2)]);
        assert_eq!(
            chosen(&mut sampler, 1, "##s cat"),
            ids("cat")[0],
            "the user's word must not be changed"
        );
        assert_eq!(
            chosen(&mut sampler, 2, "##s cat"),
            ids("cat")[0],
            "the left neighbour is still open"
        );
        sampler.draft.write(1, ids("cat")[0], 1.0);
        assert_eq!(chosen(&mut sampler, 2, "##s cat"), ids("##s")[0]);
    }

    #[test]
    fn a_word_does_not_go_on_in_the_next_blank() {
        let mut sampler = sampler(&[Segment::Blank(1), Segment::Blank(1)]);
        sampler.draft.write(0, ids("cat")[0], 1.0);
        assert_eq!(chosen(&mut sampler, 1, "##s dog"), ids("dog")[0]);
    }

    #[test]
    fn a_word_is_not_taken_away_from_its_piece() {
        let mut sampler = sampler(&[Segment::Blank(2)]);
        sampler.draft.write(1, ids("##s")[0], 1.0);
        assert_eq!(chosen(&mut sampler, 0, ", cat"), ids("cat")[0]);
    }

    #[test]
    fn a_careful_writer_keeps_punctuation_in_order() {
        let mut with_style_rules = sampler(&[Segment::Given(ids("cat ,")), Segment::Blank(1)])
            .with_style_rules(Repetition::default());
        assert_eq!(
            chosen(&mut with_style_rules, 2, ". \" ( ) dog"),
            ids("dog")[0]
        );
        let mut closing = sampler(&[Segment::Given(ids("( \" cat")), Segment::Blank(1)])
            .with_style_rules(Repetition::default());
        assert_eq!(chosen(&mut closing, 3, "\" dog"), ids("\"")[0]);
        assert_eq!(chosen(&mut closing, 3, ") dog"), ids(")")[0]);
    }

    #[test]
    fn only_words_that_may_be_written_are_offered_best_first() {
        let sampler = sampler(&[Segment::Given(ids("dog")), Segment::Blank(1)]);
        let top_tokens = sampler.top_tokens(1, &row("[MASK] bird ##s cat fish"), 2);
        let tokens: Vec<TokenId> = top_tokens.iter().map(|choice| choice.token).collect();
        assert_eq!(tokens, ids("bird cat"));
        assert!(top_tokens[0].confidence > top_tokens[1].confidence);
    }

    #[test]
    fn when_everything_is_forbidden_a_full_stop_is_written() {
        let mut sampler = sampler(&[Segment::Blank(1)]);
        assert_eq!(chosen(&mut sampler, 0, "[MASK] ##s"), ids(".")[0]);
    }
}
