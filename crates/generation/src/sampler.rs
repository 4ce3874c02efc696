//! Samples tokens for the positions of a draft under all rules, and writes them.

use super::neighbours::Neighbours;
use super::{
    Bans, Begins, Candidate, Draft, LogitRow, Params, Repetition, Sampling, SeededRng, TokenId,
    TokenKind, TopK, TopP, Want,
};

/// Candidates that are requested beyond top-k, because rules may forbid some of the best.
const SPARE_CANDIDATES: usize = 128;
/// Maximum number of tokens in a row that may be copied from the steering suffix.
const MAX_COPIED_TOKENS: usize = 5;
/// Maximum number of draws of a random word before a full stop is written instead.
const MAX_RANDOM_DRAWS: usize = 10_000;

/// A draft with everything that is needed to write into it.
///
/// Three rules always hold: no special token is written, no piece of a word stands without the beginning of its word,
/// and no banned word is spelled. Rules of style are optional: see [`Sampler::with_style_rules`].
#[derive(Debug, Clone)]
pub struct Sampler {
    /// The draft that is written.
    pub draft: Draft,
    /// The random numbers.
    pub rng: SeededRng,
    sampling: Sampling,
    /// The rules of style, if they apply.
    style: Option<Repetition>,
    bans: Bans,
}

/// A token that was sampled for a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledToken {
    /// The token.
    pub token: TokenId,
    /// The model's own probability of the token, 0 to 1.
    pub confidence: f32,
}

/// A token that was proposed in place of another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ProposedToken {
    /// The proposed token.
    pub(super) sampled: SampledToken,
    /// log q(old) - log q(new), where q is the proposal distribution.
    pub(super) log_ratio: f64,
}

impl From<Candidate> for SampledToken {
    fn from(candidate: Candidate) -> Self {
        Self {
            token: candidate.token,
            confidence: candidate.probability,
        }
    }
}

impl Sampler {
    /// A sampler with only the rules that always hold.
    pub fn new(draft: Draft, params: &Params) -> Self {
        Self {
            draft,
            rng: SeededRng::new(params.seed),
            sampling: params.sampling,
            style: None,
            bans: params.bans.clone(),
        }
    }

    /// The same sampler with rules of style: `repetition`; no punctuation mark after another; nothing opened; and only
    /// closed what is open.
    #[must_use]
    pub fn with_style_rules(self, repetition: Repetition) -> Self {
        Self {
            style: Some(repetition),
            ..self
        }
    }

    /// A sampler with rules of style unless the option `repetition` is off.
    pub fn from_params(draft: Draft, params: &Params) -> Self {
        let sampler = Self::new(draft, params);
        match Repetition::from_options(&params.options) {
            Some(repetition) => sampler.with_style_rules(repetition),
            None => sampler,
        }
    }

    /// A copy of this sampler for another draft.
    #[must_use]
    pub fn with_draft(&self, draft: Draft) -> Self {
        Self {
            draft,
            ..self.clone()
        }
    }

    /// The part of a row that [`Sampler::sample`] needs.
    pub fn want(&self) -> Want {
        match self.sampling.top_k.get() {
            _ if self.sampling.temperature.get() == 0.0 => Want::Top(SPARE_CANDIDATES),
            0 => Want::All,
            k => Want::Top(k as usize + SPARE_CANDIDATES),
        }
    }

    /// The part of a row that [`Sampler::top_tokens`] needs for `count` tokens.
    pub fn want_top(count: usize) -> Want {
        Want::Top(count + SPARE_CANDIDATES)
    }

    /// The most probable tokens that may be written at `position`, at most `count`, best first.
    pub fn top_tokens(&self, position: usize, row: &LogitRow, count: usize) -> Vec<SampledToken> {
        let mut candidates = self.candidates(position, row, None);
        candidates.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.token.cmp(&b.token)));
        candidates.truncate(count);
        candidates.into_iter().map(SampledToken::from).collect()
    }

    /// Samples a token for `position` under the rules, without writing it.
    pub fn sample(&mut self, position: usize, row: &LogitRow) -> SampledToken {
        self.sample_with(self.sampling, position, row)
    }

    /// Samples a token for `position` with another sampling, without writing it.
    pub fn sample_with(
        &mut self,
        sampling: Sampling,
        position: usize,
        row: &LogitRow,
    ) -> SampledToken {
        let mut candidates = self.candidates(position, row, self.style);
        if candidates.is_empty() {
            candidates = self.candidates(position, row, None);
        }
        let sampled = self.draw(sampling, &mut candidates);
        let separates = self.draft.kind(position + 1) == Some(TokenKind::Piece);
        let stopless = self.draft.token_table().special().full_stop.is_none();
        if (separates || stopless) && candidates.is_empty() {
            // A full stop would separate the piece from its word.
            return SampledToken {
                token: self.any_permitted_word(position).unwrap_or(sampled.token),
                ..sampled
            };
        }
        sampled
    }

    /// The first word of the vocabulary that is not banned at `position`.
    fn any_permitted_word(&self, position: usize) -> Option<TokenId> {
        let token_table = self.draft.token_table();
        let permitted = |token: &TokenId| {
            token_table.kind(*token) == TokenKind::Word
                && self.bans.permits(&self.draft, position, *token)
        };
        token_table.tokens().find(permitted)
    }

    fn draw(&mut self, sampling: Sampling, candidates: &mut Vec<Candidate>) -> SampledToken {
        match sampling.draw(candidates, &mut self.rng) {
            Some(candidate) => candidate.into(),
            // The rules forbid every candidate; a full stop fits anywhere.
            None => SampledToken {
                token: self.draft.token_table().fallback(),
                confidence: 0.0,
            },
        }
    }

    /// Writes `sampled`, or samples again from `row` if a token that was written in the meantime forbids it.
    pub fn commit(
        &mut self,
        sampling: Sampling,
        position: usize,
        sampled: SampledToken,
        row: &LogitRow,
    ) {
        let sampled = if self.permits(position, sampled.token) {
            sampled
        } else {
            self.sample_with(sampling, position, row)
        };
        self.write_sampled(position, sampled);
    }

    /// Whether the rules permit `token` at `position`.
    pub fn permits(&self, position: usize, token: TokenId) -> bool {
        let repeats = |rule: Repetition| !rule.at(&self.draft, position).permits(token);
        self.permits_besides_repetition(position, token) && !self.style.is_some_and(repeats)
    }

    /// Draws a token for `position` from the whole row at `temperature`, and the log-ratio of the proposal
    /// probabilities of `old` and the new token. A token that the rules forbid has probability 0.
    pub(super) fn propose(
        &mut self,
        temperature: f64,
        position: usize,
        row: &LogitRow,
        old: TokenId,
    ) -> ProposedToken {
        let untruncated = Sampling {
            temperature: self.sampling.temperature,
            top_k: TopK::try_from(0.0).expect("0 switches top-k off"),
            top_p: TopP::try_from(1.0).expect("1 switches top-p off"),
        };
        let mut candidates = self.candidates(position, row, self.style);
        let logit = |token: TokenId, candidates: &[Candidate]| {
            candidates
                .iter()
                .find(|candidate| candidate.token == token)
                .map(|candidate| f64::from(candidate.logit))
        };
        let before = logit(old, &candidates);
        let sampled = self.draw(untruncated.with_temperature(temperature), &mut candidates);
        let log_ratio = match (before, logit(sampled.token, &candidates)) {
            (Some(before), Some(now)) if temperature > 0.0 => (before - now) / temperature,
            (Some(_), _) => 0.0,
            (None, _) => f64::NEG_INFINITY,
        };
        ProposedToken { sampled, log_ratio }
    }

    /// Writes padding tokens at all open positions.
    pub(super) fn fill_with_padding(&mut self) {
        let pad = self.draft.token_table().special().pad;
        for position in self.draft.open() {
            self.draft.write(position, pad, 0.0);
        }
    }

    /// Writes random words at all open positions.
    pub fn fill_with_random_words(&mut self) {
        let size = self.draft.token_table().size();
        for position in self.draft.open() {
            let drawn = (0..MAX_RANDOM_DRAWS)
                .map(|_| TokenId(u32::try_from(self.rng.below(size)).unwrap_or(0)))
                .find(|&token| {
                    self.draft.token_table().kind(token) == TokenKind::Word
                        && self.bans.permits(&self.draft, position, token)
                });
            let fallback = self.draft.token_table().fallback();
            self.draft.write(position, drawn.unwrap_or(fallback), 0.0);
        }
    }

    /// Samples a token for `position` and writes it.
    pub fn write(&mut self, position: usize, row: &LogitRow) {
        let sampled = self.sample(position, row);
        self.write_sampled(position, sampled);
    }

    /// Writes `sampled` at `position`.
    pub fn write_sampled(&mut self, position: usize, sampled: SampledToken) {
        self.draft
            .write(position, sampled.token, sampled.confidence);
    }

    /// The tokens of `row` that may be written at `position`, with logits penalised by `repetition`.
    fn candidates(
        &self,
        position: usize,
        row: &LogitRow,
        repetition: Option<Repetition>,
    ) -> Vec<Candidate> {
        let repetition = repetition.map(|rule| rule.at(&self.draft, position));
        let permitted = row
            .guesses
            .iter()
            .filter(|guess| self.permits_besides_repetition(position, guess.token));
        permitted
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

    fn permits_besides_repetition(&self, position: usize, token: TokenId) -> bool {
        let neighbours = Neighbours::new(&self.draft, position);
        let kind = self.draft.token_table().kind(token);
        let joined = self.draft.token_table().begins(token) == Begins::Joined;
        neighbours.keep_words_whole(&self.draft, kind)
            && (joined || !self.draft.is_joined(position))
            && self.bans.permits(&self.draft, position, token)
            && (self.style.is_none()
                || (neighbours.permit_punctuation(&self.draft, kind)
                    && !self.copies_suffix(position, token)))
    }

    /// Whether `token` would complete a copy of more than [`MAX_COPIED_TOKENS`] tokens from the steering suffix.
    fn copies_suffix(&self, position: usize, token: TokenId) -> bool {
        let Some(start) = position.checked_sub(MAX_COPIED_TOKENS) else {
            return false;
        };
        let before = (start..position).map(|i| self.draft.token(i));
        let written: Option<Vec<TokenId>> = before.chain([Some(token)]).collect();
        written.is_some_and(|written| {
            self.draft
                .suffix()
                .windows(MAX_COPIED_TOKENS + 1)
                .any(|window| window == written)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{ids, params, row, spaced_id, spaced_table, token_table};

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

    /// A sampler for a blank behind `left` in a vocabulary whose tokens contain spaces.
    fn spaced(left: &[&str], joined: bool) -> Sampler {
        let given = left.iter().map(|word| spaced_id(word)).collect();
        let segments = [Segment::Given(given), Segment::Blank(2)];
        let joined = if joined { vec![1] } else { Vec::new() };
        let draft = Draft::new(spaced_table(), &segments).with_joined(joined);
        Sampler::new(draft, &params(0.0))
    }

    #[test]
    fn a_blank_without_a_space_before_it_takes_tokens_without_one() {
        let permitted = |sampler: &Sampler, word: &str| sampler.permits(1, spaced_id(word));
        let behind_space = spaced(&["_it"], false);
        assert!(permitted(&behind_space, "_cat") && !permitted(&behind_space, "cat"));
        let behind_word = spaced(&["_it"], true);
        assert!(permitted(&behind_word, "cat") && !permitted(&behind_word, "_cat"));
        for sampler in [behind_space, behind_word] {
            assert!(
                !permitted(&sampler, "_"),
                "white space alone is never written"
            );
            assert!(!permitted(&sampler, "</s>"));
        }
    }

    #[test]
    fn a_word_without_a_space_may_follow_a_written_quotation_mark() {
        let mut sampler = spaced(&["_it"], false);
        sampler.draft.write(1, spaced_id("_\""), 1.0);
        assert!(sampler.permits(2, spaced_id("cat")));
        let mut given = spaced(&["_it", "_\""], false);
        assert!(!given.permits(2, spaced_id("cat")), "a space stands there");
        given.draft.write(2, spaced_id("_cat"), 1.0);
        assert!(given.permits(3, spaced_id("s")));
    }

    #[test]
    fn a_contraction_follows_a_word() {
        let mut sampler = spaced(&["_\""], false).with_style_rules(Repetition::default());
        assert!(!sampler.permits(1, spaced_id("'s")));
        sampler.draft.write(1, spaced_id("_it"), 1.0);
        assert!(sampler.permits(2, spaced_id("'s")));
    }

    #[test]
    fn without_a_full_stop_some_word_is_written_when_everything_is_forbidden() {
        let mut sampler = spaced(&["_it"], false);
        let row = LogitRow {
            guesses: Vec::new(),
            log_normaliser: 0.0,
        };
        assert_eq!(sampler.sample(1, &row).token, spaced_id("_cat"));
    }
}
